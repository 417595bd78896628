"""Programs at less than their best size: where lenders have too little, or ask fees.

Pools are concave: the same swaps with a part of what they take pay at least that part.
"""

from collections.abc import Iterable, Sequence

import msgspec

from bot.amm.router import Solution
from bot.domain.assets import Token
from bot.domain.plans import Loan
from bot.domain.units import Raw
from bot.market.lenders import LenderState
from bot.strategy.exact_run import ExactRun, Script

_CAUTION = 0.99  # what is paid for what shifts a little with the size


def shrunk(script: Script, share: float) -> Script:
    """Return the same swaps with `share` of what they take."""
    drafts = [
        msgspec.structs.replace(draft, size=Raw(int(draft.size * share))) for draft in script.drafts
    ]
    return msgspec.structs.replace(script, drafts=drafts)


def part_within(
    runs: Iterable[ExactRun], tokens: Sequence[Token], states: Sequence[LenderState]
) -> float:
    """Return the largest part of the program whose loans somebody has; zero for none."""
    deepest: dict[Token, int] = {}
    for state in states:
        deepest[state.token] = max(deepest.get(state.token, 0), state.available)
    parts = (
        min(_CAUTION * deepest.get(tokens[token], 0) / loan for token, loan in run.loans.items())
        for run in runs
        if run.loans
    )
    return max(parts, default=0.0)


def part_worth(solution: Solution, numeraire: Token, profit: Raw, loans: Sequence[Loan]) -> float:
    """Return the part of a program that is best with its lenders' fees, which `profit` has paid.

    Without fees the whole is best, and profit is nearly a parabola of the size; fees are a line.
    """
    prices = dict(zip(solution.tokens, solution.prices, strict=True))
    fees = 0.0
    for loan in loans:
        fees += loan.fee * prices[loan.token] / float(10**loan.token.decimals)
    return 1.0 - fees / (2.0 * (profit / float(10**numeraire.decimals) + fees))
