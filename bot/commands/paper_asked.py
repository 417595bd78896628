"""What paper is asked to be played on; apart, for the sandbox itself takes long to load."""

from pathlib import Path

import msgspec

from bot.domain.units import Nanos


class PaperAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What paper is played on."""

    mirror: str | None = None  # "live", or the URL of another local exchange
    prices: Path | None = None
    speed: float = 1.0
    since: Nanos | None = None  # what was recorded before is told at once
    fresh: bool = False  # the journal of earlier play is moved aside

    @property
    def is_given(self) -> bool:
        """Whether the command is to start an exchange."""
        return self.mirror is not None or self.prices is not None
