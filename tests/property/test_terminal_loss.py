"""Ten thousand total failures: whatever was believed, no more is lost than the configured share.

Every path enters several coins one after the other, filled anywhere up to the limit price, in part
or whole; some fail on the way, at once and to nothing, so that no stop is ever reached; in the end
all of them do. A premium that is sold loses what it was paid in.
"""

from functools import cache
from random import Random

import msgspec
import pytest
from support.depeg_cases import rail
from support.entry_cases import (
    WIDE,
    case_of,
    market,
    means_of,
    opportunity_of,
    planner_of,
    sure,
    wad,
)

from bot.domain.opportunities import Opportunity
from bot.domain.orders import OrderSide
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import EntryPlan, PlannedOrder
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Market, Means

PATHS = 10_000
COINS = ("USDC", "USDT", "PYUSD", "USDe", "FDUSD")
VENUES = ("kraken", "binance", "coinbase")


def dice_of(seed: int | str) -> Random:
    return Random(seed)  # noqa: S311  # the same on every run; no secret


@cache
def wanted(coin: str, off_bps: int, never: float) -> tuple[Case, Opportunity]:
    """A depeg that any of its figures would be bet on, far too sure of itself."""
    case = case_of(off_bps, asset=coin, belief=sure(never), rails=(rail(1.0),))
    return case, opportunity_of(case)


@cache
def place(coin: str, venue: str, off_bps: int, shape: int) -> Market:
    """A deep market near the price of a depeg, of one of some shapes."""
    dice = dice_of(f"{coin} {venue} {off_bps} {shape}")
    step = -1 if off_bps > 0 else 1
    price, levels = 1 + (off_bps + dice.uniform(-60, 20) * step) / 1e4, []
    for _ in range(3):
        levels.append((round(price, 4), round(dice.uniform(500, 400_000), 2)))
        price += step * dice.uniform(0.0001, 0.004)
    fee_bps = dice.choice((0.0, 10.0, 40.0))
    return market(*levels, venue=venue, pair=f"{coin}/USD", sells=off_bps > 0, fee_bps=fee_bps)


class Path:
    """One run of bad luck."""

    def __init__(self, dice: Random, limits: RiskLimits) -> None:
        self.dice = dice
        self.share = limits.max_terminal_loss
        self.planner = planner_of(limits, kelly_fraction=dice.choice((0.25, 1.0)))
        self.start = wad(dice.choice((30_000, 1_000_000, 40_000_000)))
        self.held: dict[str, int] = {}  # dollars that are lost with a coin
        self.lost = 0
        self.allowed = 0  # by equity at the last entry
        self.bound = ""

    @property
    def equity(self) -> Wad:
        """What is left, by prices that may have gone up or down in the meantime."""
        return Wad(self.start - self.lost)

    def means(self, coin: str, off_bps: int) -> Means:
        places = [place(coin, venue, off_bps, self.dice.randrange(4)) for venue in VENUES]
        return msgspec.structs.replace(
            means_of(*places[: self.dice.choice((1, 1, 2, 3))]),
            equity_usd=self.equity,
            at_risk_usd=Wad(sum(self.held.values())),
            day_result_usd=Wad(-self.lost),
        )

    def enter(self, coin: str) -> None:
        off_bps = self.dice.choice((-2_500, -1_200, -600, 300, 800))
        case, opportunity = wanted(coin, off_bps, self.dice.choice((0.001, 0.01, 0.02)))
        means = self.means(coin, off_bps)
        plan = self.planner.plan(case, opportunity, means, position=coin)
        if not isinstance(plan, EntryPlan):
            return
        self.bound = plan.size.bound_by
        self.allowed = self.equity * round(self.share * 10**6) // 10**6
        if self.dice.random() < 0.2:  # a gap: nothing of it is filled at all
            return
        paid = sum(self.fill(order, means, case) for order in plan.orders)
        assert paid <= plan.size.usd
        self.held[coin] = self.held.get(coin, 0) + paid

    def fill(self, order: PlannedOrder, means: Means, case: Case) -> int:
        """Fill an order, at the worst or better; return all that is paid for it, the fee too."""
        there = next(m for m in means.markets if m.venue == order.venue)
        far = order.price if order.side is OrderSide.BUY else there.book.asks[0].price
        price = self.dice.choice((far, order.expected_price))
        amount = order.amount * self.dice.choice((100, 100, 37, 0)) // 100
        worth = max(price, case.view.price if order.side is OrderSide.SELL else 0)
        fee = round(there.rules.taker_fee_bps * 10**14)
        return mul_div_up(amount * worth, WAD + fee, WAD * WAD)

    def fail(self, coin: str) -> None:
        self.lost += self.held.pop(coin, 0)

    def run(self) -> None:
        for _ in range(self.dice.choice((2, 2, 3))):
            self.enter(self.dice.choice(COINS))
            if self.dice.random() < 0.3:
                self.fail(self.dice.choice(COINS))
        for coin in tuple(self.held):
            self.fail(coin)


@pytest.mark.slow
def test_ten_thousand_total_failures_lose_no_more_than_the_share() -> None:
    entered = bound = 0
    for number in range(PATHS):
        dice = dice_of(number)
        share = dice.choice((0.005, 0.02, 0.1))
        path = Path(dice, msgspec.structs.replace(WIDE, max_terminal_loss=share))
        path.run()
        assert path.lost <= path.allowed <= path.start * share + 1, f"path {number}"
        entered += path.lost > 0
        bound += path.bound == "terminal cap"
    assert entered > PATHS * 0.85  # nearly every path had something to lose
    assert bound > PATHS * 0.3  # and often that cap alone stood before more


def test_without_the_cap_the_same_failures_would_cost_far_more() -> None:
    worst = 0.0
    for number in range(100):
        path = Path(dice_of(number), WIDE)
        path.run()
        worst = max(worst, path.lost / path.start)
    assert worst > 0.5
