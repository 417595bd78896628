"""What is traded on the local exchange, and by which rules."""

import enum
from decimal import Decimal

import msgspec


class MarketState(enum.Enum):
    """What a market takes."""

    TRADING = "trading"
    POST_ONLY = "post only"
    CANCEL_ONLY = "cancel only"
    HALTED = "halted"


class Market(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One spot pair."""

    base: str
    quote: str
    tick: Decimal = Decimal("0.0001")  # prices are multiples of it
    step: Decimal = Decimal("0.01")  # sizes are multiples of it
    min_size: Decimal = Decimal("0.01")
    max_size: Decimal = Decimal(9_000_000)
    min_value: Decimal = Decimal(5)  # price times size, in the quote currency
    state: MarketState = MarketState.TRADING

    def __post_init__(self) -> None:
        numbers = (self.tick, self.step, self.min_size, self.max_size, self.min_value)
        if not all(number.is_finite() and number > 0 for number in numbers):
            raise ValueError(f"{self.pair}: tick, step and limits must be above zero")

    @property
    def pair(self) -> str:
        """The name by which everything here knows it, such as ``USDC/USDT``."""
        return f"{self.base}/{self.quote}"

    @property
    def price_decimals(self) -> int:
        """Digits after the point that a price may have."""
        return decimals_of(self.tick)

    @property
    def size_decimals(self) -> int:
        """Digits after the point that a size may have."""
        return decimals_of(self.step)


class Fees(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a venue keeps of a trade: fractions of its value, 0.001 being 10 bps."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    in_quote: bool = False  # False: of what is received, whichever currency that is


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in and out of the venue for one currency."""

    name: str  # as the venue calls it, such as ETH
    withdraw_fee: Decimal = Decimal(1)
    withdraw_min: Decimal = Decimal(10)
    deposits_open: bool = True
    withdrawals_open: bool = True
    confirmations: int = 12


def decimals_of(unit: Decimal) -> int:
    """Return the digits after the point of a tick or step such as 0.0001."""
    exponent = unit.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
