"""The journal: every decision and bundle, durable before the act, completed after it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bot.domain.assets import Token
from bot.domain.errors import JournalUnusable
from bot.domain.inclusions import Parcel, Way
from bot.domain.messages import UNSETTLED, Fate, LenderChange, NoPlan, Outcome, Ticket
from bot.history.bundle_columns import add_bundle_columns
from bot.history.journal_file import Use, prepare

# Raw amounts are text: they outgrow SQL's 64-bit integers. A verdict is "send" or a refusal's name.
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS decisions (
        id INTEGER NOT NULL PRIMARY KEY, decided_at_ns BIGINT NOT NULL, block BIGINT NOT NULL,
        verdict VARCHAR NOT NULL, detail VARCHAR NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_decisions_block ON decisions (block)",
    """CREATE TABLE IF NOT EXISTS bundles (
        transaction_hash VARCHAR NOT NULL PRIMARY KEY, decision_id INTEGER NOT NULL,
        target_block BIGINT NOT NULL, nonce BIGINT NOT NULL, fate VARCHAR NOT NULL,
        plan_json VARCHAR NOT NULL, note VARCHAR NOT NULL, settled_block BIGINT,
        profit_raw VARCHAR, gas_used BIGINT, fee_wei VARCHAR)""",
    "CREATE INDEX IF NOT EXISTS ix_bundles_fate ON bundles (fate)",
    """CREATE TABLE IF NOT EXISTS lender_changes (
        id INTEGER NOT NULL PRIMARY KEY, seen_at_ns BIGINT NOT NULL, block BIGINT NOT NULL,
        lender VARCHAR NOT NULL, asset VARCHAR NOT NULL, what VARCHAR NOT NULL,
        before VARCHAR NOT NULL, after VARCHAR NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_lender_changes_block ON lender_changes (block)",
)
_DECIDE = "INSERT INTO decisions (decided_at_ns, block, verdict, detail) VALUES (?, ?, ?, ?)"
_INTEND = (
    "INSERT INTO bundles"
    " (transaction_hash, decision_id, target_block, nonce, fate, plan_json, note, uuid,"
    " parcel_json, first_nonce, max_fee_wei, cost_raw, watched)"
    " VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, 1)"
    " ON CONFLICT (transaction_hash) DO UPDATE SET"
    " decision_id = excluded.decision_id, target_block = excluded.target_block,"
    " nonce = excluded.nonce, fate = excluded.fate, plan_json = excluded.plan_json,"
    " uuid = excluded.uuid,"
    " parcel_json = excluded.parcel_json, first_nonce = excluded.first_nonce,"
    " max_fee_wei = excluded.max_fee_wei, cost_raw = excluded.cost_raw, watched = 1, doubt = '',"
    " standing = 'open', verdict_json = NULL, adopted = 0"
)
_NOTE = (
    "INSERT INTO lender_changes (seen_at_ns, block, lender, asset, what, before, after)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_ANSWER = "UPDATE bundles SET fate = ?, note = ? WHERE transaction_hash = ?"
_SETTLE = (
    "UPDATE bundles SET fate = ?, settled_block = ?, profit_raw = ?, gas_used = ?, fee_wei = ?"
    " WHERE transaction_hash = ?"
)
_KEPT = "SELECT transaction_hash, target_block, nonce, plan_json, parcel_json FROM bundles"
_OPEN = f"{_KEPT} WHERE fate IN (?, ?, ?) ORDER BY target_block"
_LONGEST_LIFE = 25  # blocks in which a private transaction may land
_UNDONE = (  # by height: few are above
    f"{_KEPT} WHERE target_block > ? - {_LONGEST_LIFE}"
    " AND coalesce(json_extract(parcel_json, '$.last_block'), target_block) > ?"
    " AND +fate IN (?, ?, ?)"
)
_BY_CHAIN = tuple(fate.value for fate in (Fate.INCLUDED, Fate.MISSED, Fate.REVERTED))
_DECISIONS = "SELECT block, verdict, detail FROM decisions ORDER BY id"
_BUNDLES = "SELECT transaction_hash, fate FROM bundles ORDER BY decision_id"
_CHANGES = "SELECT block, lender, asset, what, before, after FROM lender_changes ORDER BY id"
_ALONE = Parcel()
_CHANGE_FIELDS = ("block", "lender", "asset", "what", "before", "after")


class Unsettled(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle whose fate is not known yet."""

    transaction_hash: str
    target_block: int
    nonce: int
    token: Token  # in which the profit is made
    way: Way = Way.BUNDLE
    last_block: int  # after which it cannot land any more


class _Plan(msgspec.Struct, frozen=True):
    """What is read back of a plan."""

    token: Token


class Journal:
    """SQLite in WAL mode with full sync: a row that was written survives a power cut."""

    def __init__(self, path: Path) -> None:
        """Open or create the journal at `path`; only its owner can read it.

        Raises:
            JournalUnusable: the file cannot be opened or is not a journal; any later call may
                raise it too, and then nothing of that call was written.
        """
        self._path = str(path)
        self._lock = threading.Lock()
        try:
            prepare(path, Use.OWN)
            self._connection = _open(path)
        except (OSError, sqlite3.Error) as error:
            raise JournalUnusable(self._path, str(error)) from error

    def refuse(self, refusal: NoPlan) -> None:
        """Record that nothing is sent for a block, and why."""
        with self.transaction() as connection:
            decide(connection, refusal.block, refusal.refusal.name.lower(), refusal.detail)

    def intend(self, ticket: Ticket, parcel: Parcel = _ALONE) -> None:
        """Record a bundle before it is sent: after a crash its fate is asked for, not guessed.

        The very same transaction may be tried again, where a block was replaced by its twin.
        """
        with self.transaction() as connection:
            decision = decide(connection, ticket.plan.block, "send", ticket.plan.route)
            connection.execute(_INTEND, _bundle_row(decision, ticket, parcel))

    def note(self, change: LenderChange) -> None:
        """Record that a lender changed its terms."""
        told = msgspec.to_builtins(change)
        with self.transaction() as connection:
            row = (time.time_ns(), *(told[name] for name in _CHANGE_FIELDS))
            connection.execute(_NOTE, row)

    def answer(self, transaction_hash: str, fate: Fate, note: str = "") -> None:
        """Record what the relay said: accepted, refused, or nothing that can be relied on."""
        with self.transaction() as connection:
            connection.execute(_ANSWER, (fate.value, note, transaction_hash))

    def settle(self, outcome: Outcome) -> None:
        """Record what the chain says became of a bundle."""
        row = (
            outcome.fate.value,
            outcome.block,
            str(outcome.profit),
            outcome.gas_used,
            str(outcome.fee_wei),
            outcome.transaction_hash,
        )
        with self.transaction() as connection:
            connection.execute(_SETTLE, row)

    def unsettled(self, head_block: int | None = None) -> list[Unsettled]:
        """Return the bundles that may still land, oldest first.

        Told the head's height, those too whose last block was there and is no more.
        """
        fates = tuple(fate.value for fate in UNSETTLED)
        with self.transaction() as connection:
            rows = connection.execute(_OPEN, fates).fetchall()
            if head_block is not None:
                rows += connection.execute(_UNDONE, (head_block, head_block, *_BY_CHAIN)).fetchall()
        return [_unsettled(row) for row in rows]

    def decisions(self) -> list[tuple[int, str, str]]:
        """Return (block, verdict, detail) of every decision, oldest first."""
        with self.transaction() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(_DECISIONS)]

    def bundles(self) -> list[tuple[str, str]]:
        """Return (transaction hash, fate) of every bundle, oldest first."""
        with self.transaction() as connection:
            return [(row[0], row[1]) for row in connection.execute(_BUNDLES)]

    def lender_changes(self) -> list[LenderChange]:
        """Return what lenders changed, oldest first."""
        with self.transaction() as connection:
            return [
                msgspec.convert(dict(zip(_CHANGE_FIELDS, row, strict=True)), LenderChange)
                for row in connection.execute(_CHANGES)
            ]

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection: one at a time, whichever thread; commits, or rolls back.

        Raises:
            JournalUnusable: nothing of it was written.
        """
        try:
            with self._lock, self._connection:
                self._connection.execute("BEGIN")
                yield self._connection
        except sqlite3.Error as error:
            raise JournalUnusable(self._path, str(error)) from error


def _unsettled(row: tuple[str, int, int, str, str]) -> Unsettled:
    parcel = msgspec.json.decode(row[4], type=Parcel)
    return Unsettled(
        transaction_hash=row[0],
        target_block=row[1],
        nonce=row[2],
        token=msgspec.json.decode(row[3], type=_Plan).token,
        way=parcel.way,
        last_block=parcel.last_block or row[1],
    )


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        with connection:
            connection.execute("BEGIN")
            for statement in _SCHEMA:
                connection.execute(statement)
            add_bundle_columns(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def decide(connection: sqlite3.Connection, block: int, verdict: str, detail: str) -> int:
    """Write a decision down in a transaction of the journal's; return its number."""
    row = (time.time_ns(), block, verdict, detail)
    return int(connection.execute(_DECIDE, row).lastrowid or 0)


def _bundle_row(decision: int, ticket: Ticket, parcel: Parcel) -> tuple[object, ...]:
    own = [one.nonce for one in parcel.transactions if not one.sender]
    return (
        ticket.transaction_hash,
        decision,
        ticket.target_block,
        ticket.nonce,
        Fate.INTENDED.value,
        msgspec.json.encode(ticket.plan).decode(),
        parcel.replacement_uuid,
        msgspec.json.encode(parcel).decode(),
        min((*own, ticket.nonce)),
        str(ticket.max_fee_wei),
        str(ticket.cost),
    )
