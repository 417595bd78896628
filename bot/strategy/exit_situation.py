"""All that leaving a position is decided by."""

import msgspec

from bot.domain.depegs import Depeg
from bot.domain.ledger_events import Commanded
from bot.domain.trade_plans import ExitReason, Held
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.domain.views import AssetView, NoView
from bot.strategy.evidence import Evidence
from bot.strategy.outlook import Outlook
from bot.strategy.price_watch import PriceWatch
from bot.strategy.reversion import ReversionModel

_OPERATOR = "operator"


class ExitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants it to be left."""

    reason: ExitReason  # MANUAL or EMERGENCY
    detail: str = ""  # who, or which condition


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the coin of one position at `now`, by the clock of the sources."""

    now: Nanos
    view: AssetView | NoView
    depeg: Depeg  # the one that goes on, on the position's side; else the last one, as it ended
    evidence: Evidence
    outlook: Outlook
    request: ExitRequest | None = None

    @property
    def price(self) -> Wad | None:
        """Par currency per 1.0 coin; None: there is none, and nothing is made of that."""
        return self.view.price if isinstance(self.view, AssetView) else None

    @property
    def blind_s(self) -> float:
        """Seconds since anything was said of a price that counts; 0 while there is one."""
        if isinstance(self.view, AssetView):
            return 0.0
        return max(0.0, (self.now - self.view.at) / NANOS_PER_S)


def asked_by(command: Commanded | None) -> ExitRequest | None:
    """Return what a command to flatten asks for: by hand, or by the emergency protocol."""
    if command is None:
        return None
    by_hand = command.by in ("", _OPERATOR)
    reason = ExitReason.MANUAL if by_hand else ExitReason.EMERGENCY
    return ExitRequest(reason=reason, detail=command.by)


def situation_of(
    held: Held,
    watch: PriceWatch,
    last: Depeg,
    model: ReversionModel,
    request: ExitRequest | None = None,
) -> Situation:
    """Return the situation of a position, as a watch sees its coin now.

    `last` is the position's own depeg as it was heard of last; one that has begun since, on the
    same side, takes its place.
    """
    asset, now = held.plan.asset, watch.event_time
    same = (d for d in watch.active if d.asset == asset and d.side is held.plan.side)
    depeg = next(same, last)
    evidence = watch.evidence(asset)
    nothing = NoView(asset=asset, reason="no source ever spoke of it", at=held.opened_at)
    return Situation(
        now=now,
        view=watch.views.get(asset, nothing),
        depeg=depeg,
        evidence=evidence,
        outlook=model.outlook(depeg, evidence, now),
        request=request,
    )
