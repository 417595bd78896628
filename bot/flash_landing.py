"""How often bundles of ours land: measured by their own journal."""

from pathlib import Path

from bot.domain.inclusions import Ending, SentBundle
from bot.domain.messages import Fate
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal

_NEWEST = 200  # rivals change their ways: what is older says little
_SETTLED = (Fate.INCLUDED, Fate.MISSED, Fate.REVERTED)


def landing_rate(path: Path) -> float:
    """Return the expected share of bundles that land as planned, one half where none ended yet.

    The mean of a beta distribution, begun uniform. What we replaced ourselves is not counted.

    Raises:
        JournalUnusable: the journal cannot be read.
    """
    ended = [one for one in _newest(path) if _is_counted(one)] if path.exists() else []
    landed = sum(one.fate is Fate.INCLUDED for one in ended)
    return (1 + landed) / (2 + len(ended))


def _newest(path: Path) -> list[SentBundle]:
    journal = Journal(path)
    try:
        return BundleBook(journal).last(_NEWEST)
    finally:
        journal.close()


def _is_counted(bundle: SentBundle) -> bool:
    is_replaced = bundle.verdict is not None and bundle.verdict.ending is Ending.REPLACED
    is_found = bundle.expected is None  # on chain: of those that were lost, only what landed is
    return bundle.fate in _SETTLED and not is_replaced and not is_found
