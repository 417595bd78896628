"""Plans as private transactions: one nonce, taken back before it is used again, never public."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from bot.app import build_engine
from bot.config import Config
from bot.domain.assets import USDC, USDT
from bot.domain.inclusions import Ending, SentBundle, Way
from bot.domain.messages import Fate, NoPlan, Refusal, Ticket
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.engine import AtomicEngine
from bot.execution.builder_choice import BuilderChoice
from bot.execution.private_options import PrivateOptions
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.sandbox.bundle_pool import Fate as RelayFate
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

SHOCK = Raw(3_000_000 * 10**6)
BLOCKS = 3
Ends = Callable[[Ticket], list[RelayFate]]


@pytest.fixture
def ends(world: World) -> Iterator[Ends]:
    """A gap, and what the relay makes of what is sent for it."""
    before, since = world.rpc.call("evm_snapshot"), len(world.relay.outcomes())
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, SHOCK))

    def ends_of(ticket: Ticket) -> list[RelayFate]:
        found = world.relay.outcomes(since)
        return [one.fate for one in found if one.transaction_hashes == (ticket.transaction_hash,)]

    yield ends_of
    world.relay.misbehave(Faults())
    for _ in range(BLOCKS + 1):
        world.relay.build()  # until nothing is held any more
    world.rpc.call("evm_revert", before)


@pytest.fixture
def config(world: World, tmp_path: Path) -> Config:
    choice = BuilderChoice(send_as="private", private=PrivateOptions(blocks=BLOCKS))
    return msgspec.structs.replace(world.config(str(tmp_path / "journal.sqlite")), builders=choice)


@pytest.fixture
def engine(world: World, config: Config) -> AtomicEngine:
    return build_engine(config, world.operator, world.identity)


def at_head(world: World, engine: AtomicEngine) -> Ticket | NoPlan:
    return engine.on_head(latest_head(world.rpc)).decision


def sent_at_head(world: World, engine: AtomicEngine) -> Ticket:
    found = at_head(world, engine)
    assert isinstance(found, Ticket), found
    return found


def kept(config: Config) -> list[SentBundle]:
    journal = Journal(Path(config.journal))
    try:
        return BundleBook(journal).last(9)
    finally:
        journal.close()


def is_unknown(world: World, ticket: Ticket) -> bool:
    return world.rpc.call("eth_getTransactionByHash", ticket.transaction_hash) is None


def test_it_is_held_in_private_lands_and_is_booked(
    world: World, ends: Ends, engine: AtomicEngine, config: Config
) -> None:
    ticket = sent_at_head(world, engine)
    token, profit = ticket.plan.token, ticket.plan.profit
    assert is_unknown(world, ticket)
    assert ticket.plan.max_block == ticket.target_block + BLOCKS - 1
    before = balance_of(world.rpc, token, world.treasury)
    world.relay.build()
    assert ends(ticket) == [RelayFate.INCLUDED]
    assert balance_of(world.rpc, token, world.treasury) - before == profit
    settled = engine.on_head(latest_head(world.rpc)).settled
    assert [(one.fate, one.profit) for one in settled] == [(Fate.INCLUDED, profit)]
    world.relay.build()
    engine.on_head(latest_head(world.rpc))
    (row,) = [one for one in kept(config) if one.transaction_hash == ticket.transaction_hash]
    assert row.parcel.way is Way.PRIVATE
    assert row.verdict is not None
    assert (row.verdict.ending, row.verdict.profit) == (Ending.INCLUDED, profit)


def test_the_next_blocks_plan_takes_it_back_and_then_its_nonce(
    world: World, ends: Ends, engine: AtomicEngine, config: Config
) -> None:
    first = sent_at_head(world, engine)
    world.rpc.call("evm_mine")  # a block of somebody who was not sent it
    second = sent_at_head(world, engine)
    assert second.nonce == first.nonce
    assert ends(first) == [RelayFate.CANCELLED]
    assert is_unknown(world, first)
    world.relay.build()
    assert ends(second) == [RelayFate.INCLUDED]
    newest, older = kept(config)
    assert newest.parcel.replacement_uuid == older.parcel.replacement_uuid
    assert older.note == "taken back: replaced"


@pytest.mark.usefixtures("ends")
def test_what_cannot_be_taken_back_keeps_its_nonce_until_its_last_block(
    world: World, engine: AtomicEngine, config: Config
) -> None:
    first = sent_at_head(world, engine)
    world.rpc.call("evm_mine")
    world.relay.misbehave(Faults(kind=FaultKind.INTERNAL_ERROR))
    found = at_head(world, engine)
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.BUNDLE_PENDING
    assert "could not be taken back" in found.detail
    world.rpc.call("evm_mine")
    assert isinstance(at_head(world, engine), NoPlan)
    world.rpc.call("evm_mine")  # its last block, which somebody else built
    world.relay.misbehave(Faults())
    report = engine.on_head(latest_head(world.rpc))
    assert [(one.transaction_hash, one.fate) for one in report.settled] == [
        (first.transaction_hash, Fate.MISSED)
    ]
    assert isinstance(report.decision, Ticket)
    assert report.decision.nonce == first.nonce
    assert len(kept(config)) == 2


def test_a_gap_that_is_gone_takes_it_back_and_it_counts_as_out_until_its_last_block(
    world: World, ends: Ends, engine: AtomicEngine, config: Config
) -> None:
    first = sent_at_head(world, engine)
    shock(world.rpc, CURVE_SUSD, USDT, Raw(2_990_000 * 10**6), into=USDC)
    world.rpc.call("evm_mine")  # a block of somebody who was not sent ours
    found = at_head(world, engine)
    assert isinstance(found, NoPlan)
    assert found.refusal in (Refusal.NO_GAP, Refusal.BELOW_COST)
    assert ends(first) == [RelayFate.CANCELLED]
    for _ in range(BLOCKS - 1):
        waiting = at_head(world, build_engine(config, world.operator, world.identity))
        assert isinstance(waiting, NoPlan)
        assert waiting.refusal is Refusal.BUNDLE_PENDING
        world.rpc.call("evm_mine")
    after = at_head(world, engine)
    assert isinstance(after, NoPlan)
    assert after.refusal is not Refusal.BUNDLE_PENDING
