from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from bot.history.database import HistoryDatabase, migrations
from bot.history.tables import METADATA


def test_every_migration_can_be_undone_and_done_again(url: str) -> None:
    with HistoryDatabase(url) as database:
        with database.writing() as connection:
            command.downgrade(migrations(connection), "base")
        with database.reading() as connection:
            assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        with database.writing() as connection:
            command.upgrade(migrations(connection), "head")
        with database.reading() as connection:
            assert set(METADATA.tables) < set(inspect(connection).get_table_names())


def test_there_is_one_line_of_migrations(url: str) -> None:
    with HistoryDatabase(url) as database, database.reading() as connection:
        found: Config = migrations(connection)
        assert len(ScriptDirectory.from_config(found).get_heads()) == 1
