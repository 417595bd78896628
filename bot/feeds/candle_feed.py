"""Candles of one pair from an exchange, page by page, through unmodified `ccxt`."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from bot.domain.candles import Candle
from bot.domain.errors import BadConfiguration, VenueRefused
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.feeds.exchange_feed import ExchangeFeed, ExchangeOptions, wad_down

_USUAL_PAGE = 500  # where ccxt does not say how many an exchange gives at once
_FRAME = re.compile(r"([1-9]\d{0,3})([smhdw])")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNREADABLE = (TypeError, ValueError, LookupError, ArithmeticError, InvalidOperation)


class CandlePage(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange answered to one question."""

    candles: tuple[Candle, ...]  # oldest first, none from before what was asked
    unusable: int  # that were left out: no candle has such numbers


class CandleFeed(ExchangeFeed):
    """Candles of one pair in one time frame; no key is needed."""

    def __init__(self, venue: str, pair: str, frame: str, options: ExchangeOptions) -> None:
        """Prepare to ask `venue` for candles of `frame`, such as ``1m`` or ``1h``.

        Raises:
            BadConfiguration: ccxt does not know the venue, or no such candles there.
        """
        super().__init__(venue, (pair,), options)
        self.pair = pair
        if not self._client.has.get("fetchOHLCV"):
            raise BadConfiguration(f"{venue} gives no candles")
        frames = self._client.timeframes or {}
        if frame not in frames:
            raise BadConfiguration(f"{venue} has no candles of {frame}: {', '.join(frames)}")
        self._frame = frame
        self.frame_s = frame_seconds(frame)

    async def page_size(self) -> int:
        """Return how many candles a page has at most.

        Raises:
            BadConfiguration, VenueUnavailable, VenueRefused: as of `ExchangeFeed.read`.
        """
        await self._open()
        told = self._client.feature_value(self.pair, "fetchOHLCV", "limit", _USUAL_PAGE)
        return int(told or _USUAL_PAGE)

    async def page(self, first: Nanos) -> CandlePage:
        """Return the candles that open at `first` or after, as many as the exchange gives at once.

        Raises:
            BadConfiguration, VenueUnavailable, VenueRefused: as of `ExchangeFeed.read`; the last
                one too where nothing of the answer can be read.
        """
        limit = await self.page_size()
        since_ms = -(-first // NANOS_PER_MS)
        ask = self._client.fetch_ohlcv
        rows = await self._ask(ask, self.pair, self._frame, since_ms, limit)
        found = [self._candle(row) for row in rows]
        candles = {candle.open_at: candle for candle in found if candle is not None}
        if found and not candles:
            raise VenueRefused(self.venue, "none of its candles can be read")
        return CandlePage(
            candles=tuple(candles[at] for at in sorted(candles) if at >= first),
            unusable=found.count(None),
        )

    @property
    def asked_to_wait_s(self) -> float:
        """For how long the last answer asks us to leave the exchange alone; 0: it does not."""
        headers: dict[str, Any] = self._client.last_response_headers or {}
        told = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
        return float(told) if str(told).isdecimal() else 0.0

    def _candle(self, row: Any) -> Candle | None:
        try:
            opened_ms, *prices = row[:6]
            first, high, low, close, volume = (wad_down(_exact(price)) for price in prices)
            return Candle(
                venue=self.venue,
                pair=self.pair,
                frame_s=self.frame_s,
                open_at=Nanos(int(opened_ms) * NANOS_PER_MS),
                open=first,
                high=high,
                low=low,
                close=close,
                volume=volume,
            )
        except _UNREADABLE:
            return None


def frame_seconds(frame: str) -> int:
    """Return how long a candle of a frame such as ``1m`` or ``1d`` lasts.

    Raises:
        BadConfiguration: it is no such text.
    """
    found = _FRAME.fullmatch(frame)
    if found is None:
        raise BadConfiguration(f"{frame!r} is no time frame such as 1m, 1h or 1d")
    return int(found[1]) * _UNITS_S[found[2]]


def frame_nanos(frame_s: int) -> int:
    """Return a candle's length in nanoseconds."""
    return frame_s * NANOS_PER_S


def _exact(price: Any) -> Decimal:
    return price if isinstance(price, Decimal) else Decimal(str(price))
