"""Gas of every row of `repeg bench gas`, held to what is committed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.bench.gas import measured_rows
from bot.bench.gas_executor import GasExecutor
from bot.bench.gas_ground import Ground
from bot.bench.gas_meter import GAS_LIMIT, Call
from bot.bench.gas_routes import traded
from bot.bench.gas_rows import ROUTES
from bot.bench.gas_snapshot import Snapshot, committed, snapshot_of
from bot.bench.gas_table import Row, gate_figures

pytestmark = pytest.mark.anvil

WORSE_PERCENT = 2
CODE_LIMIT_BYTES = 24_576  # EIP-170


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    with Ground() as ground:
        yield measured_rows(ground)


@pytest.fixture(scope="module")
def measured(rows: list[Row]) -> Snapshot:
    return snapshot_of(rows)


def test_no_route_costs_more_than_two_percent_above_the_committed_gas(measured: Snapshot) -> None:
    worse = {
        key: (gas, measured.whole_gas[key])
        for key, gas in committed().whole_gas.items()
        if measured.whole_gas[key] * 100 > gas * (100 + WORSE_PERCENT)
    }
    assert not worse, "rewrite .gas-snapshot by `make gas` if this is wanted"


def test_every_row_is_committed(measured: Snapshot) -> None:
    assert set(committed().whole_gas) == set(measured.whole_gas)


def test_the_bytecode_grows_by_two_percent_at_most_and_fits(measured: Snapshot) -> None:
    assert measured.runtime_bytes * 100 <= committed().runtime_bytes * (100 + WORSE_PERCENT)
    assert measured.runtime_bytes < CODE_LIMIT_BYTES


def test_the_routes_of_uniswap_stay_close_to_contracts_that_check_nothing(rows: list[Row]) -> None:
    figures = gate_figures(rows)
    assert figures["above_floor_plain_max"] <= 8_000
    assert figures["above_floor_usdc_max"] <= 10_000


def test_every_route_the_router_can_do_costs_less_here(rows: list[Row]) -> None:
    assert gate_figures(rows)["below_router_min"] > 0


@pytest.mark.parametrize("key", ["v3_v3_usdc", "v2_v3_plain", "v4_v4_usdc", "curve_v3_aave_usdc"])
def test_a_mined_transaction_uses_the_gas_that_was_simulated(key: str) -> None:
    (route,) = (route for route in ROUTES if route.key == key)
    with Ground() as ground:
        trade = traded(ground.meter, route, ground.bare)
        executor = GasExecutor(ground)
        simulated = executor.cost(trade).whole
        ground.chain.rpc.call("anvil_setBlockTimestampInterval", 12)  # pools write once a second
        *_, receipt = [mined(ground, call) for call in (*trade.before, executor.call(trade))]
    assert int(receipt["gasUsed"], 16) == simulated


def mined(ground: Ground, call: Call) -> dict[str, Any]:
    request = {"from": call.sender, "to": call.to, "data": "0x" + call.data.hex()}
    request |= {"gas": hex(GAS_LIMIT), "gasPrice": "0x0"}
    sent = ground.chain.rpc.call("eth_sendTransaction", request)
    for _ in range(500):
        receipt: dict[str, Any] | None = ground.chain.rpc.call("eth_getTransactionReceipt", sent)
        if receipt is not None:
            assert receipt["status"] == "0x1"
            return receipt
        time.sleep(0.01)
    raise AssertionError(f"{sent} was not mined")
