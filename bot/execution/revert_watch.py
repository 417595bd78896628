"""How often our runs revert in a block: what a tip by priority fee is lost by."""

from collections.abc import Callable

from bot.domain.messages import Head
from bot.domain.units import BPS, Bps
from bot.history.bundle_book import BundleBook

_RECENT = 500  # bundles
_DOUBT = 20  # runs that went well and never were: a first revert is no rule


class RevertWatch:
    """Counts in the journal after every head."""

    def __init__(self, book: BundleBook, told: Callable[[Bps], None]) -> None:
        """Tell `told` at once, and whenever it is counted again.

        Raises:
            JournalUnusable: it cannot be read.
        """
        self._book, self._told = book, told
        self._count()

    def on_head(self, _: Head) -> None:
        """Count again.

        Raises:
            JournalUnusable: it cannot be read.
        """
        self._count()

    def _count(self) -> None:
        landed, reverted = self._book.landed(_RECENT)
        self._told(Bps(reverted * BPS // (landed + _DOUBT)))
