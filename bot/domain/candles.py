"""Candles: what was traded of a pair within a stretch of time."""

import msgspec

from bot.domain.units import Nanos, Wad


class Candle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Open, highest, lowest and last price, and the volume, of one stretch."""

    venue: str
    pair: str
    frame_s: int  # length of the stretch
    open_at: Nanos
    open: Wad  # currency per 1.0 asset
    high: Wad
    low: Wad
    close: Wad
    volume: Wad  # of the asset

    def __post_init__(self) -> None:
        lowest, highest = min(self.open, self.close), max(self.open, self.close)
        if not 0 < self.low <= lowest <= highest <= self.high or self.volume < 0:
            raise ValueError(
                f"{self.venue} {self.pair} at {self.open_at}: {self.open} {self.high} {self.low}"
                f" {self.close} wad, volume {self.volume} wad, is no candle"
            )
