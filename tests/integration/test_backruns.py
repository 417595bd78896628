"""Right behind somebody's private swap, in the same block, or not at all."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MethodType

import msgspec
import pytest
from support.hinted_swaps import HintedUser

from bot.app import build_engine
from bot.backruns import Backruns
from bot.config import Config
from bot.domain.assets import USDC, USDT
from bot.domain.errors import SimulationFailed
from bot.domain.inclusions import Ending, Way
from bot.domain.messages import Fate, NoPlan, Refusal, Ticket
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT, PoolSpec
from bot.engine import AtomicEngine, Report
from bot.execution.mev_share_options import MevShareOptions
from bot.feeds.hint_effects import Unmoved
from bot.feeds.hint_words import Hint, HintLog
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.sandbox.bundle_pool import Fate as RelayFate
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

SWAP = Raw(3_000_000 * 10**6)
AMOUNTS = {CURVE_SUSD: 2_000_000, V3_USDC_USDT: 30_000_000}
PATIENCE_S = 30.0
_HASHES_ONLY = False


@pytest.fixture
def config(world: World, tmp_path: Path) -> Config:
    share = MevShareOptions(stream=world.relay.hints_url, simulate=True)
    found = world.config(str(tmp_path / "journal.sqlite"))
    return msgspec.structs.replace(found, mev_share=share)


class Running:
    """An engine that listens, in a thread of its own."""

    def __init__(self, engine: AtomicEngine) -> None:
        self.engine, self.reports = engine, list[Report]()
        self._stop: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()

    async def _run(self) -> None:
        task = asyncio.create_task(self._listen())
        loop = asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def _listen(self) -> None:
        async for report in self.engine.reports():
            self.reports.append(report)

    def stop(self) -> None:
        self._stop()
        self._thread.join()


@contextmanager
def running(engine: AtomicEngine) -> Iterator[Running]:
    found = Running(engine)
    try:
        yield found
    finally:
        found.stop()


def eventually(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def caught_up(world: World, bot: Running) -> None:
    """Build until the bot hears of heads, and wait for it to have dealt with the last."""
    eventually(lambda: bool(world.relay.build().number and bot.reports))
    eventually(lambda: bot.reports[-1].head.number == head(world))


def head(world: World) -> int:
    return int(world.rpc.call("eth_blockNumber"), 16)


def test_it_lands_right_behind_the_swap_and_earns_what_was_simulated(
    world: World, config: Config
) -> None:
    user = HintedUser(world)
    swap = user.swap(SWAP)
    with running(build_engine(config, world.operator, world.identity)) as bot:
        journal = Journal(Path(config.journal))
        book = BundleBook(journal)
        caught_up(world, bot)
        theirs = user.send(swap, head(world) + 5)
        eventually(lambda: [fate for _, fate in journal.bundles()] == ["accepted"])
        (sent,) = book.last(2)
        before = balance_of(world.rpc, sent.token, world.treasury)
        built = world.relay.build()
        transactions = world.rpc.call("eth_getBlockByNumber", hex(built.number), _HASHES_ONLY)
        assert transactions["transactions"] == [theirs, sent.transaction_hash]
        assert balance_of(world.rpc, sent.token, world.treasury) - before == sent.expected
        eventually(lambda: any(report.settled for report in bot.reports))
        world.relay.build()
        eventually(lambda: (book.last(1)[0].verdict or sent).ending is Ending.INCLUDED)
        journal.close()
    assert sent.parcel.way is Way.BACKRUN
    assert sent.expected is not None
    assert sent.expected > 0
    (settled,) = [one for report in bot.reports for one in report.settled]
    assert (settled.fate, settled.profit) == (Fate.INCLUDED, sent.expected)
    ours = [
        one for one in world.relay.outcomes() if sent.transaction_hash in one.transaction_hashes
    ]
    assert [one.fate for one in ours] == [RelayFate.INCLUDED]


@pytest.fixture
def engine(world: World, config: Config) -> AtomicEngine:
    """An engine that has dealt with the newest head, and sent nothing that it remembers."""
    at_rest(world, config)
    Path(config.journal).unlink()
    return at_rest(world, config)


@pytest.fixture
def unasked(world: World, config: Config) -> AtomicEngine:
    """The same, whose relay is not asked to simulate."""
    share = msgspec.structs.replace(config.mev_share, simulate=False)
    return at_rest(world, msgspec.structs.replace(config, mev_share=share))


def at_rest(world: World, config: Config) -> AtomicEngine:
    """Return an engine with nothing left to take or to settle."""
    found = build_engine(config, world.operator, world.identity)
    while isinstance(found.on_head(latest_head(world.rpc)).decision, Ticket) or open_ones(found):
        world.relay.build()
    return found


def sent_by(engine: AtomicEngine) -> list[str]:
    """Return the fates of what it did not find on chain, oldest first."""
    journal = engine._parts.journal
    return [one.fate.value for one in reversed(BundleBook(journal).last(50)) if one.swaps]


def backruns_of(engine: AtomicEngine) -> Backruns:
    run = engine._parts.between
    assert isinstance(run, MethodType)
    assert isinstance(run.__self__, Backruns)
    return run.__self__


def open_ones(engine: AtomicEngine) -> list[str]:
    return [one.transaction_hash for one in engine._parts.journal.unsettled()]


def test_where_the_swap_does_not_land_ours_does_not_either(
    world: World, engine: AtomicEngine
) -> None:
    user = HintedUser(world)
    swap = user.swap(SWAP)
    engine.on_head(latest_head(world.rpc))
    user.send(swap, head(world) + 5)
    ticket = backruns_of(engine).on_hint(user.hint(swap))
    assert isinstance(ticket, Ticket), ticket
    nothing = user.taken_back()
    world.rpc.call("eth_sendRawTransaction", "0x" + nothing.hex())
    nonce = world.rpc.call("eth_getTransactionCount", world.operator.address, "latest")
    built = world.relay.build()
    assert built.transactions == 1
    assert world.rpc.call("eth_getTransactionCount", world.operator.address, "latest") == nonce
    assert world.rpc.call("eth_getTransactionByHash", ticket.transaction_hash) is None
    report = engine.on_head(latest_head(world.rpc))
    assert [(one.transaction_hash, one.fate) for one in report.settled] == [
        (ticket.transaction_hash, Fate.MISSED)
    ]
    assert open_ones(engine) == []


@pytest.mark.parametrize("pool", [CURVE_SUSD, V3_USDC_USDT], ids=lambda p: p.name)
def test_the_swap_is_repeated_to_the_base_unit_before_it_is_stood_behind(
    world: World, engine: AtomicEngine, pool: PoolSpec
) -> None:
    user = HintedUser(world, pool.name)
    swap = user.swap(Raw(AMOUNTS[pool] * 10**6), pool)
    engine.on_head(latest_head(world.rpc))
    user.send(swap, head(world) + 1)
    ticket = backruns_of(engine).on_hint(user.hint(swap))
    assert isinstance(ticket, Ticket), ticket
    assert pool in {leg.pool for leg in ticket.plan.swaps}
    built = world.relay.build()
    ours = [one for one in built.outcomes if ticket.transaction_hash in one.transaction_hashes]
    assert [(one.fate, len(one.transaction_hashes)) for one in ours] == [(RelayFate.INCLUDED, 2)]
    (settled,) = engine.on_head(latest_head(world.rpc)).settled
    assert (settled.fate, settled.profit) == (Fate.INCLUDED, ticket.plan.profit)


def pair_hint(world: World, engine: AtomicEngine) -> Hint:
    book, pool = engine._parts.last.book, V2_USDC_USDT
    assert book is not None
    amount = Raw(2_000_000 * 10**6)
    i, j = pool.tokens.index(USDC), pool.tokens.index(USDT)
    bought = book.pools[pool].amount_out(i, j, amount)
    return HintedUser(world, "pair").hint_of_router(amount, pool, bought)


def test_a_swap_of_a_pair_is_repeated_too(world: World, unasked: AtomicEngine) -> None:
    ticket = backruns_of(unasked).on_hint(pair_hint(world, unasked))
    assert isinstance(ticket, Ticket), ticket
    assert V2_USDC_USDT in {leg.pool for leg in ticket.plan.swaps}
    assert len(open_ones(unasked)) == 1


def test_a_hint_that_is_made_up_sends_nothing(world: World, engine: AtomicEngine) -> None:
    user = HintedUser(world)
    swap = user.swap(SWAP)
    engine.on_head(latest_head(world.rpc))
    hint = user.hint(swap)
    assert hint.logs is not None
    lies = []
    for log in hint.logs:
        words = bytearray(bytes.fromhex(log.data[2:]))
        if log.address.lower() == CURVE_SUSD.address.lower() and len(words) == 128:
            words[-1] ^= 1  # one base unit more or less was bought
        lies.append(HintLog(address=log.address, topics=log.topics, data="0x" + words.hex()))
    desk = backruns_of(engine)
    found = desk.on_hint(msgspec.structs.replace(hint, logs=tuple(lies)))
    assert isinstance(found, Unmoved)
    assert "by our arithmetic" in found.reason
    assert desk.on_hint(msgspec.structs.replace(hint, logs=None)).reason.startswith("it moves none")
    world.mined(world.rpc.call("eth_sendRawTransaction", "0x" + swap.hex()))
    engine.on_head(latest_head(world.rpc))  # with a bundle of its own, for the very gap
    late = desk.on_hint(hint)
    assert isinstance(late, Unmoved | NoPlan)
    assert len(sent_by(engine)) == 1


def test_reserves_that_no_swap_leaves_are_found_by_the_repetition(
    world: World, engine: AtomicEngine
) -> None:
    hint = pair_hint(world, engine)
    assert hint.logs is not None
    forged = []
    for log in hint.logs:
        words = bytearray(bytes.fromhex(log.data[2:]))
        if log.address.lower() == V2_USDC_USDT.address.lower() and len(words) == 64:
            words[-1] ^= 1  # one base unit more or less is left
        forged.append(HintLog(address=log.address, topics=log.topics, data="0x" + words.hex()))
    with pytest.raises(SimulationFailed, match="ends elsewhere when it is repeated"):
        backruns_of(engine).on_hint(msgspec.structs.replace(hint, logs=tuple(forged)))
    assert sent_by(engine) == []


def test_one_nonce_is_never_two_live_plans(world: World, unasked: AtomicEngine) -> None:
    engine = unasked
    user, other = HintedUser(world), HintedUser(world, "another hinted user")
    swap, later = user.swap(SWAP), other.swap(SWAP)
    engine.on_head(latest_head(world.rpc))
    hint, desk = user.hint(swap), backruns_of(engine)
    user.send(swap, head(world) + 1)
    ticket = desk.on_hint(hint)
    assert isinstance(ticket, Ticket), ticket
    again = desk.on_hint(hint)
    assert isinstance(again, NoPlan)
    assert again.refusal is Refusal.BUNDLE_PENDING
    shock(world.rpc, CURVE_SUSD, USDC, SWAP)
    waiting = engine.on_head(latest_head(world.rpc)).decision  # its block is not there yet
    assert isinstance(waiting, NoPlan)
    assert waiting.refusal is Refusal.BUNDLE_PENDING
    world.relay.build()
    report = engine.on_head(latest_head(world.rpc))
    assert [one.transaction_hash for one in report.settled] == [ticket.transaction_hash]
    assert isinstance(report.decision, Ticket)
    assert report.decision.nonce == ticket.nonce + 1
    blocked = desk.on_hint(other.hint(later))
    assert isinstance(blocked, NoPlan)
    assert blocked.refusal is Refusal.BUNDLE_PENDING
    world.relay.build()


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        (FaultKind.UNAVAILABLE, "refused"),
        (FaultKind.ERROR_TEXT, "refused"),
        (FaultKind.HTML, "unknown"),
    ],
)
def test_what_the_relay_says_of_it_is_written_down(
    world: World, unasked: AtomicEngine, kind: FaultKind, fate: str
) -> None:
    engine = unasked
    user = HintedUser(world)
    swap = user.swap(SWAP)
    engine.on_head(latest_head(world.rpc))
    world.relay.misbehave(Faults(kind=kind))
    ticket = backruns_of(engine).on_hint(user.hint(swap))
    world.relay.misbehave(Faults())
    assert isinstance(ticket, Ticket), ticket
    assert sent_by(engine)[-1:] == [fate]
    assert len(open_ones(engine)) == (fate == "unknown")


def test_a_simulation_that_is_missing_stops_it(world: World, engine: AtomicEngine) -> None:
    user = HintedUser(world)
    swap = user.swap(SWAP)
    engine.on_head(latest_head(world.rpc))
    with pytest.raises(SimulationFailed, match="no such transaction"):  # the relay holds none
        backruns_of(engine).on_hint(user.hint(swap))
    assert sent_by(engine) == []
