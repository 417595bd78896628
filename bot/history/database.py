"""The history database: SQLite in a file, or PostgreSQL, brought to the newest form when opened."""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.domain.errors import BadConfiguration, HistoryUnusable

_SCRIPTS = Path(__file__).parent / "migrations"
_WRITING = "writing"
_LOCK = 5_201_304_477  # of PostgreSQL's advisory locks, the one for migrations: any number will do
_NEARLY_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|(?:sqlite|postgres|postgresql)//")
_SPOKEN = "sqlite:///FILE and postgresql://USER@HOST/NAME"
_WAIT_S = 30.0  # for another process that writes
_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class HistoryDatabase:
    """Transactions on the history; any of them may raise `HistoryUnusable`, and wrote nothing."""

    def __init__(self, url: str) -> None:
        """Connect to `url`, or to the SQLite file that it names, and migrate it.

        Raises:
            BadConfiguration: it is no URL of a database that is spoken here.
            HistoryUnusable: it cannot be opened, or a newer version made it.
        """
        self._url = _url(url)
        self._name = self._url.render_as_string(hide_password=True)
        self._engine = _engine(self._url)
        try:
            if self._url.drivername == "sqlite" and self._url.database:
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            self._migrate()
        except HistoryUnusable:
            self.close()
            raise
        except OSError as error:
            raise HistoryUnusable(self._name, str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database and writes nothing."""
        with self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is written as a whole, or not at all."""
        with self._transaction(self._engine.execution_options(**{_WRITING: True})) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = " ".join(str(getattr(error, "orig", error)).split())
            raise HistoryUnusable(self._name, reason) from error

    def _migrate(self) -> None:
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            try:
                command.upgrade(migrations(connection), "head")
            except CommandError as error:
                reason = f"another version of this program made it ({error})"
                raise HistoryUnusable(self._name, reason) from error


def migrations(connection: Connection) -> Config:
    """Return what Alembic needs to migrate a database by a connection, inside its transaction."""
    found = Config()
    found.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def upsert(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    only: Collection[str] | None = None,
) -> None:
    """Write rows; where the key is there already, write their columns, or `only` some of them.

    All rows must have the same columns.
    """
    waiting = list(rows)
    if not waiting:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    keys = [column.name for column in table.primary_key]
    statement = dialect.insert(table)
    names = (name for name in waiting[0] if name not in keys and (only is None or name in only))
    if new := {name: statement.excluded[name] for name in names}:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=new)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, waiting)


def lock(connection: Connection, table: Table) -> None:
    """Let nobody else write to a table until this transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def names_file(text: str) -> bool:
    """Return whether a text is a file's name rather than a URL.

    Raises:
        BadConfiguration: it is nearly a URL: a file of that name is hardly what is meant.
    """
    if "://" in text:
        return False
    if _NEARLY_URL.match(text):
        raise BadConfiguration(
            f"the history is a URL without ://: use {_SPOKEN}, or ./ before a file of such a name"
        )
    return True


def _url(text: str) -> URL:
    if names_file(text):
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadConfiguration("the history's URL cannot be read") from error
    if url.drivername not in _DRIVERS:
        raise BadConfiguration(f"history in {url.drivername} is not supported: use {_SPOKEN}")
    if _DRIVERS[url.drivername] == "sqlite" and url.host:
        raise BadConfiguration("a file has no host: use sqlite:///FILE, with three slashes")
    return url.set(drivername=_DRIVERS[url.drivername])


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _WAIT_S})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Let SQLAlchemy begin transactions, not the driver: it would leave migrations outside."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Lock at once for writing: a reader that turns writer may find another one ahead of it."""
    is_writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
