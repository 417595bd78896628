"""The books of one account: the journal on disk, and the ledger that is folded from it."""

from collections.abc import Callable

from bot.domain.errors import JournalUnusable
from bot.domain.ledger_events import LedgerEvent
from bot.history.journal_rows import AlteredRow, Entry
from bot.history.order_journal import OrderJournal
from bot.strategy.ledger import Ledger

Listener = Callable[[LedgerEvent], None]


def ledger_of(journal: OrderJournal) -> Ledger:
    """Return what a journal says; nothing is written: for those who look.

    Raises:
        JournalUnusable: it cannot be read, or was altered.
    """
    ledger = Ledger()
    for event in journal.events():
        ledger.apply(event)
    return ledger


class LedgerBooks:
    """Everything is on disk before it is in the ledger, and in the ledger before anyone is told."""

    def __init__(self, journal: OrderJournal) -> None:
        """Fold all that was written down so far, and prove that more can be.

        Raises:
            JournalUnusable: it cannot be read or written; any later call may raise it too.
        """
        self._journal = journal
        self._listeners: list[Listener] = []
        journal.append()
        self.ledger = ledger_of(journal)

    def write(self, *events: LedgerEvent) -> bool:
        """Write events down and take them; what says nothing new is left out. True: something did.

        Raises:
            JournalUnusable: nothing of it was written, and the ledger is what it was.
        """
        news = [event for event in events if self.ledger.is_news(event)]
        if not news:
            return False
        self._take_rows(self._journal.append(*news))
        self._take(news)
        return True

    def refresh(self) -> None:
        """Take what other processes appended: commands.

        Raises:
            JournalUnusable: the file cannot be read.
        """
        self._take_rows(self._journal.news())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell every event from now on, in order; call what is returned to be told no more."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _take_rows(self, rows: tuple[Entry, ...]) -> None:
        try:
            self._take([row.event for row in rows])
        except AlteredRow as error:
            raise JournalUnusable(str(self._journal.path), str(error)) from error

    def _take(self, events: list[LedgerEvent]) -> None:
        for event in events:
            if self.ledger.apply(event):
                for listener in tuple(self._listeners):
                    listener(event)
