"""Which sources of an asset are listened to, and which only where those are out. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.domain.units import NANOS_PER_S, Nanos

Tiers = Sequence[Sequence[str]]  # venues; those of a tier stand in only for all before them


class FallbackOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Venues by asset in their order, e.g. ``USDC = [["kraken", "coinbase"], ["DefiLlama"]]``."""

    order: dict[str, tuple[tuple[str, ...], ...]] = {}
    silence_s: Annotated[float, msgspec.Meta(gt=0)] = 10.0  # a venue silent for so long is out


class FallbackOrder:
    """Holds prices of stand-ins back until every venue before them is faulted or silent.

    What is no price passes. A stand-in's last word is told at once when it is needed; when it is no
    longer, it simply says nothing more and goes stale.
    """

    def __init__(self, tiers: Mapping[str, Tiers], silence_s: float) -> None:
        """Order the venues of some assets; a venue without a place in the order passes."""
        self._rank = {
            (asset, venue): rank
            for asset, order in tiers.items()
            for rank, venues in enumerate(order)
            for venue in venues
        }
        self._silence = int(silence_s * NANOS_PER_S)
        self._heard: dict[tuple[str, str, str], Tick] = {}  # by asset, venue and pair
        self._faults: set[tuple[str, str]] = set()  # of a venue and pair; "" for all pairs

    def hear(self, message: Message) -> tuple[Message, ...]:
        """Return what is to be listened to, now that this was said."""
        match message:
            case Tick():
                return self._hear_tick(message)
            case Fault():
                self._faults.add((message.venue, message.pair))
                return message, *self._needed_now(message)
            case Restored():
                restored = (message.venue, message.pair)
                self._faults = {f for f in self._faults if not _covers(restored, f)}
            case _:
                pass
        return (message,)

    def _hear_tick(self, tick: Tick) -> tuple[Message, ...]:
        rank = self._rank.get((tick.asset, tick.venue))
        if rank is None:
            return (tick,)
        self._heard[tick.asset, tick.venue, tick.pair] = tick
        return () if self._has_better(tick.asset, rank, tick.seen_at) else (tick,)

    def _needed_now(self, fault: Fault) -> tuple[Message, ...]:
        """Return the last words of those who stand in for what was lost."""
        lost = {
            (asset, self._rank[asset, venue], tick.seen_at)
            for (asset, venue, pair), tick in self._heard.items()
            if venue == fault.venue and fault.pair in ("", pair)
        }
        now = max((seen_at for *_, seen_at in lost), default=Nanos(0))
        assets = {(asset, rank) for asset, rank, _ in lost}
        return tuple(
            tick
            for (asset, venue, _), tick in self._heard.items()
            for of, rank in assets
            if asset == of
            and self._rank[asset, venue] > rank
            and self._is_good(tick, now)
            and not self._has_better(asset, self._rank[asset, venue], now)
        )

    def _has_better(self, asset: str, rank: int, now: Nanos) -> bool:
        return any(
            of == asset and self._rank[of, venue] < rank and self._is_good(tick, now)
            for (of, venue, _), tick in self._heard.items()
        )

    def _is_good(self, tick: Tick, now: Nanos) -> bool:
        if now - tick.seen_at > self._silence:
            return False
        return not ({(tick.venue, ""), (tick.venue, tick.pair)} & self._faults)


def _covers(restored: tuple[str, str], fault: tuple[str, str]) -> bool:
    return restored[0] == fault[0] and restored[1] in ("", fault[1])
