"""A leg on chain and the exchange that hedges it."""

from support.asset_views import moment
from support.entry_cases import market, means_of, wad

from bot.domain.orders import OrderKind, OrderSide, TimeInForce
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import Nanos
from bot.strategy.hedge_legs import Legs
from bot.strategy.hedge_plans import HedgePlace, HedgePlan, hedge_plan

SENT = moment(0)


def leg(
    amount: float = 10_000, price: float = 0.95, *, side: OrderSide = OrderSide.BUY
) -> PlannedOrder:
    """Return a leg on chain."""
    return PlannedOrder(
        venue="ethereum",
        pair="USDC/USDT",
        side=side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.IOC,
        amount=wad(amount),
        price=wad(price),
        expected_price=wad(price),
        fee_usd=wad(15),
        slippage_bps=0.0,
    )


def place_of(
    *bids: tuple[float, float], free: float = 1e9, fee_bps: float = 10.0, tether: float = 1.0
) -> HedgePlace:
    """Return an exchange with these bids."""
    exchange = market(
        *(bids or ((0.98, 8_000), (0.975, 8_000))),
        pair="USDC/USD",
        sells=True,
        free=free,
        fee_bps=fee_bps,
        min_amount=10,
        spread=0.001,
    )
    return HedgePlace(market=exchange, means=means_of(dollars={"USDT": tether}))


def plan_of(first: PlannedOrder | None = None, place: HedgePlace | None = None) -> HedgePlan:
    """Return a plan that can be begun."""
    found = hedge_plan("p1", first or leg(), place or place_of(), SENT)
    assert isinstance(found, HedgePlan), found
    return found


def legs_of(
    filled: float = 0,
    closed: float = 0,
    *,
    filled_at: Nanos | None = None,
    is_final: bool = True,
    is_busy: bool = False,
) -> Legs:
    """Return legs of which the first is sent."""
    return Legs(
        is_sent=True,
        is_final=is_final,
        filled=wad(filled),
        filled_at=SENT if filled and filled_at is None else filled_at,
        closed=wad(closed),
        is_busy=is_busy,
    )
