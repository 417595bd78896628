"""What can go wrong beyond one order, and what is to be done about it, as values."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import msgspec

from bot.control.alert import Severity
from bot.domain.orders import VenueBook
from bot.domain.trade_plans import Held
from bot.domain.units import WAD, Nanos, Wad


class Condition(Enum):
    """What is wrong; docs/runbook.md has a section for each."""

    FEED_FAILURE = "a price feed is lost"
    EXCHANGE_OUTAGE = "an exchange is out of reach"
    SHUT_IN = "withdrawals are suspended"
    LIQUIDITY_CRISIS = "the market is too thin to leave"
    CIRCUIT_BREAKER = "a circuit breaker is open"
    DAILY_LOSS = "the day's loss is reached"
    BOOKS_DISAGREE = "the books do not agree"
    ENGINE_FAULT = "something was not foreseen"
    STOPPED_BY_HAND = "paused or frozen by hand"
    KILL_SWITCH = "the kill switch"


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """One condition, where it holds, and since when."""

    condition: Condition
    coin: str = ""  # empty: any
    venue: str = ""  # empty: any
    detail: str = ""
    since: Nanos  # by the wall clock, for people
    lasting_s: float = 0.0  # by the monotonic clock

    @property
    def key(self) -> tuple[Condition, str, str]:
        """What makes two of them the same one."""
        return self.condition, self.coin, self.venue


class EmergencyParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[emergency]`."""

    blind_leave_s: Annotated[float, msgspec.Meta(gt=0)] = 600.0  # without a price: then leave
    thin_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5  # of a position the book must take
    thin_bps: Annotated[float, msgspec.Meta(gt=0)] = 250.0  # within so much of the best price
    thin_leave_s: Annotated[float, msgspec.Meta(ge=0)] = 30.0  # thin for so long: then leave


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done beyond what every emergency does.

    Each stops entries of its coin and venue until it is over, cancels those that rest, and is told.
    """

    freeze: bool = False  # nothing but flattening, until a person resumes
    pause: bool = False  # no entries anywhere, until a person resumes
    leave: tuple[str, ...] = ()  # positions, at once
    severity: Severity = Severity.WARNING


def response(
    emergency: Emergency, held: Sequence[Held], parameters: EmergencyParameters
) -> Response:
    """Return what an emergency asks for, given all open positions."""
    touched = tuple(one.plan.position for one in held if _is_touched(emergency, one))
    severity = Severity.CRITICAL if touched else Severity.WARNING
    match emergency.condition:
        case Condition.FEED_FAILURE | Condition.LIQUIDITY_CRISIS:
            blind = emergency.condition is Condition.FEED_FAILURE
            wait_s = parameters.blind_leave_s if blind else parameters.thin_leave_s
            late = emergency.lasting_s >= wait_s
            return Response(leave=touched if late else (), severity=severity)
        case Condition.EXCHANGE_OUTAGE | Condition.SHUT_IN | Condition.CIRCUIT_BREAKER:
            return Response(severity=severity)
        case Condition.STOPPED_BY_HAND:
            return Response()
        case Condition.DAILY_LOSS:
            return Response(severity=Severity.CRITICAL)
        case Condition.BOOKS_DISAGREE | Condition.ENGINE_FAULT:
            fault = emergency.condition is Condition.ENGINE_FAULT
            return Response(freeze=fault, pause=not fault, severity=Severity.CRITICAL)
        case Condition.KILL_SWITCH:
            return Response(freeze=True, leave=touched, severity=Severity.CRITICAL)


def _is_touched(emergency: Emergency, held: Held) -> bool:
    coin_is = emergency.coin in ("", held.plan.asset)
    return coin_is and (not emergency.venue or emergency.venue in held.at_venues)


def depth_to_leave(book: VenueBook, within_bps: float, *, buys_back: bool = False) -> Wad:
    """Return how much of the base the book takes within so much of its best price."""
    levels = book.asks if buys_back else book.bids
    if not levels:
        return Wad(0)
    band = int(within_bps * WAD) // 10_000
    best = levels[0].price
    taken = (each.amount for each in levels if abs(each.price - best) * WAD <= band * best)
    return Wad(sum(taken))


def is_thin(
    amount: Wad, books: Sequence[VenueBook], parameters: EmergencyParameters, *, buys_back: bool
) -> bool:
    """Return whether the books together take less than the wanted share of a position."""
    depth = sum(depth_to_leave(book, parameters.thin_bps, buys_back=buys_back) for book in books)
    return depth < int(parameters.thin_share * WAD) * amount // WAD
