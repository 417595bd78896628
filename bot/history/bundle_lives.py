"""Where the journal says that an opportunity's bundles stand, for the run that comes after."""

from collections.abc import Sequence

import msgspec

from bot.domain.messages import Fate
from bot.domain.plans import Plan
from bot.history.journal import Journal

_LAST = (
    "SELECT decision_id, uuid, target_block, nonce, fate, plan_json FROM bundles"
    " ORDER BY decision_id DESC LIMIT 1"
)
_REFUSED_SINCE = "SELECT 1 FROM decisions WHERE id > ? AND verdict <> ? LIMIT 1"
_NOTE = "UPDATE bundles SET note = ? WHERE transaction_hash = ?"
_WAITS = "bundle_pending"  # a refusal that leaves what is out as it is
_OVER = (Fate.INCLUDED, Fate.REVERTED)


class KeptLife(msgspec.Struct, frozen=True, kw_only=True):
    """An opportunity that was not over when the journal was last written."""

    uuid: str
    plan: Plan
    target_block: int
    nonce: int


def last_life(journal: Journal) -> KeptLife | None:
    """Return the newest opportunity, None where it is over: landed, or nothing came of it since.

    Raises:
        JournalUnusable: it cannot be read.
    """
    with journal.transaction() as connection:
        found = connection.execute(_LAST).fetchone()
        if found is None or not found[1] or Fate(found[4]) in _OVER:
            return None
        if connection.execute(_REFUSED_SINCE, (found[0], _WAITS)).fetchone() is not None:
            return None
    plan = msgspec.json.decode(found[5], type=Plan)
    return KeptLife(uuid=found[1], plan=plan, target_block=found[2], nonce=found[3])


def note_taken_back(journal: Journal, transaction_hashes: Sequence[str], why: str) -> None:
    """Write down that bundles are about to be taken back; they may land all the same.

    Raises:
        JournalUnusable: nothing was written.
    """
    rows = [(f"taken back: {why}", one) for one in transaction_hashes]
    with journal.transaction() as connection:
        connection.executemany(_NOTE, rows)
