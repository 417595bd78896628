"""Backruns of private transactions that are hinted at: section `[mev_share]`."""

from typing import Annotated

import msgspec

from bot.execution.private_options import MOST_BLOCKS

_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class MevShareOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where hints come from, and what is asked of the relay behind them."""

    stream: str = ""  # of hints, such as https://mev-share.flashbots.net; empty: none are heard
    url: str = ""  # of the relay that holds the transactions; empty: the one of `[relay]`
    blocks: Annotated[int, msgspec.Meta(ge=1, le=MOST_BLOCKS)] = 1  # in which a backrun may land
    refund_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None  # None: their custom
    builders: tuple[_Word, ...] = ()  # who may have it; empty: as the hinted one's sender wishes
    simulate: bool = False  # by the relay too, which must then agree
    timeout_s: _Seconds = 2.0
    silence_s: _Seconds = 45.0  # the stream says something every 15 s

    def __post_init__(self) -> None:
        for url in filter(None, (self.stream, self.url)):
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"mev_share: {url!r} is no URL")
