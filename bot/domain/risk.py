"""What may be done at most, what is known when that is asked, and the answer."""

from enum import Enum
from typing import Annotated

import msgspec

from bot.domain.orders import NetworkStatus
from bot.domain.units import Nanos, Wad

Usd = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[risk]`: every cap. Dollars unless the name says otherwise; defaults are small."""

    max_order_usd: Usd = 25_000.0
    max_coin_usd: Usd = 100_000.0  # held or on order of one coin
    max_venue_usd: Usd = 100_000.0
    max_issuer_usd: Usd = 150_000.0
    max_day_usd: Usd = 250_000.0  # entries of one UTC day
    max_daily_loss_usd: Usd = 5_000.0  # realised and open, of one UTC day
    max_open_legs: Annotated[int, msgspec.Meta(ge=0)] = 4  # entry orders that are not final
    max_terminal_loss: Share = 0.02  # of equity, if every coin that is held goes to nothing
    max_off_book_bps: Annotated[float, msgspec.Meta(ge=0)] = 50.0  # of an order's price
    max_off_consensus_bps: Annotated[float, msgspec.Meta(ge=0)] = 150.0
    max_price_age_s: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    max_book_age_s: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    flatten_off_book_bps: Annotated[float, msgspec.Meta(ge=0)] = 300.0  # for leaving in a hurry
    leverage: Annotated[float, msgspec.Meta(ge=1, le=5)] = 1.0
    ramp_usd: tuple[Usd, ...] = (500.0, 2_500.0, 10_000.0, 25_000.0)  # largest order, step by step
    ramp_trades: Annotated[int, msgspec.Meta(ge=1)] = 10  # closed positions that earn a step
    ramp_slippage_bps: Annotated[float, msgspec.Meta(ge=0)] = 10.0  # beyond the estimate: not good
    ramp_bad_run: Annotated[int, msgspec.Meta(ge=1)] = 3  # bad ones in a row lose a step


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that one order is judged by; None: not known, and then nothing is approved."""

    now: Nanos
    is_trading: bool  # reconciled, and neither paused nor frozen
    is_frozen: bool = False  # nothing but flattening
    equity_usd: Wad | None
    base_price: Wad | None  # consensus, in dollars per 1.0
    base_price_age_s: float | None
    quote_price: Wad | None  # in dollars per 1.0
    best_bid: Wad | None  # of the order's own book, quote per base
    best_ask: Wad | None
    book_age_s: float | None
    position_amount: Wad  # of the base, held by the order's position; below 0: sold short of it
    pending_exit: Wad = Wad(0)  # of the base, on order to reduce it already
    coin_usd: Wad  # held and on order, worst case, before this order
    venue_usd: Wad
    issuer_usd: Wad
    day_entries_usd: Wad
    day_result_usd: Wad  # below 0: a loss
    at_risk_usd: Wad  # of all coins in doubt together, before this order
    open_legs: int
    free: Wad | None  # of what is paid with: base of a sale, quote of a purchase
    venue_is_trading: bool | None
    is_frozen_token: bool | None = False  # paused or blacklisted on chain; None: not known
    networks: tuple[NetworkStatus, ...] = ()  # of the base there; empty: the venue does not tell
    ramp_usd: Wad | None  # the largest order that was earned so far
    coin: str = ""  # that it puts at risk; empty: taken for the same as any other
    issuer: str = ""  # of that coin; empty: taken for the same as any other
    stopped: str = ""  # why there are no entries of that coin or venue now: breaker, emergency


class Breach(Enum):
    """Which rule an order would break."""

    UNKNOWN = "something that must be known is not"
    PAUSED = "trading is paused"
    FROZEN = "trading is frozen"
    STOPPED = "no entries of that coin or at that venue for now"
    STALE = "a price or a book is too old"
    BAND = "its price is too far from the market"
    ORDER_CAP = "it is larger than one order may be"
    RAMP = "it is larger than what was earned so far"
    COIN_CAP = "more of that coin than allowed"
    VENUE_CAP = "more at that venue than allowed"
    ISSUER_CAP = "more of that issuer than allowed"
    DAY_CAP = "more entries today than allowed"
    DAILY_LOSS = "too much was lost today"
    OPEN_LEGS = "too many legs are open"
    TERMINAL_LOSS = "more would be lost than allowed if it goes to nothing"
    NO_FUNDS = "there is not enough to pay with"
    NOT_REDUCING = "it would do more than leave the position"
    COIN_STOPPED = "its contract is paused or its holder blacklisted"
    VENUE_CLOSED = "the venue does not trade it now"
    WITHDRAWALS = "it could not be withdrawn from there"
    LEVERAGE = "more leverage than allowed"
    REPEATED = "it was approved before"
    GATE_FAILED = "the gate itself failed"


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """It may be sent, once."""

    client_id: str
    usd: Wad
    at: Nanos


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """It may not."""

    client_id: str
    breach: Breach
    detail: str  # with figures
    at: Nanos
