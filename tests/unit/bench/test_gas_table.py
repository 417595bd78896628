import msgspec

from bot.bench.gas_meter import TRANSACTION_GAS, Cost, calldata_gas
from bot.bench.gas_prototype import PROTOTYPE
from bot.bench.gas_rows import ROUTES
from bot.bench.gas_table import Row, as_table, gate_figures, peer_figures, row_figures


def cost(execution: int, calldata: int = 1_000) -> Cost:
    return Cost(whole=execution + TRANSACTION_GAS + calldata, calldata=calldata, returned=b"")


ROWS = [
    Row(
        route=route,
        executor=cost(150_000),
        floor=cost(144_000),
        bare=cost(160_000),
        router=cost(170_000 + at, calldata=5_000) if route.routed else None,
    )
    for at, route in enumerate(ROUTES)
]


def test_calldata_costs_four_gas_per_zero_byte_and_sixteen_per_other() -> None:
    assert calldata_gas(b"\x00\x00\x01\xff") == 40


def test_execution_is_what_is_left_without_the_transaction_and_its_calldata() -> None:
    assert cost(123_456).execution == 123_456


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({route.key for route in ROUTES}) == len(ROUTES)


def test_every_figure_of_the_prototype_stands_beside_a_row() -> None:
    assert set(PROTOTYPE) <= {route.key for route in ROUTES}


def test_the_gates_take_the_worst_row() -> None:
    figures = gate_figures(ROWS)
    assert figures["above_floor_plain_max"] == figures["above_floor_usdc_max"] == 6_000
    assert figures["below_router_min"] == 20_000


def test_the_lead_over_the_router_is_the_smaller_of_execution_and_whole() -> None:
    dear_calldata = msgspec.structs.replace(ROWS[0], executor=cost(150_000, calldata=24_999))
    assert dear_calldata.below_router == 1


def test_figures_and_peers_share_no_key() -> None:
    figures = gate_figures(ROWS) | row_figures(ROWS)
    assert not set(figures) & set(peer_figures(ROWS))


def test_the_table_says_of_each_row_whether_it_is_above_the_prototype() -> None:
    table = as_table(ROWS)
    assert len(table.splitlines()) == len(ROWS) + 2
    assert "| 27,661 above |" in table
