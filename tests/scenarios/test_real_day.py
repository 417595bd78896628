"""12 May 2022, 06:44:02 UTC: Tether off its peg, on recorded mainnet bytecode.

Recorded: the runtime code of Curve 3pool, USDC (proxy and the logic of that time), USDT, DAI and
Uniswap's USDC/USDT 0.01 % pool; 3pool's fee, admin fee, amplification and coins (its last recorded
state before that day) and its balances of that second; Uniswap's tick of that hour; every quote
that is compared. At twelve other moments of that month likewise.

Composed: Uniswap's liquidity. At 06:00 that pool had none at its price at all, so the spot gap
could not be traded; at 07:00 it had 65,919,501,612,645, which is laid here, through the position
manager, over a thousand ticks that nobody recorded. A second variant is two hundred times as deep.
Who holds how much of each token is the local mainnet's, with 3pool's balances added; Tether's
settings are recorded, those of USDC and DAI are not. Lenders are the local mainnet's: of the three
only Balancer existed on that day. So is the pool that prices gas. Every pool that was not recorded
is taken off the chain, so that none at parity makes the gap look better than it was.

So the profits below say what the bot does with such a state. They are not what it would have made.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from recorded_state import (
    Day,
    recorded_codes,
    recorded_days,
    recorded_storage,
)
from recorded_world import (
    add_liquidity,
    get_dy,
    put_day,
    put_recorded_mainnet,
    take_liquidity_out,
    tick_of,
)
from support.desk import Desk, best_by_force, gap_of, undone

from bot.domain.assets import USDC, USDT
from bot.domain.messages import Fate, Refusal
from bot.domain.venues import CURVE_3POOL, V3_USDC_USDT
from bot.sandbox.bundle_pool import Fate as BundleFate
from bot.sandbox.progress import silent
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

THE_DAY = "2022-05-12T06:44:02+00:00"
RECORDED_LIQUIDITY = 65_919_501_612_645  # at 07:00, tick 18; at 06:00, tick 24, it was zero
CALM = 1.0  # out per in of the better round trip, by the recorded figures
DAYS = 13


@pytest.fixture(scope="module")
def days(data_dir: Path) -> list[Day]:
    found = recorded_days(data_dir)
    assert len(found) == DAYS
    return found


@pytest.fixture(scope="module")
def recorded_world(data_dir: Path) -> Iterator[World]:
    codes, storage = recorded_codes(data_dir), recorded_storage(data_dir)
    with World(silent, block_time_s=None) as world:
        put_recorded_mainnet(world, codes, storage)
        for address, code in codes.items():
            on_chain = bytes.fromhex(world.rpc.call("eth_getCode", address, "latest")[2:])
            assert keccak(on_chain) == keccak(code)
        yield world


@pytest.fixture
def world(recorded_world: World, days: list[Day]) -> Iterator[World]:
    with undone(recorded_world):
        take_liquidity_out(recorded_world)
        add_liquidity(recorded_world, tick_of(the_day(days)), RECORDED_LIQUIDITY)
        yield recorded_world


def the_day(days: list[Day]) -> Day:
    return next(day for day in days if day.utc == THE_DAY)


def test_the_day_is_the_one_that_was_recorded(days: list[Day]) -> None:
    day = the_day(days)
    dai, usdc, usdt = day.balances
    assert (dai // 10**24, usdc // 10**12, usdt // 10**12) == (100, 100, 1839)
    assert (day.amplification, day.fee, tick_of(day)) == (5_000, 3_000_000, 24)
    assert [q.amount_out for q in day.quotes[:2]] == [1_021_279_416, 10_193_180_683_157]


def test_every_recorded_quote_is_ours_to_the_base_unit(days: list[Day]) -> None:
    for day in days:
        for quote in day.quotes:
            ours = day.pool().get_dy(quote.coin_in, quote.coin_out, quote.amount_in)
            assert ours == quote.amount_out, (day.utc, quote)


def test_every_recorded_quote_is_the_contracts_to_the_base_unit(
    world: World, days: list[Day]
) -> None:
    for day in days:
        put_day(world, day)
        for quote in day.quotes:
            theirs = get_dy(world, quote.coin_in, quote.coin_out, quote.amount_in)
            assert theirs == quote.amount_out, (day.utc, quote)


def test_what_the_feed_reads_is_the_recorded_state(
    world: World, days: list[Day], tmp_path: Path
) -> None:
    day = the_day(days)
    put_day(world, day)
    book = Desk(world, tmp_path / "journal.sqlite").look().book
    assert set(book.pools) == {CURVE_3POOL, V3_USDC_USDT}
    three, range_pool = book.pools[CURVE_3POOL], book.pools[V3_USDC_USDT]
    assert (three.balances, three.amplification, three.fee) == (
        day.balances,
        day.amplification,
        day.fee,
    )
    assert range_pool.tick == tick_of(day)
    assert 0 <= range_pool.liquidity - RECORDED_LIQUIDITY < RECORDED_LIQUIDITY // 10**9


@pytest.mark.parametrize("depth", [1, 200], ids=["thin as recorded", "deep"])
def test_the_depeg_is_traded_on_the_real_pool_for_exactly_the_predicted_profit(
    world: World, days: list[Day], tmp_path: Path, depth: int
) -> None:
    day = the_day(days)
    add_liquidity(world, tick_of(day), RECORDED_LIQUIDITY * (depth - 1))
    put_day(world, day)
    desk = Desk(world, tmp_path / "journal.sqlite")
    before, wei_before = desk.holdings(), desk.wealth()

    seen, ticket = desk.send()
    plan = ticket.plan
    curve = next(leg for leg in plan.swaps if leg.pool == CURVE_3POOL)
    assert {leg.pool for leg in plan.swaps} == {CURVE_3POOL, V3_USDC_USDT}
    assert (curve.token_in, curve.token_out) == (USDC, USDT)
    worth = seen.book.in_usdc(plan.token, plan.profit)
    assert worth >= best_by_force(seen.book) * 99_999 // 100_000

    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    after = desk.look()
    (settled,) = after.settled
    assert (settled.fate, settled.profit) == (Fate.INCLUDED, plan.profit)
    paid = ("treasury", plan.token.symbol)
    assert desk.holdings() == {**before, paid: before[paid] + plan.profit}
    assert wei_before - desk.wealth() == settled.fee_wei
    assert gap_of(plan, after.book) < gap_of(plan, seen.book) / 10
    assert desk.fates()[0] == "included"


def test_on_calm_days_nothing_is_sent_and_the_journal_says_why(
    world: World, days: list[Day], tmp_path: Path
) -> None:
    calm = [day for day in days if day.best_rate() < CALM]
    assert len(calm) >= 5
    journal = tmp_path / "journal.sqlite"
    desk = Desk(world, journal)
    before = desk.holdings(), desk.wealth()
    for day in calm:
        put_day(world, day)
        desk = Desk(world, journal)  # a bot that starts now: what was put there left no logs
        assert desk.decline().refusal is Refusal.NO_GAP, day.utc
        assert desk.build() == ()
    assert (desk.holdings(), desk.wealth()) == before
    assert desk.fates() == []


def test_on_every_other_day_the_bot_acts_if_and_only_if_the_gap_pays(
    world: World, days: list[Day], tmp_path: Path
) -> None:
    for day in (day for day in days if day.best_rate() >= CALM):
        put_day(world, day)
        desk = Desk(world, tmp_path / "journal.sqlite")  # what was put there left no logs
        report = desk.look()
        if hasattr(report.decision, "plan"):
            (outcome,) = desk.build()
            assert outcome.fate is BundleFate.INCLUDED, day.utc
        else:
            assert report.decision.refusal is Refusal.BELOW_COST, report.decision.line
            assert day.best_rate() < CALM + 0.0005
