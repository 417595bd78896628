"""Which depegs were entered before, whatever they were called: a restart gives them other ids.

A depeg is the one that was entered before as long as its coin was not seen back within the band,
for as long as detection wants it quiet, since that entry. What was not seen does not count: a coin
that came back while nothing ran, and went again, is taken for the same depeg, and left alone.
"""

from collections.abc import Iterable, Iterator

from bot.domain.depegs import Depeg, Side
from bot.domain.ledger_events import Decided
from bot.domain.trade_plans import ExitReason, Held, Style
from bot.domain.units import Nanos
from bot.domain.views import AssetView
from bot.strategy.detection_agreement import DetectionParameters
from bot.strategy.ledger import Ledger
from bot.strategy.position_notes import ORDER_NOTE, order_notes
from bot.strategy.price_watch import PriceWatch

DEPEG_OVER = "depeg over"  # `Decided.what`
_GIVEN_UP = (ExitReason.TIMING.value, ExitReason.TIME_STOP.value)
_Entered = tuple[str, Side]


class EntryMemory:
    """Reads the ledger; what is to be written down is for the caller."""

    def __init__(self, ledger: Ledger, parameters: DetectionParameters) -> None:
        self._ledger, self._parameters = ledger, parameters
        self._calm_since: dict[_Entered, Nanos] = {}  # by the clock of the sources
        self._done: set[str] = set()  # positions that are closed, of depegs that are over

    def entries_of(self, depeg: Depeg) -> tuple[Held, ...]:
        """Return the positions in this depeg, and every other open one of its coin and side."""
        return tuple(
            held
            for held in self._positions()
            if (held.plan.asset, held.plan.side) == (depeg.asset, depeg.side)
        )

    def is_given_up(self, held: Held) -> bool:
        """Whether a position was left because waiting was not worth it, or had taken too long."""
        notes = order_notes(self._ledger.decided(ORDER_NOTE))
        orders = self._ledger.orders_of(held.plan.position)
        given = (notes[one.client_id].reason for one in orders if one.client_id in notes)
        return any(reason in _GIVEN_UP for reason in given)

    def look(self, watch: PriceWatch, now: Nanos) -> Iterator[Decided]:
        """Yield what is to be written down: depegs that were entered, and are over by now."""
        over, active = self._over(), {(one.asset, one.side) for one in watch.active}
        entered: dict[_Entered, Nanos] = {}
        for held in self._positions():
            key = held.plan.asset, held.plan.side
            if held.bought > 0:
                entered[key] = max(held.opened_at, entered.get(key, held.opened_at))
        for key, opened_at in entered.items():
            if over.get(key, -1) >= opened_at or not self._is_calm(key, watch, active):
                self._calm_since.pop(key, None)
            elif watch.event_time - self._calm_since[key] >= self._parameters.quiet:
                told = f"within {self._parameters.exit_bps:g} bps of par"
                at = max(now, opened_at)  # clocks jump
                yield Decided(what=DEPEG_OVER, subject=_name(key), detail=told, at=at)

    def _is_calm(self, key: _Entered, watch: PriceWatch, active: Iterable[_Entered]) -> bool:
        view = watch.views.get(key[0])
        if key in active or not isinstance(view, AssetView):
            return False
        if abs(view.off_bps) >= self._parameters.exit_bps:
            return False
        self._calm_since.setdefault(key, watch.event_time)
        return True

    def _positions(self) -> Iterator[Held]:
        over = self._over()
        for name in self._ledger.positions:
            if name in self._done:
                continue
            held = self._ledger.held(name)
            is_over = held.opened_at <= over.get((held.plan.asset, held.plan.side), -1)
            if held.closed_at is not None and (is_over or held.plan.style is Style.HEDGED):
                self._done.add(name)
            elif held.plan.style is not Style.HEDGED:
                yield held

    def _over(self) -> dict[_Entered, Nanos]:
        """When each was noted to be over last."""
        said = ((one.subject.rpartition(" "), one.at) for one in self._ledger.decided(DEPEG_OVER))
        return {(coin, Side(side)): at for (coin, _, side), at in said}


def _name(key: _Entered) -> str:
    return f"{key[0]} {key[1].value}"
