"""Run by Alembic: migrates the connection it was handed, inside of its transaction."""

from alembic import context

from bot.history.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
