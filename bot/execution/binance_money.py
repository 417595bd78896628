"""Balances, rules, books and ways out at Binance spot, in its words.

Source: Binance spot and wallet API documentation, read 2026.
"""

from typing import Any

from bot.domain.orders import Balance, Level, MarketRules, NetworkStatus, VenueBook
from bot.domain.units import Wad
from bot.execution.binance_desk import symbol_of
from bot.execution.venue_books import book_of
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import decimal_of, wad_at_least_0

_ACCOUNT = Call(path="account", cost=20)
_MARKETS = Call(path="exchangeInfo", api=("public",), cost=20)
_FEES = Call(path="asset/tradeFee", api=("sapi",))
_BOOK = Call(path="depth", api=("public",), cost=5)
_COINS = Call(path="capital/config/getall", api=("sapi",), cost=10)
_KEY = Call(path="account/apiRestrictions", api=("sapi",))
_BPS = 10_000


class BinanceMoney:
    """Of one key."""

    def __init__(self, line: VenueLine) -> None:
        self._line = line

    async def balances(self) -> tuple[Balance, ...]:
        """Return what is held."""
        answer = await self._line.ask(_ACCOUNT, {"omitZeroBalances": "true"})
        found = (
            Balance(
                venue=self._line.venue,
                currency=str(row["asset"]),
                free=wad_at_least_0(row["free"]),
                held=wad_at_least_0(row["locked"]),
            )
            for row in answer["balances"]
        )
        return tuple(balance for balance in found if balance.total)

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken now."""
        symbol = {"symbol": symbol_of(pair)}
        (market,) = (await self._line.ask(_MARKETS, symbol))["symbols"]
        (fees,) = await self._line.ask(_FEES, symbol)
        filters = {row["filterType"]: row for row in market["filters"]}
        value = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL")
        return MarketRules(
            venue=self._line.venue,
            pair=pair,
            tick=wad_at_least_0(filters["PRICE_FILTER"]["tickSize"]),
            step=wad_at_least_0(filters["LOT_SIZE"]["stepSize"]),
            min_amount=wad_at_least_0(filters["LOT_SIZE"]["minQty"]),
            min_value=wad_at_least_0(value["minNotional"]) if value else Wad(0),
            maker_fee_bps=float(decimal_of(fees["makerCommission"]) * _BPS),
            taker_fee_bps=float(decimal_of(fees["takerCommission"]) * _BPS),
            is_trading=market["status"] == "TRADING" and market["isSpotTradingAllowed"] is True,
        )

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book."""
        asked = {"symbol": symbol_of(pair), "limit": min(max(levels, 1), 100)}
        answer = await self._line.ask(_BOOK, asked)
        sides = (
            tuple(Level(price=wad_at_least_0(p), amount=wad_at_least_0(a)) for p, a in answer[name])
            for name in ("bids", "asks")
        )
        return book_of(self._line.venue, pair, *sides, levels=levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return the ways in and out."""
        rows = await self._line.ask(_COINS)
        listed: list[Any] = [row for row in rows if row["coin"] == currency]
        return tuple(
            NetworkStatus(
                venue=self._line.venue,
                currency=currency,
                network=str(way["network"]),
                deposits_open=way["depositEnable"] is True,
                withdrawals_open=way["withdrawEnable"] is True,
                withdrawal_fee=wad_at_least_0(way["withdrawFee"]),
            )
            for row in listed
            for way in row["networkList"]
        )

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may withdraw."""
        return bool((await self._line.ask(_KEY))["enableWithdrawals"])
