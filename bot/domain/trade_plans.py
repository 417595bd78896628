"""How a position is entered and left again: decided before the first order."""

from enum import Enum

import msgspec

from bot.domain.depegs import Side
from bot.domain.opportunities import Way
from bot.domain.orders import ClientId, Order, OrderKind, OrderSide, Purpose, TimeInForce
from bot.domain.units import Nanos, Wad


class Style(Enum):
    """How a plan is carried out."""

    IMMEDIATE = "immediate"
    STAGED = "staged"  # in parts, the next one when the last is filled and still wanted
    FLASH = "flash loan"  # handed to the atomic engine: nothing is held
    HEDGED = "two legs"  # on chain and at an exchange: nothing is held once both are filled


class RiskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a size puts at risk, in dollars."""

    exposure_usd: Wad
    worst_case_usd: Wad  # the coin goes to what is left of it if it never comes back
    expected_shortfall_usd: Wad  # mean of the worst 5 % of outcomes
    stop_price: Wad  # par currency per 1.0 coin, where it is left at a loss


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an opportunity is taken, and which limit decided that."""

    usd: Wad
    wanted_usd: Wad  # before any cap
    bound_by: str  # in words, for people: "kelly", "cap of USDC", ...
    leverage: float = 1.0
    risk: RiskFigures


class PlannedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order before it has a number."""

    venue: str
    pair: str
    side: OrderSide
    kind: OrderKind
    time_in_force: TimeInForce
    amount: Wad  # of the base, on the venue's step
    price: Wad  # quote per base, on its tick: the worst that is taken
    expected_price: Wad  # average, by the book that it was planned on
    fee_usd: Wad  # estimated
    slippage_bps: float  # estimated, against the best price of that book

    def named(self, name: ClientId, position: str, purpose: Purpose, now: Nanos) -> Order:
        """Return the order itself, made `now`."""
        return Order(
            client_id=name,
            position=position,
            purpose=purpose,
            venue=self.venue,
            pair=self.pair,
            side=self.side,
            kind=self.kind,
            time_in_force=self.time_in_force,
            amount=self.amount,
            price=self.price,
            made_at=now,
        )


class PartialExit(msgspec.Struct, frozen=True, kw_only=True):
    """How much is to be sold by the time the price is so far back."""

    reversion: float  # 0: at the entry, 1: at par
    share: float  # of what was bought, in all


class ExitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """When a position is left; kept with it from its first order on."""

    entry_price: Wad  # par currency per 1.0 coin, as planned
    target_price: Wad
    stop_price: Wad  # the depth stop
    partials: tuple[PartialExit, ...]  # by reversion; the last one is all of it
    stop_at: Nanos  # the time stop, by event time


class EntryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that is decided before a position's first order."""

    position: str
    depeg_id: str
    asset: str
    side: Side  # of the depeg: a discount is bought, a premium sold
    way: Way
    style: Style
    size: Size
    orders: tuple[PlannedOrder, ...]
    exit: ExitPlan
    expected_usd: Wad  # gain, probability-weighted, net of everything; may be below 0
    never: float  # probability of never that it was sized by
    at: Nanos


class NoEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Why a depeg is not entered."""

    depeg_id: str
    asset: str
    reason: str
    at: Nanos


class ExitReason(Enum):
    """Why something is sold."""

    TARGET = "target"
    PARTIAL = "part of the way back"
    TIME_STOP = "time stop"
    DEPTH_STOP = "depth stop"
    VETO = "a veto appeared"
    TIMING = "waiting is not worth it any more"
    REDEMPTION = "redemption pays more"
    MANUAL = "by hand"
    EMERGENCY = "emergency"


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """Sell so much now."""

    position: str
    amount: Wad  # of the coin
    reason: ExitReason
    detail: str
    worst_price: Wad  # par currency per 1.0 coin: no order may be worse
    rail: str = ""  # redeem there instead of selling
    at: Nanos


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """Hold on, and how far it is."""

    position: str
    reversion: float  # of the way from the entry to par; may be below 0 or above 1
    reason: str
    rail: str = ""  # where a person should hand it in
    at: Nanos


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of one position now."""

    plan: EntryPlan
    bought: Wad  # of the coin, entered so far; of a premium: sold short of the inventory
    left: Wad  # of it, not yet left again
    at_venues: dict[str, Wad]  # of `left`, by venue
    cash: dict[str, Wad]  # by currency but the coin: all that was received less all that was paid
    fees: dict[str, Wad]  # by currency: part of `cash`, or of the coin
    opened_at: Nanos
    closed_at: Nanos | None = None
    on_exit: Wad = Wad(0)  # of `left`, on order to be left
    on_entry: Wad = Wad(0)  # of the coin, on order still to be entered
