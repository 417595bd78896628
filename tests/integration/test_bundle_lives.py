"""Bundles of one opportunity at the local relay and a builder beside it, over blocks and runs."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.builder_stubs import Answering, builder_stubs

from bot.app import build_engine
from bot.config import Config
from bot.domain.assets import USDC
from bot.domain.builders import Builder, Dialect
from bot.domain.messages import NoPlan, Refusal, Ticket
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.engine import Report
from bot.execution.builder_choice import BuilderChoice
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.sandbox.bundle_pool import BundleOutcome, Fate
from bot.sandbox.faucet import shock
from bot.sandbox.progress import silent
from bot.sandbox.relay_options import RELAY_NAME, BuilderOptions, RelayOptions
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

SHOCK = Raw(3_000_000 * 10**6)
TITAN = Dialect(refunds=True)
HANGS_S = 6.0


@pytest.fixture(scope="module")
def town() -> Iterator[World]:
    options = RelayOptions(builders=(BuilderOptions(name="Titan", dialect=TITAN),))
    with World(silent, block_time_s=None, relay=options) as found:
        yield found


@pytest.fixture
def config(town: World, tmp_path: Path) -> Config:
    builder = Builder(name="Titan", url=town.relay.builder_url("Titan"), dialect=TITAN)
    found = town.config(str(tmp_path / "journal.sqlite"))
    return msgspec.structs.replace(found, builders=BuilderChoice(more=(builder,)))


def one_run(town: World, config: Config) -> Report:
    """Start a bot, let it work on the newest head, and end it."""
    return build_engine(config, town.operator, town.identity).on_head(latest_head(town.rpc))


def sent_by(report: Report) -> Ticket:
    assert isinstance(report.decision, Ticket), report.decision
    return report.decision


def ends(town: World, since: int) -> list[BundleOutcome]:
    return town.relay.outcomes(since)


def test_an_opportunity_keeps_its_id_over_blocks_and_runs_until_it_is_taken_back(
    town: World, config: Config
) -> None:
    before = town.rpc.call("evm_snapshot")
    start = int(town.rpc.call("eth_blockNumber"), 16)
    town.mined(shock(town.rpc, CURVE_SUSD, USDC, SHOCK))
    since = len(town.relay.outcomes())
    tickets = []
    for _ in range(3):
        tickets.append(sent_by(one_run(town, config)))
        town.rpc.call("evm_mine")  # a block of somebody who was not sent it
    tickets.append(sent_by(one_run(town, config)))
    assert [one.target_block for one in tickets] == [start + 2 + n for n in range(4)]
    journal = Journal(Path(config.journal))
    kept = BundleBook(journal).last(9)
    journal.close()
    assert len({one.parcel.replacement_uuid for one in kept}) == 1
    assert all(one.parcel.tip and one.parcel.worth for one in kept)
    head = int(town.rpc.call("eth_blockNumber"), 16)
    assert town.rpc.call("evm_revert", before)  # another branch wins: nobody dumped anything on it
    while int(town.rpc.call("eth_blockNumber"), 16) < head:
        town.rpc.call("evm_mine")
    found = one_run(town, config).decision
    assert isinstance(found, NoPlan)
    assert found.refusal in (Refusal.NO_GAP, Refusal.BELOW_COST)
    for builder in (RELAY_NAME, "Titan"):
        fates = [one.fate for one in ends(town, since) if one.builder == builder]
        assert fates == [Fate.REPLACED] * 3 + [Fate.CANCELLED], builder


def test_a_builder_that_hangs_holds_nobody_up_and_the_bundle_lands(
    town: World, config: Config
) -> None:
    town.mined(shock(town.rpc, CURVE_SUSD, USDC, SHOCK))
    with builder_stubs(1) as (sleeper,):
        sleeper.answering = Answering(wait_s=HANGS_S)
        asleep = Builder(name="sleeper", url=sleeper.url)
        more = (asleep, *config.builders.more)
        choice = msgspec.structs.replace(config.builders, more=more)
        report = one_run(town, msgspec.structs.replace(config, builders=choice))
        ticket = sent_by(report)
        assert report.problem == ""
        assert report.parts["send"] + report.parts["answer"] < 2e9  # nanoseconds; it hangs for six
        assert len(sleeper.heard) == 1
        built = town.relay.build()
        assert built.transactions == 1
        settled = one_run(town, config).settled
        assert [one.transaction_hash for one in settled] == [ticket.transaction_hash]
        sleeper.answering = Answering()
