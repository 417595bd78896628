"""The leg at the exchange is judged before the one on chain is sent."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.entry_cases import wad
from support.hedge_cases import leg, plan_of
from support.order_world import OrderWorld
from support.risk_cases import LIMITS, leaving, network, some_facts, usd

from bot.control.hedge_rules import judge_hedge
from bot.control.risk_gate import RiskGate
from bot.domain.client_ids import position_id
from bot.domain.orders import Order, OrderSide, Purpose
from bot.domain.risk import Approved, Breach, Denied, Facts
from bot.hedge_round import HedgeRound
from bot.hedge_search import HedgeParts
from bot.strategy.hedge_finding import Hedge
from bot.strategy.hedge_plans import HedgeParameters
from bot.trading_options import TradingOptions

SECOND = leaving(Purpose.HEDGE)


def breach(order: Order = SECOND, **facts: Any) -> Breach | None:
    verdict = judge_hedge(order, some_facts(**facts), LIMITS)
    return verdict.breach if isinstance(verdict, Denied) else None


def test_a_hedge_that_could_be_sent_passes_though_nothing_is_held_yet() -> None:
    assert isinstance(judge_hedge(SECOND, some_facts(), LIMITS), Approved)
    bought_back = leaving(Purpose.HEDGE, side=OrderSide.BUY, price=usd(0.97))
    assert breach(bought_back) is None


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"is_trading": False}, Breach.PAUSED),
        ({"is_frozen": True}, Breach.PAUSED),
        ({"stopped": "a circuit breaker is open"}, Breach.STOPPED),
        ({"venue_is_trading": None}, Breach.UNKNOWN),
        ({"venue_is_trading": False}, Breach.UNKNOWN),
        ({"is_frozen_token": None}, Breach.UNKNOWN),
        ({"is_frozen_token": True}, Breach.UNKNOWN),
        ({"free": None}, Breach.UNKNOWN),
        ({"free": usd(399.999999)}, Breach.NO_FUNDS),
        ({"free": usd(400)}, None),
        ({"book_age_s": 5.1}, Breach.STALE),
        ({"base_price_age_s": None}, Breach.UNKNOWN),
        ({"best_bid": usd(0.98)}, None),  # it will be sent at a better price, in part at least
        ({"base_price": usd(1.0)}, Breach.BAND),
        ({"networks": (network(withdrawals=False),)}, None),  # what is sold there need not leave
    ],
)
def test_what_would_keep_it_from_being_sent_keeps_it_from_being_begun(
    facts: dict[str, Any], found: Breach | None
) -> None:
    assert breach(**facts) is found


def begun(folder: Path, facts_of_second: Facts) -> OrderWorld:
    """Let two legs be begun whose second one has those facts."""
    world = OrderWorld(folder / "orders.sqlite")

    async def facts_of(order: Order) -> Facts:
        fits = {"base_price": wad(0.95), "best_bid": wad(0.95), "best_ask": wad(0.95)}
        first = some_facts(**fits, free=wad(1e6), ramp_usd=wad(1e6))
        return facts_of_second if order.purpose is Purpose.HEDGE else first

    parts = HedgeParts(
        desks=None,  # type: ignore[arg-type]  # a stand-in: nothing is asked for
        gate=RiskGate(LIMITS, facts_of, lambda _: False),
        books=world.books,
        manager=world.manager,
        clock=world.clock,
        limits=LIMITS,
        options=TradingOptions(),
        parameters=HedgeParameters(enabled=True),
        coins=("USDC",),
    )
    name = position_id("hedge USDC", world.clock.now())
    plan = replace(plan_of(replace(leg(1_000), venue="binance")), position=name)
    hedge = Hedge(plan=plan, back_price=wad(0.9), gain_usd=wad(10), reserved_usd=wad(20))
    asyncio.run(HedgeRound(parts, lambda _: None)._begin(hedge))
    return world


def test_without_a_hedge_that_passes_the_first_leg_is_not_sent(tmp_path: Path) -> None:
    world = begun(tmp_path, some_facts(stopped="a circuit breaker is open"))
    assert world.ledger.positions == ()
    (said,) = world.ledger.decided("no hedge")
    assert "the other leg, " in said.detail
    assert "circuit breaker" in said.detail


def test_with_a_hedge_that_passes_the_two_legs_are_begun(tmp_path: Path) -> None:
    fits = {"base_price": wad(0.98), "best_bid": wad(0.98), "best_ask": wad(0.981)}
    world = begun(tmp_path, some_facts(**fits, free=wad(1e6)))
    assert len(world.ledger.positions) == 1
