"""Views of one asset as a test wants them: venues and how far off par each says it is."""

from collections.abc import Mapping

from bot.domain.coins import coin_of
from bot.domain.ticks import SourceKind
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, VenueView

SECOND = 10**9
START = Nanos(1_678_406_400 * SECOND)  # 2023-03-10
KINDS = {
    "curve": SourceKind.DEX,
    "uniswap": SourceKind.DEX,
    "chainlink": SourceKind.ORACLE,
    "circle": SourceKind.REDEMPTION,
}


def moment(seconds: float) -> Nanos:
    """Return a time, so many seconds after the start."""
    return Nanos(START + round(seconds * SECOND))


def price_at(off_bps: float) -> Wad:
    """Return dollars per coin."""
    return Wad(WAD + round(off_bps * 10**14))


def view_of(
    off_bps: float, venues: Mapping[str, float] | None = None, *, asset: str = "USDC"
) -> AssetView:
    """Return a view: the consensus, and what each venue says; by default two that agree."""
    told = venues if venues is not None else {"kraken": off_bps, "binance": off_bps}
    price = price_at(off_bps)
    return AssetView(
        asset=asset,
        at=START,
        price=price,
        off_bps=coin_of(asset).par.off_bps(price),
        average=price,
        depth=Wad(0),
        venues=tuple(
            VenueView(
                venue=venue,
                kind=KINDS.get(venue, SourceKind.CEX),
                price=price_at(bps),
                off_bps=bps,
                depth=Wad(0),
                weight=1 / len(told),
                at=START,
            )
            for venue, bps in told.items()
        ),
    )
