"""The journal: every decision and bundle, durable before the act, completed after it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.assets import Token
from bot.domain.errors import JournalUnusable
from bot.domain.messages import UNSETTLED, Fate, LenderChange, NoPlan, Outcome, Ticket

_METADATA = MetaData()

_DECISIONS = Table(
    "decisions",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("decided_at_ns", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False, index=True),
    Column("verdict", String, nullable=False),  # "send" or the name of a refusal
    Column("detail", String, nullable=False),
)

# Raw amounts are text: they outgrow SQL's 64-bit integers.
_BUNDLES = Table(
    "bundles",
    _METADATA,
    Column("transaction_hash", String, primary_key=True),
    Column("decision_id", Integer, nullable=False),
    Column("target_block", BigInteger, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("fate", String, nullable=False, index=True),
    Column("plan_json", String, nullable=False),
    Column("note", String, nullable=False, default=""),
    Column("settled_block", BigInteger),
    Column("profit_raw", String),
    Column("gas_used", BigInteger),
    Column("fee_wei", String),
)

_LENDER_CHANGES = Table(
    "lender_changes",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("seen_at_ns", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False, index=True),
    *(Column(name, String, nullable=False) for name in ("lender", "asset", "what")),
    *(Column(name, String, nullable=False) for name in ("before", "after")),
)

# The statements on the way to a bundle, for a connection of their own: composing them takes longer
# than SQLite takes to run them.
_DECIDE = "INSERT INTO decisions (decided_at_ns, block, verdict, detail) VALUES (?, ?, ?, ?)"
_INTEND = (
    "INSERT INTO bundles"
    " (transaction_hash, decision_id, target_block, nonce, fate, plan_json, note)"
    " VALUES (?, ?, ?, ?, ?, ?, '') ON CONFLICT (transaction_hash) DO UPDATE SET"
    " decision_id = excluded.decision_id, target_block = excluded.target_block,"
    " nonce = excluded.nonce, fate = excluded.fate, plan_json = excluded.plan_json"
)
_OPEN = (
    "SELECT transaction_hash, target_block, nonce, plan_json FROM bundles"
    " WHERE fate IN (?, ?, ?) ORDER BY target_block"
)


class Unsettled(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle whose fate is not known yet."""

    transaction_hash: str
    target_block: int
    nonce: int
    token: Token  # in which the profit is made


class _Kept(msgspec.Struct, frozen=True):
    """What is read back of a plan."""

    token: Token


class Journal:
    """SQLite in WAL mode with full sync: a row that was written survives a power cut."""

    def __init__(self, path: Path) -> None:
        """Open or create the journal at `path`.

        Raises:
            JournalUnusable: the file cannot be opened or is not a journal; any later call may
                raise it too, and then nothing of that call was written.
        """
        self._path = str(path)
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _make_durable)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalUnusable(self._path, str(error)) from error
        with self._transaction() as connection:
            _METADATA.create_all(connection)
        self._hot = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        _make_durable(self._hot, None)

    def refuse(self, refusal: NoPlan) -> None:
        """Record that nothing is sent for a block, and why."""
        with self._hot_transaction() as connection:
            _decide(connection, refusal.block, refusal.refusal.name.lower(), refusal.detail)

    def intend(self, ticket: Ticket) -> None:
        """Record a bundle before it is sent: after a crash its fate is asked for, not guessed.

        The very same transaction may be tried again, where a block was replaced by its twin.
        """
        with self._hot_transaction() as connection:
            decision = _decide(connection, ticket.plan.block, "send", ticket.plan.route)
            row = (
                ticket.transaction_hash,
                decision,
                ticket.target_block,
                ticket.nonce,
                Fate.INTENDED.value,
                msgspec.json.encode(ticket.plan).decode(),
            )
            connection.execute(_INTEND, row)

    def note(self, change: LenderChange) -> None:
        """Record that a lender changed its terms."""
        row = {**msgspec.to_builtins(change), "seen_at_ns": time.time_ns()}
        with self._transaction() as connection:
            connection.execute(insert(_LENDER_CHANGES).values(**row))

    def answer(self, transaction_hash: str, fate: Fate, note: str = "") -> None:
        """Record what the relay said: accepted, refused, or nothing that can be relied on."""
        self._update(transaction_hash, fate=fate.value, note=note)

    def settle(self, outcome: Outcome) -> None:
        """Record what the chain says became of a bundle."""
        self._update(
            outcome.transaction_hash,
            fate=outcome.fate.value,
            settled_block=outcome.block,
            profit_raw=str(outcome.profit),
            gas_used=outcome.gas_used,
            fee_wei=str(outcome.fee_wei),
        )

    def unsettled(self) -> list[Unsettled]:
        """Return the bundles that may still land, oldest first."""
        fates = tuple(fate.value for fate in UNSETTLED)
        with self._hot_transaction() as connection:
            return [
                Unsettled(
                    transaction_hash=row[0],
                    target_block=row[1],
                    nonce=row[2],
                    token=msgspec.json.decode(row[3], type=_Kept).token,
                )
                for row in connection.execute(_OPEN, fates)
            ]

    def decisions(self) -> list[tuple[int, str, str]]:
        """Return (block, verdict, detail) of every decision, oldest first."""
        query = select(_DECISIONS.c.block, _DECISIONS.c.verdict, _DECISIONS.c.detail)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(_DECISIONS.c.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def bundles(self) -> list[tuple[str, str]]:
        """Return (transaction hash, fate) of every bundle, oldest first."""
        query = select(_BUNDLES.c.transaction_hash, _BUNDLES.c.fate)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(_BUNDLES.c.decision_id))
            return [(row[0], row[1]) for row in rows]

    def lender_changes(self) -> list[LenderChange]:
        """Return what lenders changed, oldest first."""
        names = LenderChange.__struct_fields__
        query = select(*(_LENDER_CHANGES.c[name] for name in names)).order_by(_LENDER_CHANGES.c.id)
        with self._transaction() as connection:
            return [
                msgspec.convert(dict(zip(names, row, strict=True)), LenderChange)
                for row in connection.execute(query)
            ]

    def close(self) -> None:
        """Release the file."""
        self._hot.close()
        self._engine.dispose()

    def _update(self, transaction_hash: str, **values: object) -> None:
        matches = _BUNDLES.c.transaction_hash == transaction_hash
        with self._transaction() as connection:
            connection.execute(update(_BUNDLES).where(matches).values(**values))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise JournalUnusable(self._path, str(getattr(error, "orig", error))) from error

    @contextmanager
    def _hot_transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._hot:  # commits, or rolls back
                self._hot.execute("BEGIN")
                yield self._hot
        except sqlite3.Error as error:
            raise JournalUnusable(self._path, str(error)) from error


def _decide(connection: sqlite3.Connection, block: int, verdict: str, detail: str) -> int:
    row = (time.time_ns(), block, verdict, detail)
    return int(connection.execute(_DECIDE, row).lastrowid or 0)


def _make_durable(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the DB-API connection
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
