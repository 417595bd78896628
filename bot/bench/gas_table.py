"""Rows of the gas benchmark, and the figures and the table made of them."""

import msgspec

from bot.bench.gas_meter import Cost
from bot.bench.gas_prototype import PROTOTYPE
from bot.bench.gas_routes import PLAIN, Route

TWO_LEGS = 2


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One route, with all ways to it measured on one state."""

    route: Route
    executor: Cost
    floor: Cost
    bare: Cost
    router: Cost | None

    @property
    def above_floor(self) -> int:
        """Execution gas for checks, generality and safety."""
        return self.executor.execution - self.floor.execution

    @property
    def below_router(self) -> int | None:
        """The smaller lead over the router, of execution and whole transaction."""
        if self.router is None:
            return None
        return min(
            self.router.execution - self.executor.execution,
            self.router.whole - self.executor.whole,
        )


def gate_figures(rows: list[Row]) -> dict[str, float]:
    """Return what the project promises, in gas."""
    by_key = {row.route.key: row.executor.execution for row in rows}
    two = [row for row in rows if row.route.routed and len(row.route.pools) == TWO_LEGS]
    plain = [row.above_floor for row in two if row.route.coins == PLAIN]
    usdc = [row.above_floor for row in two if row.route.coins != PLAIN]
    routed = [row.below_router for row in rows if row.below_router is not None]
    return {
        "above_floor_plain_max": max(plain),
        "above_floor_usdc_max": max(usdc),
        "curve_v3_flash": by_key["curve_v3_usdc"],
        "v3_v3_usdc": by_key["v3_v3_usdc"],
        "v4_v4_usdc": by_key["v4_v4_usdc"],
        "v2_v3_usdc": by_key["v2_v3_usdc"],
        "below_router_min": min(routed),
    }


def row_figures(rows: list[Row]) -> dict[str, float]:
    """Return execution and whole-transaction gas of every row."""
    figures: dict[str, float] = {}
    for row in rows:
        figures[f"{row.route.key}_execution"] = row.executor.execution
        figures[f"{row.route.key}_whole"] = row.executor.whole
    return figures


def peer_figures(rows: list[Row]) -> dict[str, float]:
    """Return the other ways to each row, and the prototype's."""
    peers: dict[str, float] = {}
    for row in rows:
        key = row.route.key
        peers[f"{key}_floor_execution"] = row.floor.execution
        peers[f"{key}_bare_execution"] = row.bare.execution
        if row.router is not None:
            peers[f"{key}_router_execution"] = row.router.execution
            peers[f"{key}_router_whole"] = row.router.whole
        if key in PROTOTYPE:
            peers[f"{key}_prototype_execution"] = PROTOTYPE[key].execution
            peers[f"{key}_prototype_whole"] = PROTOTYPE[key].whole
    return peers


HEADINGS = (
    "route",
    "execution",
    "whole",
    "above the floor",
    "against bare swaps",
    "router: execution",
    "router: whole",
    "prototype: execution",
    "prototype: against its bare swaps",
    "execution is",
)


def as_table(rows: list[Row]) -> str:
    """Return the rows for the docs."""
    lines = [_cells(HEADINGS), _cells(("---",) * len(HEADINGS)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    own, router, earlier = row.executor, row.router, PROTOTYPE.get(row.route.key)
    of_router = (f"{router.execution:,}", f"{router.whole:,}") if router else ("", "")
    of_prototype = ("", "", "")
    if earlier:
        of_prototype = (
            f"{earlier.execution:,}",
            f"{earlier.execution - earlier.bare:+,}",
            _compared(own.execution - earlier.execution),
        )
    against_bare = f"{own.execution - row.bare.execution:+,}"
    of_own = (f"{own.execution:,}", f"{own.whole:,}", f"{row.above_floor:+,}", against_bare)
    return _cells((row.route.key, *of_own, *of_router, *of_prototype))


def _cells(texts: tuple[str, ...]) -> str:
    return f"| {' | '.join(texts)} |"


def _compared(difference: int) -> str:
    return f"{abs(difference):,} {'above' if difference > 0 else 'below'}"
