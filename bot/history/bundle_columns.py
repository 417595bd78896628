"""What the journal keeps of bundles beside their fate; files from before are given it."""

import sqlite3

from bot.domain.messages import UNSETTLED

_COLUMNS = {
    "uuid": "VARCHAR NOT NULL DEFAULT ''",
    "parcel_json": "VARCHAR NOT NULL DEFAULT '{}'",
    "first_nonce": "BIGINT NOT NULL DEFAULT -1",
    "max_fee_wei": "VARCHAR NOT NULL DEFAULT '0'",
    "cost_raw": "VARCHAR NOT NULL DEFAULT '0'",
    "is_public": "INTEGER NOT NULL DEFAULT 0",
    "doubt": "VARCHAR NOT NULL DEFAULT ''",
    "standing": "VARCHAR NOT NULL DEFAULT 'open'",
    "watched": "INTEGER NOT NULL DEFAULT 0",  # 0 no more, 1 every head, 2 when its nonce is used
    "verdict_json": "VARCHAR",
    "observed": "INTEGER NOT NULL DEFAULT 0",
    "adopted": "INTEGER NOT NULL DEFAULT 0",  # 1: found on chain, and its plan is what that says
}
_TABLES = (
    """CREATE TABLE IF NOT EXISTS builder_answers (
        bundle_hash VARCHAR NOT NULL, builder VARCHAR NOT NULL, verdict VARCHAR NOT NULL,
        reason VARCHAR NOT NULL, PRIMARY KEY (bundle_hash, builder))""",
    """CREATE TABLE IF NOT EXISTS takes (
        block BIGINT NOT NULL, transaction_hash VARCHAR NOT NULL, at_s BIGINT NOT NULL,
        take_json VARCHAR NOT NULL, PRIMARY KEY (block, transaction_hash))""",
    """CREATE TABLE IF NOT EXISTS looked_at (
        block BIGINT NOT NULL PRIMARY KEY, hash VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS foreign_uses (
        transaction_hash VARCHAR NOT NULL PRIMARY KEY, nonce BIGINT NOT NULL,
        block BIGINT NOT NULL, block_hash VARCHAR NOT NULL, why VARCHAR NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS nonces_known (block BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_bundles_target ON bundles (target_block)",
    "CREATE INDEX IF NOT EXISTS ix_bundles_watched ON bundles (watched, first_nonce)",
    "CREATE INDEX IF NOT EXISTS ix_bundles_nonce ON bundles (nonce)",
    "CREATE INDEX IF NOT EXISTS ix_bundles_uuid ON bundles (uuid)",
)


def add_bundle_columns(connection: sqlite3.Connection) -> None:
    """Bring a journal's tables to this form; what was settled before stays as it is."""
    known = {row[1] for row in connection.execute("PRAGMA table_info(bundles)")}
    missing = [name for name in _COLUMNS if name not in known]
    for name in missing:
        connection.execute(f"ALTER TABLE bundles ADD COLUMN {name} {_COLUMNS[name]}")
    if "watched" in missing:
        open_ones = ", ".join(f"'{fate.value}'" for fate in UNSETTLED)
        connection.execute(
            "UPDATE bundles SET watched = 1, first_nonce = nonce"  # noqa: S608 - our own names
            f" WHERE fate IN ({open_ones})"
        )
    for statement in _TABLES:
        connection.execute(statement)
