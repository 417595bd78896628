"""Orders, trades and why an order is refused, in no venue's words."""

import enum
from decimal import Decimal

import msgspec

from bot.domain.units import Nanos

ZERO = Decimal(0)


class OrderSide(enum.Enum):
    """Which way, as seen by who orders."""

    BUY = "buy"
    SELL = "sell"

    @property
    def other(self) -> "OrderSide":
        """The side it trades with."""
        return OrderSide.SELL if self is OrderSide.BUY else OrderSide.BUY


class Lifetime(enum.Enum):
    """How long what is not filled at once stays."""

    GTC = "good till cancelled"
    IOC = "immediate or cancel"
    FOK = "fill or kill"


class OrderState(enum.Enum):
    """Where an order is; the last three are final."""

    OPEN = "open"  # resting, perhaps partly filled
    FILLED = "filled"
    CANCELLED = "cancelled"  # by its owner
    EXPIRED = "expired"  # the rest could not be filled at once


class Refusal(enum.Enum):
    """Why an order, or its cancellation, is refused."""

    UNKNOWN_MARKET = "no such market"
    HALTED = "the market is closed to it"
    BAD_PRICE = "the price is no multiple of the tick, or not above zero"
    BAD_SIZE = "the size is no multiple of the step, or outside of the limits"
    TOO_SMALL = "its value is below the least"
    NO_FUNDS = "the balance does not suffice"
    WOULD_TAKE = "post-only, and it would match at once"
    DUPLICATE = "the client id is taken"
    NO_SUCH_ORDER = "no such order"
    NOT_OPEN = "the order is closed"


class OrderRefused(Exception):
    """Nothing was accepted."""

    def __init__(self, why: Refusal, detail: str = "") -> None:
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why, self.detail = why, detail


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What someone asks for; without `price` it is a market order."""

    pair: str
    side: OrderSide
    size: Decimal | None = None  # of the base
    funds: Decimal | None = None  # of the quote, for a market order without `size`
    price: Decimal | None = None
    lifetime: Lifetime = Lifetime.GTC
    post_only: bool = False
    client_id: str = ""


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One order's half of a trade."""

    trade_id: int
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    is_maker: bool
    at: Nanos


class Order(msgspec.Struct, kw_only=True):
    """An accepted order; it changes in place as it is filled."""

    id: int  # of the engine; counts up over all markets
    account: str
    request: OrderRequest
    size: Decimal  # of the base; 0 for a market order by `funds`
    state: OrderState = OrderState.OPEN
    filled: Decimal = ZERO
    value: Decimal = ZERO  # of what is filled, in the quote, without fees
    held: Decimal = ZERO  # of the balance, for what is still open
    fills: list[Fill] = msgspec.field(default_factory=list)
    is_quiet: bool = False  # of who keeps books filled: nothing is held for it, nobody is told
    placed_at: Nanos
    changed_at: Nanos

    @property
    def remaining(self) -> Decimal:
        """What is not filled, of the base."""
        return max(ZERO, self.size - self.filled)

    @property
    def average_price(self) -> Decimal:
        """Of what is filled; 0 while nothing is."""
        return self.value / self.filled if self.filled else ZERO


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """What the tape shows."""

    id: int  # counts up per market, from 1
    pair: str
    price: Decimal
    size: Decimal
    taker_side: OrderSide
    at: Nanos
    maker_order: int
    taker_order: int


Level = tuple[Decimal, Decimal]  # price, size of all that rests there; size 0: gone


class BookChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Levels changed by one act. Versions count level changes: `first` is the last `last` + 1."""

    pair: str
    first: int
    last: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    at: Nanos


class OrderChanged(msgspec.Struct, frozen=True, kw_only=True):
    """An order was accepted, filled (then with its fill) or closed; its state as of then."""

    order: Order  # a copy
    fill: Fill | None
    at: Nanos


Happening = BookChanged | Trade | OrderChanged
