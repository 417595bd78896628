"""From a size to the orders of an entry, or to a flash loan, or to why there is neither."""

import msgspec

from bot.domain.opportunities import Opportunity, Way
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import (
    EntryPlan,
    ExitPlan,
    NoEntry,
    PartialExit,
    RiskFigures,
    Size,
    Style,
)
from bot.domain.units import Wad
from bot.strategy.entry_drafts import Draft, draft_of
from bot.strategy.entry_venues import LeftOut
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for
from bot.strategy.flash_viability import (
    FlashComparison,
    FlashEvaluator,
    FlashOffer,
    Funding,
)
from bot.strategy.sizing import PositionSizer, Stake, no_entry
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Means


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with what it rests on."""

    decision: EntryPlan | NoEntry
    left_out: tuple[LeftOut, ...] = ()
    flash: FlashComparison


class EntryPlanner:
    """Decides how an opportunity is entered."""

    def __init__(self, sizer: PositionSizer, exits: ExitParameters | None = None) -> None:
        self.sizer, self.exits = sizer, exits or sizer.exits
        self._evaluator = FlashEvaluator()

    def plan(
        self,
        case: Case,
        opportunity: Opportunity,
        means: Means,
        *,
        position: str,
        flash: FlashOffer | None = None,
    ) -> EntryPlan | NoEntry:
        """Return how it is entered, or why it is not; `position` is the id of what it opens."""
        return self.consider(case, opportunity, means, position=position, flash=flash).decision

    def consider(
        self,
        case: Case,
        opportunity: Opportunity,
        means: Means,
        *,
        position: str,
        flash: FlashOffer | None = None,
    ) -> Considered:
        """Return what `plan` does, with the markets left out and the figures of the choice."""
        whole = draft_of(self.sizer, case, opportunity, means)
        beside = whole
        apart = tuple(m for m in means.markets if m.kind is not SourceKind.DEX)
        if flash is not None and len(apart) < len(means.markets):
            there = msgspec.structs.replace(means, markets=apart)
            beside = draft_of(self.sizer, case, opportunity, there)
        risk = opportunity.risk
        compared = self._evaluator.compare(flash, whole.offer(risk), beside.offer(risk))
        draft = beside if compared.choice is Funding.MIXED else whole
        left_out = draft.stake.approach.left_out if isinstance(draft.stake, Stake) else ()
        return Considered(
            decision=self._decided(case, opportunity, draft, (compared, position)),
            left_out=left_out,
            flash=compared,
        )

    def _decided(
        self,
        case: Case,
        opportunity: Opportunity,
        draft: Draft,
        chosen: tuple[FlashComparison, str],
    ) -> EntryPlan | NoEntry:
        compared, position = chosen
        if compared.choice is Funding.FLASH:
            return _on_loan(case, compared, position)
        if isinstance(draft.stake, NoEntry):
            return draft.stake
        if not draft.orders or compared.choice is Funding.NEITHER:
            return no_entry(case, _too_little(draft, compared))
        entry = Entry(side=case.depeg.side, price=draft.price, par=case.evidence.coin.par)
        exits = exit_plan_for(entry, case.belief, self.exits, case.now)
        size = draft.stake.size
        risk = msgspec.structs.replace(size.risk, stop_price=exits.stop_price)
        return EntryPlan(
            position=position,
            depeg_id=case.depeg.id,
            asset=case.depeg.asset,
            side=case.depeg.side,
            way=opportunity.way,
            style=draft.style,
            size=msgspec.structs.replace(size, risk=risk),
            orders=draft.orders,
            exit=exits,
            expected_usd=draft.expected_usd,
            never=opportunity.risk,
            at=case.now,
        )


def _on_loan(case: Case, compared: FlashComparison, position: str) -> EntryPlan:
    """Nothing is held: the exit is there because a plan has one."""
    nothing, price = Wad(0), case.view.price
    risk = RiskFigures(
        exposure_usd=nothing,
        worst_case_usd=nothing,
        expected_shortfall_usd=nothing,
        stop_price=price,
    )
    return EntryPlan(
        position=position,
        depeg_id=case.depeg.id,
        asset=case.depeg.asset,
        side=case.depeg.side,
        way=Way.ATOMIC,
        style=Style.FLASH,
        size=Size(usd=nothing, wanted_usd=nothing, bound_by=compared.reason, risk=risk),
        orders=(),
        exit=ExitPlan(
            entry_price=price,
            target_price=price,
            stop_price=price,
            partials=(PartialExit(reversion=1.0, share=1.0),),
            stop_at=case.now,
        ),
        expected_usd=compared.flash_usd or nothing,
        never=0.0,
        at=case.now,
    )


def _too_little(draft: Draft, compared: FlashComparison) -> str:
    if draft.orders:
        return f"it does not pay: {compared.reason}"
    return "what the caps leave is less than any market takes, or more than one order may be"
