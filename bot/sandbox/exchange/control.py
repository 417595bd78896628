"""What a script may ask of the local exchange, and be told; shared by both ends of the wire."""

from decimal import Decimal

import msgspec

from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.mishap import Mishap
from bot.sandbox.exchange.orders import Level
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.sandbox.exchange.spot_market import Market, Network


class SetPrice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Quote a market elsewhere: around `price`, or from `bid` and `ask` outward."""

    venue: str
    pair: str
    price: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    depth: Decimal | None = None  # what each side holds within 0.1 %, of the base


class EmptyBook(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Quote nothing in a market until it has a price again; no pair: in every market."""

    venue: str
    pair: str = ""


class Misbehave(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let something go wrong."""

    mishap: Mishap


class Mend(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let nothing go wrong any more."""


class Flood(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say the last message of every socket again, maimed in `count` ways."""

    venue: str
    count: int
    seed: int = 0


class Play(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Play recorded prices; at speed 0, wait at the first."""

    rows: tuple[RecordedPrice, ...]
    speed: float = 1.0


class StopPlaying(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End the recording; the last prices stay."""


class SetMarket(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change the rules or the state of a market."""

    venue: str
    market: Market


class SetNetworks(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change the ways in and out for a currency."""

    venue: str
    currency: str
    networks: tuple[Network, ...]


class SeedCandles(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put candles into a market's past, a minute each."""

    venue: str
    pair: str
    bars: tuple[Bar, ...]


Lever = (
    SetPrice
    | EmptyBook
    | Misbehave
    | Mend
    | Flood
    | Play
    | StopPlaying
    | SetMarket
    | SetNetworks
    | SeedCandles
)


class BookState(msgspec.Struct, frozen=True, kw_only=True):
    """A book as it is, best levels first."""

    version: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    trades: int


class VenueState(msgspec.Struct, frozen=True, kw_only=True):
    """One venue as it is."""

    now_ns: int
    event_time_ns: int
    sockets: int
    requests: int  # that came so far; what sockets say are none
    books: dict[str, BookState]


class ExchangeState(msgspec.Struct, frozen=True, kw_only=True):
    """All of the local exchange as it is."""

    playing: bool
    played: int  # rows of the recording so far
    venues: dict[str, VenueState]
