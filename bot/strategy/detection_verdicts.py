"""What is thought of a depeg at one moment, and what was thought of it before."""

from collections.abc import Sequence

import msgspec

from bot.domain.depegs import Depeg
from bot.domain.opportunities import DepegClass, Opportunity, Veto, Way
from bot.domain.units import Nanos
from bot.domain.views import AssetView, NoView
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.evidence import Evidence
from bot.strategy.vetoes import depeg_class, vetoes

_MATTERS = 0.05  # a probability that moves by less is the same verdict still


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One depeg at `at`."""

    at: Nanos
    depeg_class: DepegClass
    never: float  # probability that it does not come back
    vetoes: tuple[Veto, ...]  # on holding
    ways: tuple[Way, ...]  # that are worth it, the best first

    def differs_from(self, other: "Verdict") -> bool:
        """Whether somebody who was told the other one should be told this one."""
        same = (self.depeg_class, self.vetoes, set(self.ways))
        return (
            same != (other.depeg_class, other.vetoes, set(other.ways))
            or abs(self.never - other.never) >= _MATTERS
        )


def verdict_on(
    depeg: Depeg, view: AssetView | NoView, evidence: Evidence, classifier: OpportunityClassifier
) -> Verdict:
    """Return what is thought of a depeg now; without a price there is no way to trade it."""
    now = evidence.at
    if isinstance(view, NoView):
        belief, forbidden = classifier.model.belief(depeg, evidence, now), vetoes(depeg, evidence)
        ways: tuple[Way, ...] = ()
    else:
        case = classifier.case(depeg, view, evidence, now)
        belief, forbidden = case.belief, case.vetoes
        ways = tuple(j.way for j in classifier.judge(case) if isinstance(j, Opportunity))
    return Verdict(
        at=now,
        depeg_class=depeg_class(depeg, evidence),
        never=belief.never,
        vetoes=forbidden,
        ways=ways,
    )


def with_verdict(known: Sequence[Verdict], new: Verdict) -> tuple[Verdict, ...]:
    """Return the verdicts that differ from the one before, and the newest in any case.

    Of one time there is one verdict, the last that was given.
    """
    if known and known[-1].at == new.at:
        known = known[:-1]
    if len(known) > 1 and not known[-1].differs_from(known[-2]):
        known = known[:-1]
    return (*known, new)
