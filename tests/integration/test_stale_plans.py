"""What a plan was made for has moved when it runs: it earns its least profit, or nothing happens.

Pools of the plan are moved by one base unit up to a tenth of what they hold, by public transactions
that come before the bundle. Half of the trials go through the relay; in the others a builder that
looks at nothing mines the signed transaction as it is, reverted or not.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from support.desk import Desk, undone

from bot.chain.abi import encode_hex, word
from bot.domain.assets import STABLECOINS
from bot.domain.messages import Ticket
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec, Venue
from bot.execution.bundles import FlashbotsRelay
from bot.operations.heads import latest_head
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.crowd import Crowd
from bot.sandbox.raw_transactions import decode_transaction
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

MOVABLE = (Venue.CURVE, Venue.UNISWAP_V2, Venue.UNISWAP_V3)
MOST_COINS = 3_000_000.0
GAPS = 10
TELLING, LARGEST = 0.001, 0.1  # of what a pool holds of a coin
TRADES, LONGEST_SEARCH = 6, 20


class Trial:
    """One signed plan, run again and again on markets that are not those it was made for."""

    def __init__(self, world: World, crowd: Crowd, ticket: Ticket, seed: int) -> None:
        self.world, self.crowd, self.ticket = world, crowd, ticket
        self.random = Random(seed)  # noqa: S311
        self.relay = FlashbotsRelay(world.relay.url, world.identity)
        self.moved = [leg.pool for leg in ticket.plan.swaps if leg.pool.venue in MOVABLE]

    def move(self) -> float:
        """Sell a random part of what a pool of the plan holds into it; return the part."""
        pool = self.random.choice(self.moved)
        i, j = self.random.sample(range(len(pool.tokens)), 2)
        held = self._held([(pool.tokens[i].address, pool.address)])[0]
        least = self.random.choice((-math.log10(max(held, 10)), math.log10(TELLING)))
        part = 10 ** self.random.uniform(least, math.log10(LARGEST))
        amount = max(int(held * part), 1)
        self.crowd.sell(pool, i, j, Raw(amount))
        return amount / held

    def run(self, *, looked_at: bool) -> str:
        """Let it run behind one move; return what became of it, after checking who holds what."""
        raw, ticket = self.ticket.transaction, self.ticket
        before, wei_before, nonce = self._books(), self._wei(), self._nonce()
        part = self.move()
        public = self._public()
        if looked_at:
            self.relay.send(raw, ticket.target_block)
            assert self._public() == public, "only the stranger's trade is public"
        else:
            self.world.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        fates = [one.fate for one in self.world.relay.build().outcomes]
        after, lost = self._books(), wei_before - self._wei()
        gained = {key: held - before[key] for key, held in after.items()}
        if self._nonce() == nonce:
            assert looked_at, "the builder that looks at nothing mines everything"
            assert fates == [Fate.REVERTED_IN_SIMULATION]
            assert (set(gained.values()), lost) == ({0}, 0)
            return "left out"
        signed = decode_transaction(raw)
        assert 0 < lost <= signed.gas * signed.max_fee, "no more than the gas that was signed for"
        if gained["treasury", ticket.plan.token.symbol] == 0:
            assert not looked_at
            assert set(gained.values()) == {0}
            return "reverted"
        assert gained["treasury", ticket.plan.token.symbol] >= ticket.plan.min_profit, part
        assert min(gained.values()) >= 0
        return "earned"

    def _books(self) -> dict[tuple[str, str], int]:
        people = {"treasury": self.world.treasury, "executor": self.world.executor}
        asked = [(name, token) for name in people for token in STABLECOINS]
        held = self._held([(token.address, people[name]) for name, token in asked])
        return {(n, token.symbol): raw for (n, token), raw in zip(asked, held, strict=True)}

    def _held(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        calls = [
            ("eth_call", ({"to": token, "data": encode_hex("balanceOf(address)", who)}, "latest"))
            for token, who in asked
        ]
        return [word(bytes.fromhex(one[2:]), 0) for one in self.world.rpc.batch(calls)]

    def _wei(self) -> int:
        address = self.world.operator.address
        return int(self.world.rpc.call("eth_getBalance", address, "latest"), 16)

    def _nonce(self) -> int:
        address = self.world.operator.address
        return int(self.world.rpc.call("eth_getTransactionCount", address, "latest"), 16)

    def _public(self) -> int:
        status = self.world.rpc.call("txpool_status")
        return int(status["pending"], 16) + int(status["queued"], 16)


def _ticket(desk: Desk, crowd: Crowd, coins: float = MOST_COINS) -> Ticket:
    """Return a plan for what strangers left behind."""
    for _ in range(LONGEST_SEARCH):
        for _ in range(TRADES):
            crowd.trade_somewhere(coins)
        desk.world.relay.build()
        decision = desk.look().decision
        if isinstance(decision, Ticket):
            if any(leg.pool.venue in MOVABLE for leg in decision.plan.swaps):
                return decision
            desk.world.relay.build()
            desk.look()
    raise AssertionError("strangers left no gap behind")


def _movable(desk: Desk) -> Iterator[PoolSpec]:
    yield from (spec for spec in desk.look().book.pools if spec.venue in MOVABLE)


@pytest.mark.parametrize(
    "trials", [100, pytest.param(1_000, marks=[pytest.mark.deep, pytest.mark.timeout(1_800)])]
)
def test_a_plan_that_is_stale_earns_its_least_profit_or_costs_its_gas_at_most(
    world: World, tmp_path: Path, trials: int
) -> None:
    ends: Counter[tuple[str, str]] = Counter()
    for seed in range(GAPS):
        with undone(world):
            desk = Desk(world, tmp_path / f"{seed}.sqlite")
            crowd = Crowd(world.rpc, list(_movable(desk)), seed)
            world.relay.build()
            ticket = _ticket(desk, crowd, MOST_COINS / 4 ** (seed % 4))
            with undone(world):  # the engine's own bundle is not part of a trial
                pass
            trial = Trial(world, crowd, ticket, seed)
            print(f"seed {seed}: {ticket.plan.route}")  # noqa: T201 - which seed a failure is of
            for number in range(trials // GAPS):
                way = "relay" if number % 2 else "blind builder"
                with undone(world):
                    ends[way, trial.run(looked_at=way == "relay")] += 1
            trial.relay.close()
    print(dict(ends))  # noqa: T201
    assert sum(ends.values()) == trials
    assert all(ends[end] > 0 for end in _EXPECTED), ends


_EXPECTED = (
    ("relay", "earned"),
    ("relay", "left out"),
    ("blind builder", "earned"),
    ("blind builder", "reverted"),
)


def test_a_plan_that_is_not_stale_earns_exactly_what_it_said(world: World, tmp_path: Path) -> None:
    with undone(world):
        desk = Desk(world, tmp_path / "journal.sqlite")
        crowd = Crowd(world.rpc, list(_movable(desk)), seed=1)
        world.relay.build()
        ticket = _ticket(desk, crowd)
        assert latest_head(world.rpc).number == ticket.target_block - 1
        desk.build()
        (settled,) = desk.look().settled
        assert settled.profit == ticket.plan.profit >= ticket.plan.min_profit
