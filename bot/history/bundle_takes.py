"""Gaps that others took, by block, as far as blocks were looked at."""

from collections.abc import Sequence

import msgspec

from bot.domain.inclusions import BlockId, MissedGap, Take
from bot.history.journal import Journal

_KEPT = 1024  # heights of which the hash is remembered
_MISSED = """SELECT takes.take_json, takes.at_s,
        (SELECT verdict FROM decisions WHERE block = takes.block - 1 ORDER BY id DESC LIMIT 1)
    FROM takes WHERE NOT EXISTS (SELECT 1 FROM bundles
        WHERE fate = 'included' AND settled_block = takes.block)
    ORDER BY takes.block DESC, takes.transaction_hash LIMIT ?"""


class BundleTakes:
    """Reads and writes the takes of a journal; any thread may call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def looked_at(self, most: int) -> list[BlockId]:
        """Return the newest blocks that were looked at, newest first."""
        query = "SELECT block, hash FROM looked_at ORDER BY block DESC LIMIT ?"
        with self._journal.transaction() as connection:
            return [BlockId(number, found) for number, found in connection.execute(query, (most,))]

    def write(self, block: BlockId, at_s: int, takes: Sequence[Take]) -> None:
        """Keep what a block held; another block's takes of that height are forgotten."""
        rows = [
            (block.number, take.transaction_hash, at_s, msgspec.json.encode(take).decode())
            for take in takes
        ]
        with self._journal.transaction() as connection:
            connection.execute("DELETE FROM takes WHERE block = ?", (block.number,))
            connection.executemany("INSERT INTO takes VALUES (?, ?, ?, ?)", rows)
            connection.execute(
                "INSERT OR REPLACE INTO looked_at VALUES (?, ?)", (block.number, block.hash)
            )
            connection.execute("DELETE FROM looked_at WHERE block < ?", (block.number - _KEPT,))

    def drop(self, first: int) -> None:
        """Forget this block and all above it: they are not on the chain any more."""
        with self._journal.transaction() as connection:
            connection.execute("DELETE FROM takes WHERE block >= ?", (first,))
            connection.execute("DELETE FROM looked_at WHERE block >= ?", (first,))

    def missed(self, most: int) -> list[MissedGap]:
        """Return the newest takes in blocks without a bundle of ours, newest first."""
        with self._journal.transaction() as connection:
            return [
                MissedGap(take=msgspec.json.decode(text, type=Take), at_s=at_s, ours=ours or "")
                for text, at_s, ours in connection.execute(_MISSED, (most,))
            ]
