"""How far a position is: for people who watch, for the stream, and for the log."""

from collections.abc import Mapping

import msgspec

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.trade_plans import Held, Leave, Stay
from bot.domain.units import Nanos, Wad
from bot.strategy.cash_worth import left_usd, unpriced_fees, worth_usd
from bot.strategy.exit_plans import HOUR_NS, edge_of, reversion_of
from bot.strategy.exit_situation import Situation


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One position at `at`. None: not known, for want of a price."""

    position: str
    asset: str
    side: Side
    price: Wad | None  # par currency per 1.0 coin
    reversion: float | None  # 0 at the entry .. 1 at par; may be below 0 or above 1
    bought: Wad  # of the coin; of a premium: sold
    left: Wad
    left_share: float  # of what was bought
    target_price: Wad
    stop_price: Wad
    next_reversion: float | None  # where the next part is due; None: all are
    banked_usd: Wad | None  # received less paid, fees taken off; the coin itself not counted
    left_usd: Wad | None  # what is left at the price; below 0: it is owed
    fees_usd: Wad | None  # of all orders so far
    unpriced_fees: dict[str, Wad]  # by currency: in none of the figures
    hours_held: float
    hours_left: float  # until the time stop, 0 past it
    decision: str  # the last one, in words
    at: Nanos

    @property
    def gain_usd(self) -> Wad | None:
        """The gain so far, net of fees, if what is left were left at the price now."""
        if self.banked_usd is None or self.left_usd is None:
            return None
        return Wad(self.banked_usd + self.left_usd)


def progress_of(
    held: Held, situation: Situation, decision: Leave | Stay, dollars: Mapping[str, Wad]
) -> Progress:
    """Return how far a position is; `dollars` are per 1.0 of each currency, by consensus."""
    plan, price, now = held.plan, situation.price, situation.now
    edge = edge_of(situation.evidence.coin.par, plan.side)
    reversion = None if price is None else reversion_of(plan.exit, edge, price)
    gone = 1.0 - _share(held)
    coming = (p.reversion for p in plan.exit.partials if p.share > gone)
    unpriced = unpriced_fees(held, dollars)
    banked, fees = (_without(each, unpriced) for each in (held.cash, held.fees))
    return Progress(
        position=plan.position,
        asset=plan.asset,
        side=plan.side,
        price=price,
        reversion=reversion,
        bought=held.bought,
        left=held.left,
        left_share=_share(held),
        target_price=plan.exit.target_price,
        stop_price=plan.exit.stop_price,
        next_reversion=next(coming, None),
        banked_usd=worth_usd(banked, dollars),
        left_usd=None if price is None else left_usd(held, price, dollars),
        fees_usd=worth_usd(fees, _with_coin(held, price, dollars)),
        unpriced_fees=unpriced,
        hours_held=max(0.0, (now - held.opened_at) / HOUR_NS),
        hours_left=max(0.0, (plan.exit.stop_at - now) / HOUR_NS),
        decision=told_decision(decision),
        at=now,
    )


def told_decision(decision: Leave | Stay) -> str:
    """Return a decision in words."""
    if isinstance(decision, Stay):
        return f"stays: {decision.reason}"
    where = f" at {decision.rail}" if decision.rail else ""
    return f"leaves{where}, {decision.reason.value}: {decision.detail}"


def _share(held: Held) -> float:
    return held.left / held.bought if held.bought else 0.0


def _without(amounts: Mapping[str, Wad], unpriced: Mapping[str, Wad]) -> dict[str, Wad]:
    return {currency: amount for currency, amount in amounts.items() if currency not in unpriced}


def _with_coin(held: Held, price: Wad | None, dollars: Mapping[str, Wad]) -> Mapping[str, Wad]:
    """Fees may be taken in the coin itself, which is worth its price."""
    if price is None:
        return dollars
    worth = worth_usd({coin_of(held.plan.asset).par.currency: price}, dollars)
    return dollars if worth is None else {**dollars, held.plan.asset: worth}
