"""All that one order is judged by, asked afresh for each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from bot.coin_prices import CoinPrices
from bot.domain.depegs import Side
from bot.domain.issuers import issuer_of
from bot.domain.orders import NetworkStatus, Order, OrderSide, Purpose
from bot.domain.risk import Facts
from bot.domain.trade_plans import Held
from bot.domain.units import WAD, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.feeds.feed import Clock
from bot.strategy.exposure import Exposure, ExposureBook
from bot.strategy.ledger import Ledger
from bot.venue_markets import VenueMarkets

T = TypeVar("T")
PATIENCE_S = 0.8  # for any one question; the gate waits for two of them and a little


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Who else has a say; each answers at once."""

    is_ready: Callable[[], bool]  # the books agreed, and trading may begin
    stopped: Callable[[str, str], str]  # why there are no entries of a coin at a venue; empty: none
    ramp_usd: Callable[[], Wad | None]  # the largest order that was earned
    is_frozen_token: Callable[[str], bool | None]


class RiskFacts:
    """Gathers; decides nothing."""

    def __init__(
        self,
        ledger: Ledger,
        markets: VenueMarkets,
        prices: CoinPrices,
        standing: Standing,
        clock: Clock,
    ) -> None:
        self._ledger, self._markets, self._prices = ledger, markets, prices
        self._standing, self._clock = standing, clock
        self._exposure = ExposureBook(ledger)

    def exposure(self) -> Exposure:
        """Return what is at risk now."""
        return self._exposure.now(self._prices.last, self._clock.now())

    async def equity(self) -> Wad | None:
        """Return what all accounts hold in dollars; None where one is not known.

        A currency without a price counts for nothing, as does an account that is not opened yet.
        """
        here = [venue for venue, account in self._markets.accounts.items() if account.is_here()]
        if not here:
            return None
        total = 0
        found = await asyncio.gather(*map(self._markets.balances, here))
        for balances in found:
            if balances is None:
                return None
            for name, balance in balances.items():
                total += balance.total * (self._prices.now(name) or 0) // WAD
        return Wad(total)

    async def __call__(self, order: Order) -> Facts:
        """Return the facts of an order; what is not known is None in them."""
        spends = order.base if order.side is OrderSide.SELL else order.quote
        book, rules, free = await asyncio.gather(
            soon(self._markets.book, order.venue, order.pair),
            soon(self._markets.rules, order.venue, order.pair),
            soon(self._markets.free, order.venue, spends),
        )
        equity, networks = None, None
        if order.purpose is Purpose.ENTRY:  # who leaves is not kept waiting for either
            equity, networks = await asyncio.gather(
                soon(self.equity), soon(self._markets.networks, order.venue, order.base)
            )
        coin = order.base
        exposure, standing = self.exposure(), self._standing
        commands = self._ledger.commands
        amount, pending = self._position_of(order)
        bids, asks = ((), ()) if book is None else (book[0].bids, book[0].asks)
        return Facts(
            now=self._clock.now(),
            is_trading=standing.is_ready() and not commands.is_paused and not commands.is_frozen,
            is_frozen=commands.is_frozen,
            equity_usd=equity,
            base_price=self._prices.now(coin),
            base_price_age_s=self._prices.age_s(coin, order.quote),
            quote_price=self._prices.now(order.quote),
            best_bid=bids[0].price if bids else None,
            best_ask=asks[0].price if asks else None,
            book_age_s=None if book is None else book[1],
            position_amount=amount,
            pending_exit=pending,
            coin_usd=exposure.coin_usd.get(coin, Wad(0)),
            venue_usd=exposure.venue_usd.get(order.venue, Wad(0)),
            issuer_usd=exposure.issuer_usd.get(issuer_of(coin), Wad(0)),
            day_entries_usd=exposure.day_entries_usd,
            day_result_usd=exposure.day_result_usd,
            at_risk_usd=exposure.at_risk_usd,
            open_legs=exposure.open_legs,
            free=free,
            venue_is_trading=None if rules is None else rules.is_trading,
            is_frozen_token=self._is_stopped(order),
            networks=_known(networks),
            ramp_usd=standing.ramp_usd(),
            coin=coin,
            issuer=issuer_of(coin),
            stopped=standing.stopped(coin, order.venue),
        )

    def _is_stopped(self, order: Order) -> bool | None:
        """On chain what is paid with moves as well: neither may be stopped, nor unknown."""
        coins = (order.base, order.quote) if order.venue == CHAIN_VENUE else (order.base,)
        told = [self._standing.is_frozen_token(coin) for coin in coins]
        return True if True in told else None if None in told else False

    def _position_of(self, order: Order) -> tuple[Wad, Wad]:
        """Return what the order's position holds of its base, and what of it is on order."""
        if order.position not in self._ledger.positions:
            return Wad(0), Wad(0)
        held = self._ledger.held(order.position)
        if held.plan.asset != order.base:
            return Wad(0), Wad(0)
        return _signed(held), held.on_exit


def _signed(held: Held) -> Wad:
    return held.left if held.plan.side is Side.DISCOUNT else Wad(-held.left)


async def soon(
    ask: Callable[..., Awaitable[T | None]], *about: str, patience_s: float = PATIENCE_S
) -> T | None:
    """Return what was told in time: a venue that hangs must not keep others from being left."""
    try:
        async with asyncio.timeout(patience_s):
            return await ask(*about)
    except TimeoutError:
        return None


def _known(networks: tuple[NetworkStatus, ...] | None) -> tuple[NetworkStatus, ...]:
    """A venue that does not answer about networks tells as little as one that never does."""
    return networks or ()
