"""What is known of one order, whatever reached us first.

States are evidence of different weight: a weaker word never takes back a stronger one, so the order
in which news arrives does not matter. That we found nothing (an answered REJECTED) is weaker than
any sign of life from the venue; a venue's own final word is stronger than that it once was open.
"""

import msgspec

from bot.domain.ledger_events import OrderAnswered
from bot.domain.orders import ClientId, Fill, Order, OrderReport, OrderState
from bot.domain.units import Nanos, Wad

_WEIGHTS = (
    OrderState.INTENDED,
    OrderState.UNKNOWN,
    OrderState.REJECTED,  # answered: refused on sending, or not found there in time
    OrderState.OPEN,
    OrderState.REJECTED,  # reported by the venue of an order that it knows
    OrderState.EXPIRED,
    OrderState.CANCELED,
    OrderState.FILLED,
)
_ANSWERED = {state: _WEIGHTS.index(state) for state in OrderState}
_REPORTED = {**_ANSWERED, OrderState.REJECTED: 4}
_OPEN, _FILLED = _ANSWERED[OrderState.OPEN], _ANSWERED[OrderState.FILLED]


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One order that was written down, and all that is known of it now."""

    order: Order
    state: OrderState
    order_id: str  # the venue's; empty: not told yet
    fills: tuple[Fill, ...]  # unique, oldest first
    filled: Wad  # of the base: the sum of its trades, the only figure that moves a position
    reported: Wad  # of the base: the most that the venue said was filled
    note: str
    intended_at: Nanos
    heard_at: Nanos  # of the newest news, by our clock

    @property
    def client_id(self) -> ClientId:
        """Its name."""
        return self.order.client_id

    @property
    def missing(self) -> Wad:
        """Filled by the venue's word, while the trades were not heard yet."""
        return Wad(max(0, self.reported - self.filled))

    @property
    def outstanding(self) -> Wad:
        """What it may still add to the position: the rest, or trades that are still to be heard."""
        if self.state.is_final:
            return self.missing
        return Wad(max(0, self.order.amount - self.filled))

    @property
    def average_price(self) -> Wad | None:
        """Quote per 1.0 base over all its trades, rounded down; None: it has none."""
        value = sum(fill.amount * fill.price for fill in self.fills)
        return Wad(value // self.filled) if self.fills else None


class OrderTrack:
    """Gathers the news of one order; it may not be known yet which order that is."""

    def __init__(self) -> None:
        self.order: Order | None = None
        self.intended_at = Nanos(0)
        self.order_id = ""
        self.fills: dict[tuple[str, str, str], Fill] = {}
        self._weight = 0
        self._reported = Wad(0)
        self._notes: dict[str, None] = {}
        self._heard_at = Nanos(0)

    @property
    def state(self) -> OrderState:
        """The strongest word so far; a trade proves that it was accepted."""
        weight = max(self._weight, _OPEN) if self.fills else self._weight
        if self.order is not None and self.filled >= self.order.amount:
            weight = _FILLED
        return _WEIGHTS[weight]

    @property
    def filled(self) -> Wad:
        """The sum of its trades."""
        return Wad(sum(fill.amount for fill in self.fills.values()))

    def is_news(self, report: OrderReport) -> bool:
        """Return whether a report says anything that was not known."""
        return (
            _REPORTED[report.state] > self._weight
            or report.filled > self._reported
            or (bool(report.order_id) and not self.order_id)
        )

    def is_answer_news(self, answer: OrderAnswered) -> bool:
        """Return whether an answer says anything that was not known."""
        return (
            _ANSWERED[answer.state] > self._weight
            or (bool(answer.order_id) and not self.order_id)
            or (bool(answer.note) and answer.note not in self._notes)
        )

    def answer(self, answer: OrderAnswered) -> None:
        """Take what came back of an act of ours."""
        self._weight = max(self._weight, _ANSWERED[answer.state])
        self.order_id = self.order_id or answer.order_id
        if answer.note:
            self._notes.setdefault(answer.note)
        self._heard_at = Nanos(max(self._heard_at, answer.at))

    def report(self, report: OrderReport, at: Nanos) -> None:
        """Take what the venue says."""
        self._weight = max(self._weight, _REPORTED[report.state])
        self._reported = Wad(max(self._reported, report.filled))
        self.order_id = self.order_id or report.order_id
        self._heard_at = Nanos(max(self._heard_at, at))

    def fill(self, fill: Fill, at: Nanos) -> None:
        """Take a trade; a second copy changes nothing."""
        self.fills.setdefault(fill.key, fill)
        self.order_id = self.order_id or fill.order_id
        self._heard_at = Nanos(max(self._heard_at, at))

    def take_over(self, other: "OrderTrack") -> None:
        """Add what was gathered before it was known that both are one order."""
        self._weight = max(self._weight, other._weight)  # noqa: SLF001  # of this very class
        self._reported = Wad(max(self._reported, other._reported))  # noqa: SLF001
        self._heard_at = Nanos(max(self._heard_at, other._heard_at))  # noqa: SLF001
        self.order_id = self.order_id or other.order_id
        self.fills = {**other.fills, **self.fills}

    def record(self, order: Order) -> OrderRecord:
        """Return what is known, for readers."""
        return OrderRecord(
            order=order,
            state=self.state,
            order_id=self.order_id,
            fills=tuple(sorted(self.fills.values(), key=lambda fill: (fill.at, fill.key))),
            filled=self.filled,
            reported=self._reported,
            note="; ".join(self._notes),
            intended_at=self.intended_at,
            heard_at=self._heard_at,
        )
