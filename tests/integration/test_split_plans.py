"""Two pools out of balance and a peg module: the split beats every round trip, and is exact."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from support.desk import Desk, best_by_force, undone

from bot.cli import main
from bot.domain.assets import STABLECOINS, USDC
from bot.domain.messages import Fate
from bot.domain.plans import Mode
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, Venue
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.bundle_pool import Fate as BundleFate
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil
CURVE_SHOCK = Raw(9_000_000 * 10**6)
PAIR_SHOCK = Raw(400_000 * 10**6)


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    """A bot before a market in which USDC is cheap in two pools and at par in the module."""
    with undone(world):
        found = Desk(world, tmp_path / "journal.sqlite")
        found.hit(CURVE_SUSD, USDC, CURVE_SHOCK)
        found.hit(V2_USDC_USDT, USDC, PAIR_SHOCK)
        yield found


def landed(desk: Desk) -> BundleOutcome:
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    return outcome


def test_the_split_buys_in_both_pools_and_uses_a_peg_module_too(desk: Desk) -> None:
    plan = desk.send()[1].plan
    assert plan.mode is Mode.PUSH
    used = {leg.pool for leg in plan.swaps}
    assert {CURVE_SUSD, V2_USDC_USDT} <= used
    assert {Venue.LITE_PSM, Venue.MAKER_PSM} & {pool.venue for pool in used}
    bought = {leg.token_out for leg in plan.swaps if leg.pool in (CURVE_SUSD, V2_USDC_USDT)}
    assert bought == {USDC}


def test_the_split_beats_every_single_round_trip(desk: Desk) -> None:
    seen, ticket = desk.send()
    plan = ticket.plan
    worth = seen.book.in_usdc(plan.token, plan.profit)
    assert worth > best_by_force(seen.book)


def test_the_split_lands_with_exactly_the_profit_of_the_plan(desk: Desk) -> None:
    before, wei_before = desk.holdings(), desk.wealth()
    _, ticket = desk.send()
    plan = ticket.plan
    landed(desk)
    (settled,) = desk.look().settled
    assert (settled.fate, settled.block) == (Fate.INCLUDED, ticket.target_block)
    assert settled.profit == plan.profit
    after = desk.holdings()
    assert (
        after["treasury", plan.token.symbol] - before["treasury", plan.token.symbol] == plan.profit
    )
    assert wei_before - desk.wealth() == settled.fee_wei <= ticket.max_fee_wei
    for token in STABLECOINS:
        assert after["executor", token.symbol] == 0
        gained = after["treasury", token.symbol] - before["treasury", token.symbol]
        assert token == plan.token or 0 <= gained < 10**token.decimals


def test_the_split_comes_within_a_thousandth_of_what_anything_could_earn(desk: Desk) -> None:
    certificate = desk.send()[1].plan.certificate
    assert certificate is not None
    assert 0 <= certificate.gap < 1e-3
    assert not certificate.cold


def test_after_the_split_nothing_pays(desk: Desk) -> None:
    desk.send()
    landed(desk)
    desk.decline()


def test_repeg_route_explains_the_plan_that_the_bot_would_send(desk: Desk) -> None:
    asked = ["route", "--rpc", desk.world.anvil.url]
    ran = CliRunner().invoke(main, [*asked, "--json"])
    assert ran.exit_code == 0, ran.output
    found = msgspec.json.decode(ran.stdout)
    plan = desk.send()[1].plan
    assert found["profit"]["raw"] == pytest.approx(plan.profit, rel=1e-9)
    assert [step["pool"] for step in found["steps"]] == [leg.pool.name for leg in plan.swaps]
    assert found["net"]["raw"] > found["net_of_best_round_trip"]["raw"] > 0
    told = CliRunner().invoke(main, asked).stdout
    for pool in (CURVE_SUSD, V2_USDC_USDT):
        assert pool.name in told


def test_repeg_route_says_why_there_is_none(world: World) -> None:
    with undone(world):
        ran = CliRunner().invoke(main, ["route", "--rpc", world.anvil.url])
    assert ran.exit_code == 0, ran.output
    assert "no cycle pays" in ran.stdout
    nowhere = CliRunner().invoke(main, ["route", "--rpc", "http://127.0.0.1:1"])
    assert nowhere.exit_code == 1
    assert "cannot be reached" in nowhere.output
