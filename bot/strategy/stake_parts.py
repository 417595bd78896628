"""What a size comes to at each market."""

from bot.domain.units import WAD, Wad
from bot.strategy.order_splitting import split
from bot.strategy.sizing import Stake
from bot.strategy.venue_ladders import Ladder

_TRIES = 64  # one or two are enough, unless least amounts stand in the way
Parts = tuple[tuple[Ladder, Wad], ...]


def parts_of(stake: Stake) -> Parts:
    """Return what a stake comes to at each market: on steps, and at risk at most its size."""
    ladders, usd = stake.approach.ladders, stake.size.usd
    lowest = min(one.unit_usd(Wad(1)) for one in ladders)
    amount = min(int(stake.approach.most), usd * WAD // lowest)
    for _ in range(_TRIES):
        parts = split(Wad(amount), ladders)
        reserve = sum(one.reserve(part) for part, one in zip(parts, ladders, strict=True))
        if reserve <= usd:
            return tuple((one, part) for part, one in zip(parts, ladders, strict=True) if part)
        amount = min(int(sum(parts)) * usd // reserve, amount * 99_999 // 100_000)
    return ()
