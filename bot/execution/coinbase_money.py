"""Balances, rules and books at Coinbase Advanced Trade, in its words. It tells no ways out.

Source: Coinbase Advanced Trade API documentation, read 2026.
"""

from bot.domain.orders import Balance, Level, MarketRules, NetworkStatus, VenueBook
from bot.domain.units import Wad
from bot.execution.coinbase_desk import PRIVATE, product_of
from bot.execution.venue_books import book_of
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import decimal_of, wad_at_least_0

_BALANCES = Call(path="brokerage/accounts", api=PRIVATE)
_MARKET = Call(path="brokerage/products/{product_id}", api=PRIVATE)
_FEES = Call(path="brokerage/transaction_summary", api=PRIVATE)
_BOOK = Call(path="brokerage/product_book", api=PRIVATE)
_KEY = Call(path="brokerage/key_permissions", api=PRIVATE)
_PAGE = 250
_MOST_PAGES = 100
_BPS = 10_000
_CLOSED = (
    *("is_disabled", "trading_disabled", "cancel_only", "post_only", "view_only", "auction_mode"),
)


class CoinbaseMoney:
    """Of one key."""

    def __init__(self, line: VenueLine) -> None:
        self._line = line

    async def balances(self) -> tuple[Balance, ...]:
        """Return what is held."""
        found: list[Balance] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            asked = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
            page = await self._line.ask(_BALANCES, asked)
            found += [
                Balance(
                    venue=self._line.venue,
                    currency=str(row["currency"]),
                    free=wad_at_least_0(row["available_balance"]["value"]),
                    held=wad_at_least_0(row["hold"]["value"]),
                )
                for row in page["accounts"]
            ]
            cursor = str(page["cursor"] or "")
            if not page["has_next"] or not cursor:
                break
        return tuple(balance for balance in found if balance.total)

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken now."""
        market = await self._line.ask(_MARKET, {"product_id": product_of(pair)})
        fees = (await self._line.ask(_FEES, {"product_type": "SPOT"}))["fee_tier"]
        is_open = market["status"] == "online" and not any(market[name] for name in _CLOSED)
        return MarketRules(
            venue=self._line.venue,
            pair=pair,
            tick=wad_at_least_0(market.get("price_increment") or market["quote_increment"]),
            step=wad_at_least_0(market["base_increment"]),
            min_amount=wad_at_least_0(market["base_min_size"]),
            min_value=wad_at_least_0(market["quote_min_size"]) or Wad(0),
            maker_fee_bps=float(decimal_of(fees["maker_fee_rate"]) * _BPS),
            taker_fee_bps=float(decimal_of(fees["taker_fee_rate"]) * _BPS),
            is_trading=is_open,
        )

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book; dollars and dollar coins share one there."""
        asked = {"product_id": product_of(pair), "limit": max(levels, 1)}
        answer = (await self._line.ask(_BOOK, asked))["pricebook"]
        bids, asks = (
            tuple(
                Level(price=wad_at_least_0(row["price"]), amount=wad_at_least_0(row["size"]))
                for row in answer[side]
            )
            for side in ("bids", "asks")
        )
        return book_of(self._line.venue, pair, bids, asks, levels=levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return nothing: it does not tell."""
        del currency
        return ()

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may send money away."""
        return bool((await self._line.ask(_KEY))["can_transfer"])
