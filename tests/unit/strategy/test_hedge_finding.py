"""Two legs are begun where the prices pay for everything, and as large as that holds."""

import pytest
from support.entry_cases import NOW, market, means_of, wad

from bot.domain.orders import OrderSide
from bot.domain.ticks import SourceKind
from bot.domain.units import WAD, Wad
from bot.strategy.hedge_finding import Hedge, HedgeTerms, best_hedge
from bot.strategy.hedge_plans import HedgeParameters, NoHedge
from bot.strategy.trading_means import Market


def chain(*asks: tuple[float, float], gas: float = 15.0, free: float = 1e9) -> Market:
    return market(
        *asks,
        venue="ethereum",
        pair="USDC/USDT",
        kind=SourceKind.DEX,
        fee_bps=0.0,
        step="0.000001",
        tick="0.000000001",
        fixed_usd=gas,
        free=free,
    )


def exchange(*bids: tuple[float, float], fee_bps: float = 10.0, free: float = 1e9) -> Market:
    return market(*bids, pair="USDC/USD", sells=True, fee_bps=fee_bps, free=free)


def found(*markets: Market, most: float = 1e6, tether: float = 1.0) -> Hedge | NoHedge:
    terms = HedgeTerms(
        position="0123456789",
        parameters=HedgeParameters(enabled=True),
        most_usd=wad(most),
        max_book_age_s=5.0,
        at=NOW,
    )
    return best_hedge(means_of(*markets, dollars={"USDT": tether}), terms)


@pytest.mark.parametrize(("bid", "begins"), [(1.0, False), (1.0029, False), (1.0031, True)])
def test_two_legs_are_begun_above_all_costs_and_not_below(bid: float, *, begins: bool) -> None:
    """10,000 coins: 15 of gas, 10 bps of fee, at least 5 left: 30 bps in all."""
    answer = found(chain((1.0, 10_000)), exchange((bid, 10_000)))
    assert isinstance(answer, Hedge) is begins


def test_only_what_gains_is_taken_of_both_books() -> None:
    answer = found(chain((1.0, 5_000), (1.02, 5_000)), exchange((1.015, 4_000), (1.01, 9_000)))
    assert isinstance(answer, Hedge)
    assert answer.plan.first.amount == wad(5_000)
    assert answer.plan.first.side is OrderSide.BUY
    assert answer.plan.hedge.side is OrderSide.SELL
    assert answer.plan.hedge.price == wad("1.01")


@pytest.mark.parametrize(("most", "amount"), [(3_000, 3_000), (1e6, 10_000)])
def test_no_cap_is_exceeded(most: float, amount: float) -> None:
    answer = found(chain((1.0, 10_000)), exchange((1.03, 10_000)), most=most)
    assert isinstance(answer, Hedge)
    assert answer.plan.first.amount == wad(amount)


def test_what_is_not_at_the_exchange_is_not_hedged_there() -> None:
    answer = found(chain((1.0, 10_000)), exchange((1.03, 10_000), free=2_000))
    assert isinstance(answer, Hedge)
    assert answer.plan.first.amount == wad(2_000)


def test_a_price_in_a_cheap_tether_is_no_gain() -> None:
    """0.97 Tether of a dollar and 3 cents each is a dollar."""
    cheap = chain((0.97, 10_000))
    assert isinstance(found(cheap, exchange((1.0, 10_000)), tether=1.0), Hedge)
    assert isinstance(found(cheap, exchange((1.0, 10_000)), tether=1.0 / 0.97), NoHedge)


def test_as_much_is_set_aside_as_either_way_of_closing_may_lose() -> None:
    answer = found(chain((1.0, 10_000)), exchange((1.03, 10_000)))
    assert isinstance(answer, Hedge)
    back = (wad(1.0) - answer.back_price) * 10_000 + 2 * wad(15)
    assert answer.reserved_usd >= max(Wad(back), answer.plan.worst_loss_usd)
    assert answer.back_price < WAD
