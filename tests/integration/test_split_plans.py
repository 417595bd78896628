"""Two pools out of balance and a peg module: the split beats every round trip, and is exact."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desk import Desk, best_by_force, undone

from bot.domain.assets import STABLECOINS, USDC
from bot.domain.messages import Fate
from bot.domain.plans import Mode
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC, V2_USDC_USDT
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.bundle_pool import Fate as BundleFate
from bot.sandbox.progress import silent
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil
CURVE_SHOCK = Raw(9_000_000 * 10**6)
PAIR_SHOCK = Raw(400_000 * 10**6)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(silent, block_time_s=None) as found:
        yield found


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


def test_the_split_buys_in_both_pools_and_sells_to_the_module_too(desk: Desk) -> None:
    plan = desk.send()[1].plan
    assert plan.mode is Mode.PUSH
    used = {leg.pool for leg in plan.swaps}
    assert {CURVE_SUSD, V2_USDC_USDT, LITE_PSM_USDC} <= used
    bought = [leg for leg in plan.swaps if leg.pool in (CURVE_SUSD, V2_USDC_USDT)]
    assert {leg.token_out for leg in bought} == {USDC}
    assert len(bought) == 3  # DAI and USDT into Curve, USDT into the pair


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
