"""From a market book to one confirmed plan, or to the reason why there is none."""

from collections.abc import Callable, Sequence

import msgspec
import structlog

from bot.domain.errors import SimulationFailed
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Plan
from bot.execution.plan_check import Checked, PlanCheck
from bot.market.book import MarketBook
from bot.strategy.planning import ExecutionPlanner

log = structlog.get_logger()

_ATTEMPTS = 2  # plans per block: each is a planning and a simulation


def decide(
    book: MarketBook,
    planner: ExecutionPlanner,
    check: PlanCheck,
    lap: Callable[[str], None] = lambda _: None,
    doubt: Callable[[Plan], None] = lambda _: None,
) -> Checked | NoPlan:
    """Return the block's best plan, confirmed by simulation, or why there is none.

    A plan that is not confirmed is over. Where its pools may be why, they are doubted and one more
    is made without them. `lap` is told when the planning is over, `doubt` which plan failed.

    Raises:
        NodeUnreachable: the node did not answer a simulation.
    """
    failed: list[str] = []
    while len(failed) < _ATTEMPTS:
        plan = planner.plan(book)
        lap("plan")
        if isinstance(plan, NoPlan):
            return _unconfirmed(book, failed) if failed else plan
        try:
            return check.check(plan, book, planner.terms)
        except SimulationFailed as error:
            failed.append(f"{plan.route}: {error}")
            log.warning("plan_not_confirmed", block=book.block, reason=failed[-1])
            if not error.by_pools:
                break
            doubt(plan)
            book = _without(book, plan)
            lap("check")
    return _unconfirmed(book, failed)


def _unconfirmed(book: MarketBook, failed: Sequence[str]) -> NoPlan:
    return NoPlan(block=book.block, refusal=Refusal.SIMULATION, detail="; ".join(failed))


def _without(book: MarketBook, plan: Plan) -> MarketBook:
    used = {leg.pool for leg in plan.legs} | {loan.pool for loan in plan.loans}
    pools = {spec: pool for spec, pool in book.pools.items() if spec not in used}
    return msgspec.structs.replace(book, pools=pools)
