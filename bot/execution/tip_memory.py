"""What bundles taught about tips: heard as they end, and again from the journal at every start."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from bot.domain.inclusions import SentBundle, Standing, TipObservation
from bot.domain.messages import Head
from bot.domain.units import BPS, Bps
from bot.execution.inclusion import Round
from bot.execution.inclusion_tips import observation_of
from bot.history.bundle_book import BundleBook
from bot.strategy.tip_board import TipBoard
from bot.strategy.tip_learning import TipLearner

log = structlog.get_logger()

_REPLAYED, _RECENT = 4_000, 256  # bundles; what is older has faded


class Account(Protocol):
    """Keeps the account of bundles."""

    def on_head(self, head: Head) -> Round:
        """Bring it up to a head."""


class TipMemory:
    """Lets a learner hear every ending once, and its board draw after every head."""

    def __init__(self, learner: TipLearner, account: Account, book: BundleBook) -> None:
        """Replay what the journal knows.

        Raises:
            JournalUnusable: it cannot be read.
        """
        self._learner, self._account, self._book = learner, account, book
        for bundle in reversed(book.last(_REPLAYED)):
            if bundle.verdict is not None and bundle.standing is not Standing.OPEN:
                seen = observation_of(bundle, bundle.verdict)
                if seen is not None:
                    self._hear(bundle, seen)
        self.board = TipBoard(learner)

    def on_head(self, head: Head) -> None:
        """Bring the account up to a head, and learn from what it says.

        Raises:
            NodeUnreachable: no answer; the next head is a new chance.
            BadConfiguration: a run of ours succeeded and paid its treasury nothing.
        """
        observations = self._account.on_head(head).observations
        if observations:
            recent = {one.transaction_hash: one for one in self._book.last(_RECENT)}
            self._hear_all(observations, recent)
        self.board.draw()

    def _hear_all(
        self, observations: Sequence[TipObservation], recent: Mapping[str, SentBundle]
    ) -> None:
        for seen in observations:
            bundle = recent.get(seen.transaction_hash)
            if bundle is not None:
                self._hear(bundle, seen)
                log.info("tip_learnt", transaction=seen.transaction_hash, won=seen.won)

    def _hear(self, bundle: SentBundle, seen: TipObservation) -> None:
        share = _of_surplus(bundle, seen.share)
        if share is None:
            return
        if seen.won:
            self._learner.won(seen.value_usd, share)
            return
        # Where direct payments are not known, all that is certain is that ours was not enough.
        offered = None if seen.is_exact else _offered(bundle)
        self._learner.lost(seen.value_usd, max(share, offered or share))


def _of_surplus(bundle: SentBundle, share: Bps) -> Bps | None:
    """Return a share of what base fee leaves of a value, as tips are offered; None: it leaves none.

    The other form is a share of the whole value. Rounds down.
    """
    surplus = _surplus(bundle)
    return Bps(share * bundle.value // surplus) if surplus > 0 else None


def _offered(bundle: SentBundle) -> Bps | None:
    surplus = _surplus(bundle)
    tip = bundle.parcel.tip
    return None if tip is None or surplus <= 0 else Bps(tip * BPS // surplus)


def _surplus(bundle: SentBundle) -> int:
    tip = bundle.parcel.tip
    return bundle.value - (0 if tip is None else bundle.max_fee - tip)
