"""Our connector at each venue of the local exchange, and orders for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec

from bot.domain.client_ids import client_id, position_id
from bot.domain.orders import Order, OrderKind, OrderSide, Purpose, TimeInForce
from bot.domain.units import WAD, Nanos, Wad
from bot.execution.account_options import AccountOptions, Credentials
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.venue_numbers import wad_of
from bot.sandbox.exchange.exchange_options import BINANCE, COINBASE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import VenueOptions

OPTIONS = LocalExchangeOptions(breath_s=None)
PAIRS = {"binance": "USDC/USDT", "kraken": "USDC/USD", "coinbase": "USDT/USD"}
PLACING = {"binance": "POST /api.binance.com/api/v3/order", "kraken": "AddOrder"}
PLACING["coinbase"] = "POST /api.coinbase.com/api/v3/brokerage/orders"
CANCELLING = {
    "binance": "DELETE /api.binance.com/api/v3/order",
    "kraken": "CancelOrder",
    "coinbase": "batch_cancel",
}
_FLOORS = {"binance": BINANCE, "kraken": KRAKEN, "coinbase": COINBASE}
_NUMBERS = count(1)

Script = Callable[[CcxtConnector], Awaitable[Any]]


class Trader(msgspec.Struct, frozen=True):
    """One venue, and the account that trades there."""

    exchange: LocalExchange
    venue: str

    @property
    def pair(self) -> str:
        return PAIRS[self.venue]

    @property
    def floor(self) -> VenueOptions:
        return _FLOORS[self.venue]

    @property
    def market(self) -> Market:
        return next(market for market in self.floor.markets if market.pair == self.pair)

    @property
    def credentials(self) -> Credentials:
        login = self.floor.logins[0]
        return Credentials(login.key, login.secret)

    def options(self, **changes: Any) -> AccountOptions:
        usual = AccountOptions(
            venue=self.venue, pairs=(self.pair,), url=self.exchange.url, timeout_s=2.0
        )
        return msgspec.structs.replace(usual, **changes)

    def run(self, script: Script, **changes: Any) -> Any:
        """Run a script with a connector that has been opened."""

        async def running() -> Any:
            async with CcxtConnector(self.options(**changes), self.credentials) as desk:
                return await script(await desk.open())

        return asyncio.run(running())

    def order(self, side: str = "buy", price: str = "0.9000", **changes: Any) -> Order:
        """Return an order that nobody has used before; at 0.90 a purchase rests."""
        amount = changes.pop("amount", "100")
        changes = {"made_at": Nanos(self.exchange.venue(self.venue).now_ns), **changes}
        usual = new_order(self.venue, self.pair, OrderSide(side), wad(amount), wad(price))
        return msgspec.structs.replace(usual, **changes)

    def placed(self, order: Order) -> int:
        """Return how many orders of this client id the venue has ever taken."""
        truth = self.exchange.account(self.venue)
        return sum(one.client_id == order.client_id for one in truth.orders)

    def goes_wrong(self, kind: MishapKind, request: str = "", **how: Any) -> None:
        """Let requests fail."""
        self.exchange.misbehave(Mishap(kind=kind, venue=self.venue, request=request, **how))


def new_order(
    venue: str,
    pair: str,
    side: OrderSide,
    amount: Wad = Wad(100 * WAD),  # noqa: B008 - a number
    price: Wad = Wad(WAD),  # noqa: B008 - a number
) -> Order:
    """Return an order with an id of its own, made now."""
    position = position_id("connector", 0)
    return Order(
        client_id=client_id(position, Purpose.ENTRY, next(_NUMBERS)),
        position=position,
        purpose=Purpose.ENTRY,
        venue=venue,
        pair=pair,
        side=side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.GTC,
        amount=amount,
        price=price,
        made_at=Nanos(time.time_ns()),
    )


def wad(text: str) -> Wad:
    """Return a decimal text as a wad."""
    return wad_of(Decimal(text))
