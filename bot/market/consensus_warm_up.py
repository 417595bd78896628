"""Compiles the consensus before it is needed: half a minute the first time, then it is on disk."""

from bot.domain.ticks import SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad
from bot.market.consensus import Consensus


def compile_consensus() -> None:
    """Let three venues agree, which calls every compiled part."""
    consensus = Consensus()
    for venue in ("first", "second", "third"):
        tick = Tick(
            venue=venue,
            kind=SourceKind.CEX,
            asset="USDC",
            currency="USD",
            bid=Wad(WAD),
            ask=Wad(WAD),
            at=Nanos(1),
            seen_at=Nanos(1),
        )
        consensus.hear(tick)
    consensus.view("USDC", Nanos(1))
