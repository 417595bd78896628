"""Gas of the executor's routes on real bytecode, beside the floor, bare swaps and a router."""

from bot.bench.gas_executor import GasExecutor
from bot.bench.gas_floors import bare_cost, floor_cost
from bot.bench.gas_ground import Ground
from bot.bench.gas_lenders import lender_costs
from bot.bench.gas_router import router_cost
from bot.bench.gas_routes import traded
from bot.bench.gas_rows import ROUTES
from bot.bench.gas_table import Row, gate_figures, peer_figures, row_figures
from bot.bench.runner import Measured


def run() -> Measured:
    """Return gas per route; `execution` is without the transaction's 21,000 and its calldata."""
    with Ground() as ground:
        rows = measured_rows(ground)
        lenders = lender_costs(ground)
    peers = peer_figures(rows)
    peers |= {f"lender_{name}_usdc_execution": cost for name, cost in lenders.items()}
    return Measured(figures=gate_figures(rows) | row_figures(rows), peers=peers)


def measured_rows(ground: Ground) -> list[Row]:
    """Measure every route in every way that it can go."""
    executor = GasExecutor(ground)
    rows = []
    for route in ROUTES:
        trade = traded(ground.meter, route, ground.bare)
        rows.append(
            Row(
                route=route,
                executor=executor.cost(trade),
                floor=floor_cost(ground, trade),
                bare=bare_cost(ground, trade),
                router=router_cost(ground, trade) if route.routed else None,
            )
        )
    return rows
