"""The tables of the history database, as the newest migration leaves them.

Wads and raw decimals are text: they outgrow SQL's 64-bit integers.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
)

METADATA = MetaData()

DEPEGS = Table(
    "depegs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("asset", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("backing", String, nullable=False),
    Column("side", String, nullable=False),
    Column("breadth", String, nullable=False),
    Column("start_ns", BigInteger),
    Column("began_ns", BigInteger, index=True),  # start, else trough: what time queries ask
    Column("trough_ns", BigInteger),
    Column("trough_price_wad", String),
    Column("magnitude_bps", Float),
    Column("end_ns", BigInteger),
    Column("hours", Float),
    Column("status", String),
    Column("confirmed_ns", BigInteger),
    Column("ending", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("redeemable", String, nullable=False),
    Column("hit_share", Float),
    Column("reflexive", Boolean),
    Column("rails_closed", Boolean),
    Column("minutes_below_json", String, nullable=False),
    Column("facts_json", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("same_as", String, nullable=False),
)

DEPEG_VENUES = Table(
    "depeg_venues",
    METADATA,
    Column("depeg_id", String, ForeignKey("depegs.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),  # in the order of showing it
    Column("venue", String, nullable=False),
)

DEPEG_PATH = Table(
    "depeg_path",
    METADATA,
    Column("depeg_id", String, ForeignKey("depegs.id", ondelete="CASCADE"), primary_key=True),
    Column("at_ns", BigInteger, primary_key=True),
    Column("off_bps", Float, nullable=False),
)

# What was sown into the database, and which edition of it.
SEEDS = Table(
    "seeds",
    METADATA,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),
)

CANDLES = Table(
    "candles",
    METADATA,
    Column("venue", String, primary_key=True),
    Column("pair", String, primary_key=True),
    Column("frame_s", Integer, primary_key=True),
    Column("open_ns", BigInteger, primary_key=True, index=True),
    *(Column(f"{name}_wad", String, nullable=False) for name in ("open", "high", "low", "close")),
    Column("volume_wad", String, nullable=False),
)

# The stretches of time that were asked for and answered: candles or none.
CANDLE_SPANS = Table(
    "candle_spans",
    METADATA,
    Column("venue", String, primary_key=True),
    Column("pair", String, primary_key=True),
    Column("frame_s", Integer, primary_key=True),
    Column("first_ns", BigInteger, primary_key=True),
    Column("until_ns", BigInteger, nullable=False),
)
