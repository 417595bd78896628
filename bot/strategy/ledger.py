"""The ledger: what all events together say, in whatever order they became known.

A position is the sum of its unique trades, always. Trades and reports of orders that nobody wrote
down are kept, and counted as soon as it is known whose they are.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from bot.domain.client_ids import client_id, read_client_id
from bot.domain.ledger_events import (
    Commanded,
    Decided,
    FillHeard,
    LedgerEvent,
    OrderAnswered,
    OrderIntended,
    OrderReported,
    PositionClosed,
    PositionOpened,
)
from bot.domain.orders import ClientId, Fill, OrderReport, Purpose
from bot.domain.trade_plans import Held
from bot.domain.units import Wad
from bot.strategy.holdings import Life, held_of
from bot.strategy.order_claims import OrderClaims
from bot.strategy.order_records import OrderRecord
from bot.strategy.standing_commands import StandingCommands

_KEPT_DECISIONS = 10_000  # of each sort


class _Position(msgspec.Struct):
    """What was said of one position itself, and the orders that are part of it."""

    opened: PositionOpened | None = None
    closed: PositionClosed | None = None
    left_at_close: Wad = Wad(0)
    closings: list[PositionClosed] = msgspec.field(default_factory=list)  # of one opened again
    orders: dict[ClientId, None] = msgspec.field(default_factory=dict)


class Ledger:
    """Folds events; no clock, no file, no venue."""

    def __init__(self) -> None:
        self.commands = StandingCommands()
        self._claims = OrderClaims()
        self._positions: dict[str, _Position] = {}
        self._position_of: dict[ClientId, str] = {}
        self._records: dict[ClientId, OrderRecord] = {}
        self._unsettled: dict[ClientId, None] = {}
        self._decided: dict[str, dict[Decided, None]] = {}

    @property
    def orders(self) -> Mapping[ClientId, OrderRecord]:
        """Every order that was written down, oldest first."""
        return MappingProxyType(self._records)

    @property
    def unsettled(self) -> tuple[ClientId, ...]:
        """Orders that may still change, or whose trades are not what the venue says of them."""
        return tuple(self._unsettled)

    @property
    def fills(self) -> Mapping[tuple[str, str, str], Fill]:
        """Every unique trade that was heard, by its key; foreign ones too."""
        return self._claims.fills

    @property
    def positions(self) -> tuple[str, ...]:
        """Every position that was ever opened."""
        return tuple(name for name, one in self._positions.items() if one.opened is not None)

    @property
    def open_positions(self) -> tuple[str, ...]:
        """Positions that are not closed; a trade after the closing opens one again."""
        return tuple(name for name in self.positions if self._positions[name].closed is None)

    @property
    def is_paused(self) -> bool:
        """Whether nothing new may be entered."""
        return self.commands.is_paused

    @property
    def is_frozen(self) -> bool:
        """Whether nothing may be done but flattening."""
        return self.commands.is_frozen

    @property
    def flatten_requests(self) -> Mapping[str, Commanded]:
        """Open positions that are to be left at once, and who said so."""
        still = self.open_positions
        return {name: said for name, said in self.commands.flatten.items() if name in still}

    def held(self, position: str) -> Held:
        """Return what is held of a position.

        Raises:
            KeyError: it was never opened.
        """
        one = self._positions[position]
        if one.opened is None:
            raise KeyError(position)
        closed_at = one.closed.at if one.closed is not None else None
        return held_of(
            one.opened.plan,
            self.fills_of(position),
            self.orders_of(position),
            Life(opened_at=one.opened.at, closed_at=closed_at),
        )

    def fills_of(self, position: str) -> Iterator[Fill]:
        """Yield every unique trade of a position."""
        for name in self._orders_in(position):
            yield from self._claims.track(name).fills.values()

    def orders_of(self, position: str) -> tuple[OrderRecord, ...]:
        """Return the orders of a position, as far as they were written down."""
        names = self._orders_in(position)
        return tuple(self._records[name] for name in names if name in self._records)

    def unclaimed_fills(self) -> tuple[Fill, ...]:
        """Return the trades of orders that nobody wrote down: foreign ones, or lost ones."""
        return self._claims.unclaimed()

    def owner_of(self, news: OrderReport | Fill) -> ClientId | None:
        """Return whose it is, as far as is known."""
        return self._claims.owner(news)

    def next_id(self, position: str, purpose: Purpose) -> ClientId:
        """Return the id of a position's next order: the same until that order is written down."""
        names = [read_client_id(name) for name in self._orders_in(position)]
        number = max((name.number for name in names if name is not None), default=-1) + 1
        return client_id(position, purpose, number)

    def decided(self, what: str) -> tuple[Decided, ...]:
        """Return the newest decisions of a sort, oldest first."""
        return tuple(self._decided.get(what, ()))

    def is_news(self, event: LedgerEvent) -> bool:
        """Return whether applying an event would change anything."""
        match event:
            case OrderReported(report=report):
                return self._claims.is_report_news(report)
            case FillHeard(fill=fill):
                return self._claims.is_fill_news(fill)
            case OrderIntended(order=order):
                return order.client_id not in self._records
            case OrderAnswered():
                track = self._claims.peek(event.client_id)
                return track is None or track.is_answer_news(event)
            case _:
                return self._is_word(event)

    def apply(self, event: LedgerEvent) -> bool:
        """Take an event; return whether it changed anything."""
        if not self.is_news(event):
            return False
        match event:
            case PositionOpened() | PositionClosed():
                self._turn(event)
            case OrderIntended() | OrderAnswered():
                self._act(event)
            case OrderReported(report=report):
                self._refresh(self._claims.take_report(report, event.at))
            case FillHeard(fill=fill):
                self._refresh(self._claims.take_fill(fill, event.at))
            case Decided():
                self._decide(event)
            case Commanded():
                self.commands.take(event, self.open_positions)
        return True

    def _is_word(self, event: PositionOpened | PositionClosed | Decided | Commanded) -> bool:
        match event:
            case PositionOpened(plan=plan):
                return self._position(plan.position).opened is None
            case PositionClosed():
                return event not in self._position(event.position).closings
            case Decided():
                return event not in self._decided.get(event.what, ())
            case Commanded():
                return self.commands.is_news(event)

    def _decide(self, event: Decided) -> None:
        kept = self._decided.setdefault(event.what, {})
        kept[event] = None
        if len(kept) > _KEPT_DECISIONS:
            del kept[next(iter(kept))]

    def _turn(self, event: PositionOpened | PositionClosed) -> None:
        if isinstance(event, PositionOpened):
            self._position(event.plan.position).opened = event
            return
        one = self._position(event.position)
        one.closed = event
        one.closings.append(event)
        one.left_at_close = self._left(event.position)

    def _act(self, event: OrderIntended | OrderAnswered) -> None:
        if isinstance(event, OrderIntended):
            name, track = event.order.client_id, self._claims.track(event.order.client_id)
            track.order, track.intended_at = event.order, event.at
        else:
            name, track = event.client_id, self._claims.track(event.client_id)
            track.answer(event)
        if track.order is not None and track.order_id:
            self._claims.claim(name, (track.order.venue, track.order.pair, track.order_id))
        self._refresh(name)

    def _refresh(self, name: ClientId | None) -> None:
        """Bring up to date what is told of an order, and of the position that it is part of."""
        if name is None:
            return
        track = self._claims.track(name)
        if track.order is not None:
            record = self._records[name] = track.record(track.order)
            self._unsettled.pop(name, None)
            if not record.state.is_final or record.reported != record.filled:
                self._unsettled[name] = None
        read = read_client_id(name)
        position = track.order.position if track.order else read.position if read else None
        if position is None:
            return
        before = self._position_of.get(name)
        if before is not None and before != position:
            self._position(before).orders.pop(name, None)
        self._position_of[name] = position
        one = self._position(position)
        one.orders[name] = None
        if one.closed is not None and self._left(position) not in (0, one.left_at_close):
            one.closed = None

    def _position(self, name: str) -> _Position:
        return self._positions.setdefault(name, _Position())

    def _orders_in(self, position: str) -> tuple[ClientId, ...]:
        return tuple(self._position(position).orders)

    def _left(self, position: str) -> Wad:
        is_open = self._position(position).opened is not None
        return self.held(position).left if is_open else Wad(0)
