"""Orders at venues, what venues say of them, and what they traded.

Amounts and prices are wads, exact for every venue's steps. A position is made of fills, and a fill
is one trade id of one venue: nothing else ever moves a position.
"""

from enum import Enum
from typing import NewType

import msgspec

from bot.domain.units import Nanos, Wad

ClientId = NewType("ClientId", str)  # ours, at most 18 of [0-9a-z]: every venue takes it


class OrderSide(Enum):
    """Of the base currency."""

    BUY = "buy"
    SELL = "sell"


class OrderKind(Enum):
    """How it is priced."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(Enum):
    """How long it rests."""

    GTC = "until cancelled"
    IOC = "at once, the rest cancelled"
    FOK = "at once and whole, or not at all"
    POST_ONLY = "as a maker, or not at all"


class Purpose(Enum):
    """What it is for; only an entry may add to what is at risk."""

    ENTRY = "entry"
    EXIT = "exit"
    HEDGE = "hedge"  # the other leg of one that is filled already
    FLATTEN = "flatten"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it is meant; written down before it is sent, and never changed."""

    client_id: ClientId
    position: str  # id of the position that it is part of
    purpose: Purpose
    venue: str  # as ccxt calls it; a pool's name where the leg is on chain
    pair: str  # "USDC/USD": base and quote
    side: OrderSide
    kind: OrderKind = OrderKind.LIMIT
    time_in_force: TimeInForce = TimeInForce.IOC
    amount: Wad  # of the base
    price: Wad  # quote per 1.0 base: the worst that is taken; of a market order, the expected one
    made_at: Nanos

    def __post_init__(self) -> None:
        if self.amount <= 0 or self.price <= 0:
            raise ValueError(f"{self.client_id}: amount {self.amount}, price {self.price}")

    @property
    def base(self) -> str:
        """What is bought or sold."""
        return self.pair.partition("/")[0]

    @property
    def quote(self) -> str:
        """What it is paid in."""
        return self.pair.partition("/")[2]


class OrderState(Enum):
    """Where in its life an order is, as far as is known."""

    INTENDED = "intended"  # written down; it may have been sent
    UNKNOWN = "unknown"  # sent, and nobody knows what became of it: ask, never send again
    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"  # refused by the venue, or certainly never accepted

    @property
    def is_final(self) -> bool:
        """Whether nothing more can be filled; a late fill is booked all the same."""
        return self in _FINAL

    @property
    def is_certain(self) -> bool:
        """Whether it is known whether the venue has it."""
        return self not in (OrderState.INTENDED, OrderState.UNKNOWN)


_FINAL = (OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED)


class OrderReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue says of one order."""

    venue: str
    pair: str
    order_id: str  # the venue's
    client_id: ClientId | None  # None: the venue does not tell it, or it is not ours
    state: OrderState
    filled: Wad  # of the base
    at: Nanos  # the venue's clock
    side: OrderSide | None = None  # what was ordered, where the venue tells it: an order that the
    amount: Wad | None = None  # journal lost is written down again by these
    price: Wad | None = None


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One trade of one of our orders; `venue` and `trade_id` together name it for ever."""

    venue: str
    trade_id: str
    order_id: str  # the venue's
    client_id: ClientId | None  # None: found by `order_id`
    pair: str
    side: OrderSide
    amount: Wad  # of the base
    price: Wad
    fee: Wad  # of `fee_currency`; below 0: a rebate
    fee_currency: str
    at: Nanos  # the venue's clock

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two fills the same one; trade ids are unique per pair at some venues."""
        return self.venue, self.pair, self.trade_id


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What one account holds of one currency."""

    venue: str
    currency: str
    free: Wad
    held: Wad  # by open orders

    @property
    def total(self) -> Wad:
        """Free and held."""
        return Wad(self.free + self.held)


class MarketRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue takes on one pair, as it says now."""

    venue: str
    pair: str
    tick: Wad  # of prices
    step: Wad  # of amounts
    min_amount: Wad
    min_value: Wad  # of the quote; 0: none
    maker_fee_bps: float
    taker_fee_bps: float
    is_trading: bool


class Level(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One price of a book."""

    price: Wad
    amount: Wad


class VenueBook(msgspec.Struct, frozen=True, kw_only=True):
    """The book of one pair, best first."""

    venue: str
    pair: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    at: Nanos  # when it reached us


class NetworkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a currency can be moved to or from a venue over one network."""

    venue: str
    currency: str
    network: str
    deposits_open: bool | None  # None: not told
    withdrawals_open: bool | None
    withdrawal_fee: Wad | None
