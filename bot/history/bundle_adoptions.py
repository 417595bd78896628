"""Which of the operator's nonces the journal can account for, and rows for those it lost."""

from collections.abc import Collection, Sequence

import msgspec

from bot.domain.adoptions import ForeignUse, Landed
from bot.domain.inclusions import Parcel
from bot.domain.messages import Fate
from bot.history.journal import Journal, decide

_LANDED = (
    "SELECT first_nonce, nonce FROM bundles WHERE nonce >= ? AND fate IN ('included', 'reverted')"
)
_NEAR = "SELECT transaction_hash, parcel_json FROM bundles WHERE nonce >= ? AND first_nonce <= ?"
_FOREIGN = (
    "SELECT transaction_hash, nonce, block, block_hash, why FROM foreign_uses WHERE nonce >= ?"
)
_ADOPT = (
    "INSERT OR IGNORE INTO bundles (transaction_hash, decision_id, target_block, nonce, fate,"
    " plan_json, note, first_nonce, watched, adopted)"
    " VALUES (?, ?, ?, ?, ?, ?, '', ?, 1, 1)"
)
_TELL = "INSERT OR REPLACE INTO foreign_uses VALUES (?, ?, ?, ?, ?)"


class BundleAdoptions:
    """Reads and writes what a journal knows of nonces; any thread may call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def known_to(self) -> int | None:
        """Return the block up to which every transaction was accounted for; None: none yet."""
        with self._journal.transaction() as connection:
            (found,) = connection.execute("SELECT max(block) FROM nonces_known").fetchone()
        return None if found is None else int(found)

    def know_to(self, block: int) -> None:
        """Write down that everything up to a block, which is final, is accounted for."""
        with self._journal.transaction() as connection:
            connection.execute("DELETE FROM nonces_known")
            connection.execute("INSERT INTO nonces_known VALUES (?)", (block,))

    def landed(self, first: int) -> set[int]:
        """Return the nonces from `first` on that bundles of the journal used."""
        with self._journal.transaction() as connection:
            rows = connection.execute(_LANDED, (first,)).fetchall()
        return {nonce for low, high in rows for nonce in range(high if low < 0 else low, high + 1)}

    def hashes(self, nonces: Collection[int]) -> set[str]:
        """Return all transactions of the bundles that the journal has of these nonces."""
        if not nonces:
            return set()
        with self._journal.transaction() as connection:
            rows = connection.execute(_NEAR, (min(nonces), max(nonces))).fetchall()
        found = {row[0] for row in rows}
        for _, text in rows:
            parcel = msgspec.json.decode(text, type=Parcel)
            found |= {one.hash for one in parcel.transactions}
        return found

    def foreign(self, first: int) -> list[ForeignUse]:
        """Return the transactions that were told to be no bundles, with nonces from `first` on."""
        with self._journal.transaction() as connection:
            return [ForeignUse(*row) for row in connection.execute(_FOREIGN, (first,))]

    def write(
        self, landed: Sequence[Landed], foreign: Sequence[ForeignUse], gone: Sequence[ForeignUse]
    ) -> None:
        """Give what landed rows, whose fate is asked for like any other's; all or nothing.

        `gone` is forgotten: its blocks are not on the chain any more.
        """
        forgotten = [(one.transaction_hash,) for one in gone]
        with self._journal.transaction() as connection:
            connection.executemany("DELETE FROM foreign_uses WHERE transaction_hash = ?", forgotten)
            connection.executemany(_TELL, [msgspec.structs.astuple(one) for one in foreign])
            for one in landed:
                told = f"found in block {one.block}"
                decision = decide(connection, one.plan.block, "adopted", told)
                plan = msgspec.json.encode(one.plan).decode()
                connection.execute(
                    _ADOPT,
                    (
                        one.transaction_hash,
                        decision,
                        one.target_block,
                        one.nonce,
                        Fate.UNKNOWN.value,
                        plan,
                        one.nonce,
                    ),
                )
