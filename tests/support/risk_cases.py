"""An order that every rule approves, and the facts and limits it is judged by."""

from typing import Any

from msgspec.structs import replace

from bot.domain.orders import ClientId, NetworkStatus, Order, OrderKind, OrderSide, Purpose
from bot.domain.risk import Facts, RiskLimits
from bot.domain.units import WAD, Nanos, Wad

NOW = Nanos(1_700_000_000 * 10**9)
LIMITS = RiskLimits()


def usd(dollars: float) -> Wad:
    """Return dollars as wads, exact to a millionth."""
    return Wad(round(dollars * 10**6) * 10**12)


def an_order(**changes: Any) -> Order:
    """Return an entry: 400 USDC at 0.97 USD, worth 388 dollars by its own price."""
    order = Order(
        client_id=ClientId("rpaaaaaaaaaae00001"),
        position="aaaaaaaaaa",
        purpose=Purpose.ENTRY,
        venue="kraken",
        pair="USDC/USD",
        side=OrderSide.BUY,
        amount=usd(400),
        price=usd(0.97),
        made_at=NOW,
    )
    return replace(order, **changes)


def some_facts(**changes: Any) -> Facts:
    """Return facts that leave room everywhere; consensus and book at 0.97."""
    facts = Facts(
        now=NOW,
        is_trading=True,
        equity_usd=usd(1_000_000),
        base_price=usd(0.97),
        base_price_age_s=0.5,
        quote_price=usd(1),
        best_bid=usd(0.9699),
        best_ask=usd(0.97),
        book_age_s=0.5,
        position_amount=Wad(0),
        coin_usd=Wad(0),
        venue_usd=Wad(0),
        issuer_usd=Wad(0),
        day_entries_usd=Wad(0),
        day_result_usd=Wad(0),
        at_risk_usd=Wad(0),
        open_legs=0,
        free=usd(1_000),
        venue_is_trading=True,
        ramp_usd=usd(500),
        coin="USDC",
        issuer="Circle",
    )
    return replace(facts, **changes)


def leaving(purpose: Purpose = Purpose.EXIT, **changes: Any) -> Order:
    """Return a sale of 400 USDC that are held."""
    ours = {"purpose": purpose, "side": OrderSide.SELL, "price": usd(0.9699)}
    return an_order(**(ours | changes))


def held_facts(**changes: Any) -> Facts:
    """Return facts of a position of 400 USDC, with nothing on order."""
    return some_facts(**({"position_amount": usd(400)} | changes))


def network(*, withdrawals: bool | None, name: str = "ETH") -> NetworkStatus:
    """Return one network of USDC at Kraken."""
    return NetworkStatus(
        venue="kraken",
        currency="USDC",
        network=name,
        deposits_open=True,
        withdrawals_open=withdrawals,
        withdrawal_fee=None,
    )


WORTH = usd(388)
ONE = Wad(1)  # the smallest step there is
MARKET = OrderKind.MARKET
DOLLAR = Wad(WAD)
