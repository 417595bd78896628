"""The account on the local mainnet's real bytecode: our own run, and how it looks to a stranger."""

from pathlib import Path

import msgspec
import pytest
from support.builders import building, bundle_out

from bot.app import build_watch
from bot.domain.assets import USDC
from bot.domain.inclusions import Ending, Standing, TipSource
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_SUSD
from bot.execution.inclusion import Accounted, InclusionAccount
from bot.history.bundle_book import BundleBook
from bot.history.bundle_takes import BundleTakes
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.operations.submission import submit_once
from bot.sandbox.faucet import shock
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil
STRANGER = Address("0x000000000000000000000000000000000000dEaD")


def test_our_run_is_booked_for_what_it_earned_and_looks_like_a_take_to_others(
    world: World, tmp_path: Path
) -> None:
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, Raw(3_000_000 * 10**6)))
    config = world.config(str(tmp_path / "j.sqlite"))
    theirs = Journal(tmp_path / "other.sqlite")
    pools = build_watch(config)[0].pools
    mine = Accounted(operator=world.operator.address, executor=world.executor, pools=pools)
    stranger = msgspec.structs.replace(mine, operator=STRANGER, executor="")
    other = InclusionAccount(world.rpc, theirs, BundleBook(theirs), stranger)
    other.on_head(latest_head(world.rpc))
    with building(world, bundle_out(Path(config.journal))):
        found = submit_once(config, world.operator, world.identity)
    assert found.included
    (held,) = [one for one in world.relay.outcomes() if one.coinbase_payment_wei][-1:]
    ours = Journal(tmp_path / "j.sqlite")
    book = BundleBook(ours)
    account = InclusionAccount(world.rpc, ours, book, mine)
    for _ in range(2):
        world.relay.build()
        account.on_head(latest_head(world.rpc))
        other.on_head(latest_head(world.rpc))
    (kept,) = book.last(5)
    assert kept.verdict is not None
    assert (kept.verdict.ending, kept.standing) == (Ending.INCLUDED, Standing.PROVISIONAL)
    assert kept.verdict.profit == found.profit_raw == kept.plan.profit
    assert kept.verdict.fee == found.fee_wei
    assert kept.verdict.tip is not None
    assert kept.verdict.tip.total == held.coinbase_payment_wei
    (gap,) = BundleTakes(theirs).missed(5)
    assert gap.take.transaction_hash == found.transaction_hash
    assert (gap.take.symbol, gap.take.gain) == (found.token, found.profit_raw)
    assert (gap.take.tip.total, gap.take.tip.source) == (
        held.coinbase_payment_wei,
        TipSource.TRACE,
    )
    assert BundleTakes(ours).missed(5) == []
    ours.close()
    theirs.close()
