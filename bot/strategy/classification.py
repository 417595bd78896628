"""From a depeg to the ways it can be traded, ranked, and why not the others."""

from collections.abc import Iterable

from bot.domain.depegs import Depeg, Status
from bot.domain.opportunities import Opportunity, Rejection
from bot.domain.units import Nanos
from bot.domain.views import AssetView
from bot.strategy.evidence import Evidence
from bot.strategy.reversion import ReversionModel
from bot.strategy.trade_ways import Case, atomic, position, redemption
from bot.strategy.trading_costs import TradingCosts
from bot.strategy.vetoes import vetoes

Judgement = Opportunity | Rejection


class OpportunityClassifier:
    """Judges every way of trading a depeg by one model and one table of costs."""

    def __init__(self, model: ReversionModel, costs: TradingCosts | None = None) -> None:
        self.model = model
        self.costs = costs or TradingCosts()

    def classify(
        self, depeg: Depeg, view: AssetView, evidence: Evidence, now: Nanos
    ) -> tuple[Judgement, ...]:
        """Return one judgement for each way: opportunities first, the best of them first.

        A depeg that is over has none.
        """
        return self.judge(self.case(depeg, view, evidence, now))

    def case(self, depeg: Depeg, view: AssetView, evidence: Evidence, now: Nanos) -> Case:
        """Return all that a depeg is judged by: for who wants the belief and the vetoes too."""
        return Case(
            depeg=depeg,
            view=view,
            evidence=evidence,
            belief=self.model.belief(depeg, evidence, now),
            vetoes=vetoes(depeg, evidence),
            costs=self.costs,
            now=now,
        )

    def judge(self, case: Case) -> tuple[Judgement, ...]:
        """Return what `classify` does, of a case that is at hand."""
        if case.depeg.status is Status.RESOLVED:
            return ()
        return ranked((atomic(case), redemption(case), position(case)))


def ranked(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Return judgements with the best first, of one depeg or of many.

    By expected gain, less by the risk of it, then by how soon the capital is free; rejections last,
    in the order given.
    """
    return tuple(sorted(judgements, key=_rank))


def _rank(judgement: Judgement) -> tuple[bool, float, float]:
    if isinstance(judgement, Rejection):
        return True, 0.0, 0.0
    return False, -judgement.expected_bps * (1.0 - judgement.risk), judgement.hours
