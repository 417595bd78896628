"""A bot at work in a sandbox world whose blocks a test builds one by one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from support.brute_force import brute_force

from bot.amm.graph import Hop, find_cycles
from bot.amm.optimum import Step, quote_path, rate_of
from bot.app import build_engine
from bot.bench.golden_search import best_size
from bot.domain.assets import STABLECOINS, Token
from bot.domain.messages import NoPlan, Ticket
from bot.domain.plans import Plan
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec
from bot.engine import Report
from bot.history.journal import Journal
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.demo import gap_bps
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import Faults
from bot.sandbox.world import World

RELAY_TIMEOUT_S = 0.5
_TRIED_BY_FORCE = 3
MOST_COINS = 200_000_000  # more than any pool of the local mainnet takes


class Desk:
    """The engine, fed by hand with the newest head."""

    def __init__(
        self,
        world: World,
        journal: Path,
        *,
        relay_url: str | None = None,
        table: Sequence[PoolSpec] | None = None,
    ) -> None:
        self.world, self.journal_path = world, journal
        config = world.config(str(journal))
        relay = msgspec.structs.replace(
            config.relay, url=relay_url or config.relay.url, timeout_s=RELAY_TIMEOUT_S
        )
        simulation = msgspec.structs.replace(config.simulation, access_lists=False)
        self.config = msgspec.structs.replace(config, relay=relay, simulation=simulation)
        self.engine = build_engine(self.config, world.operator, world.identity, table)

    def look(self) -> Report:
        """Let the engine work on the newest head."""
        return self.engine.on_head(latest_head(self.world.rpc))

    def send(self) -> tuple[Report, Ticket]:
        """Let the engine work on the newest head, which must be worth a bundle."""
        report = self.look()
        assert isinstance(report.decision, Ticket), report.decision.line
        return report, report.decision

    def decline(self) -> NoPlan:
        """Let the engine work on the newest head, which must not be worth a bundle."""
        decision = self.look().decision
        assert isinstance(decision, NoPlan)
        return decision

    def build(self) -> tuple[BundleOutcome, ...]:
        """Mine the next block, bundles included."""
        return self.world.relay.build().outcomes

    def hit(self, pool: PoolSpec, token: Token, amount: Raw) -> None:
        """Somebody sells into a pool, in a block of its own."""
        self.world.mined(shock(self.world.rpc, pool, token, amount))

    def holdings(self) -> dict[tuple[str, str], Raw]:
        """Return what treasury (the owner), operator and executor hold of every stablecoin."""
        people = {
            "treasury": self.world.treasury,
            "operator": self.world.operator.address,
            "executor": self.world.executor,
        }
        return {
            (name, token.symbol): balance_of(self.world.rpc, token, who)
            for name, who in people.items()
            for token in STABLECOINS
        }

    def wealth(self) -> int:
        """Return the operator's wei."""
        address = self.world.operator.address
        return int(self.world.rpc.call("eth_getBalance", address, "latest"), 16)

    def fates(self) -> list[str]:
        """Return the fate of every bundle, as another reader of the journal sees it."""
        journal = Journal(self.journal_path)
        try:
            return [fate for _, fate in journal.bundles()]
        finally:
            journal.close()


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Take back every block of a with-block, and every misbehaviour of the relay."""
    snapshot = world.rpc.call("evm_snapshot")
    try:
        yield
    finally:
        world.relay.misbehave(Faults())
        world.relay.build()  # nothing stays in its pool
        assert world.rpc.call("evm_revert", snapshot) is True


def gap_of(plan: Plan, book: MarketBook) -> float:
    """Return by how many basis points the plan's pools are apart, at size zero."""
    return gap_bps(plan, book)


def best_by_force(book: MarketBook, legs: int = 3) -> int:
    """Return what the best single round trip earns without fee or gas, in USDC, by trying sizes.

    Of the tokens that a round trip can be entered at, the one in which it earns least. Those that
    look best by a quicker search are tried size by size.
    """
    quick: dict[frozenset[Hop], list[_Trip]] = {}
    for cycle in find_cycles(tuple(book.pools), legs):
        steps: list[Step] = [(book.pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]
        if rate_of(steps) > 1.0:
            first, i, j = steps[0]
            upper = Raw(min(first.max_in(i, j), MOST_COINS * 10**cycle.token.decimals))
            trip = _Trip(token=cycle.token, steps=steps, upper=upper)
            quick.setdefault(frozenset(cycle.hops), []).append(trip)
    ranked = sorted(
        (min(_worth(book, trip, best_size) for trip in trips), at)
        for at, trips in enumerate(quick.values())
    )
    groups = list(quick.values())
    tried = [groups[at] for _, at in ranked[-_TRIED_BY_FORCE:]]
    thorough = [min(_worth(book, trip, brute_force) for trip in trips) for trips in tried]
    return max([0, *thorough])


class _Trip(msgspec.Struct, frozen=True, kw_only=True):
    token: Token
    steps: list[Step]
    upper: Raw


def _worth(
    book: MarketBook, trip: _Trip, search: Callable[[Callable[[Raw], int], Raw], tuple[Raw, int]]
) -> int:
    return book.in_usdc(trip.token, search(partial(_profit, trip.steps), trip.upper)[1])


def _profit(steps: list[Step], size: Raw) -> int:
    return quote_path(steps, size)[-1] - size
