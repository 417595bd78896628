"""Depegs with venues and path, candles with the spans they cover, and what was sown."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _make_depegs()
    _make_parts()
    op.create_table(
        "seeds",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
    )
    _make_candles()


def downgrade() -> None:
    """Drop every table, and what was recorded with them."""
    for table in ("candle_spans", "candles", "seeds", "depeg_path", "depeg_venues", "depegs"):
        op.drop_table(table)


def _make_depegs() -> None:
    op.create_table(
        "depegs",
        sa.Column("id", sa.String, primary_key=True),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("asset", "name", "backing", "side", "breadth")
        ),
        *(sa.Column(name, sa.BigInteger) for name in ("start_ns", "began_ns", "trough_ns")),
        sa.Column("trough_price_wad", sa.String),
        sa.Column("magnitude_bps", sa.Float),
        sa.Column("end_ns", sa.BigInteger),
        sa.Column("hours", sa.Float),
        sa.Column("status", sa.String),
        sa.Column("confirmed_ns", sa.BigInteger),
        *(sa.Column(name, sa.String, nullable=False) for name in ("ending", "cause", "redeemable")),
        sa.Column("hit_share", sa.Float),
        sa.Column("reflexive", sa.Boolean),
        sa.Column("rails_closed", sa.Boolean),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("minutes_below_json", "facts_json", "origin", "same_as")
        ),
    )
    op.create_index("ix_depegs_asset", "depegs", ["asset"])
    op.create_index("ix_depegs_began_ns", "depegs", ["began_ns"])


def _make_parts() -> None:
    for table, number, value in (
        ("depeg_venues", sa.Column("place", sa.Integer, primary_key=True), "venue"),
        ("depeg_path", sa.Column("at_ns", sa.BigInteger, primary_key=True), "off_bps"),
    ):
        kind = sa.String if value == "venue" else sa.Float
        owner = sa.ForeignKey("depegs.id", ondelete="CASCADE")
        op.create_table(
            table,
            sa.Column("depeg_id", sa.String, owner, primary_key=True),
            number,
            sa.Column(value, kind, nullable=False),
        )


def _make_candles() -> None:
    prices = ("open_wad", "high_wad", "low_wad", "close_wad", "volume_wad")
    op.create_table(
        "candles",
        *_series(),
        sa.Column("open_ns", sa.BigInteger, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in prices),
    )
    op.create_index("ix_candles_open_ns", "candles", ["open_ns"])
    op.create_table(
        "candle_spans",
        *_series(),
        sa.Column("first_ns", sa.BigInteger, primary_key=True),
        sa.Column("until_ns", sa.BigInteger, nullable=False),
    )


def _series() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("venue", sa.String, primary_key=True),
        sa.Column("pair", sa.String, primary_key=True),
        sa.Column("frame_s", sa.Integer, primary_key=True),
    )
