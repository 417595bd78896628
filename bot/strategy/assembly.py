"""From a whole-market solution to a program of exact swaps and the loans it needs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from bot.amm.pool import Pool
from bot.amm.router import Solution
from bot.domain.assets import Token
from bot.domain.plans import AmountMode, Leg, Loan
from bot.domain.units import Raw
from bot.domain.venues import Lender, PoolSpec, Venue
from bot.market.lenders import LenderState, cheapest
from bot.strategy.absorbing import absorbing_swaps, buying_swaps
from bot.strategy.drafts import drafts_of
from bot.strategy.exact_run import ExactRun, Script, Swap, run_exactly
from bot.strategy.merging import merged
from bot.strategy.order import Shape, shapes_of
from bot.strategy.shrinking import part_within, part_worth, shrunk

_MOST_SHAPES = 8  # tried one after the other until one needs no dear lender
_FLASH_SWAP = {
    Venue.UNISWAP_V2: Lender.UNISWAP_V2_SWAP,
    Venue.UNISWAP_V3: Lender.UNISWAP_V3_SWAP,
}


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Exact swaps and loans that end with `profit` of the numeraire and repay everybody."""

    loans: tuple[Loan, ...]
    legs: tuple[Leg, ...]
    profit: Raw

    @property
    def fees(self) -> bool:
        """Whether any lender asks one."""
        return any(loan.fee for loan in self.loans)


def script_of(solution: Solution, pools: Mapping[PoolSpec, Pool], numeraire: Token) -> Script:
    """Return the solution's swaps, and who of them takes up residues."""
    drafts, place = merged(drafts_of(solution, pools)), solution.tokens.index(numeraire)
    decimals = [token.decimals for token in solution.tokens]
    return Script(
        drafts=drafts,
        absorbing=absorbing_swaps(drafts, decimals, place),
        buying=buying_swaps(drafts, place),
        numeraire=place,
        tokens=len(decimals),
    )


def runs_of(script: Script) -> Iterator[tuple[Shape, ExactRun]]:
    """Yield runs that make a profit and are short of nothing, were loans free; cheapest first."""
    if not script.drafts:
        return
    for shape in islice(shapes_of(script.drafts, script.numeraire, script.takers), _MOST_SHAPES):
        found = run_exactly(script, shape)
        if found is not None and found.left[script.numeraire] > 0:
            yield shape, found


def exact_profit(solution: Solution, pools: Mapping[PoolSpec, Pool], numeraire: Token) -> Raw:
    """Return what the solution makes in exact integers on free loans; zero where it cannot run."""
    script = script_of(solution, pools, numeraire)
    first = next(runs_of(script), None)
    return Raw(first[1].left[script.numeraire]) if first is not None else Raw(0)


def program_of(
    solution: Solution,
    pools: Mapping[PoolSpec, Pool],
    numeraire: Token,
    states: Sequence[LenderState],
) -> Program | None:
    """Return the program that leaves most after the lenders' fees; None where nobody can fund it.

    Ways to run it are tried in the order of their gas; the first that costs no fee is taken. Where
    lenders ask fees, or have too little, the same swaps are tried at a smaller size too.
    """
    script = script_of(solution, pools, numeraire)
    whole = _cheapest(script, solution.tokens, states)
    if whole is not None and not whole.fees:
        return whole
    share = (
        part_within((run for _, run in runs_of(script)), solution.tokens, states)
        if whole is None
        else part_worth(solution, numeraire, whole.profit, whole.loans)
    )
    if not 0.0 < share < 1.0:
        return whole
    part = _cheapest(shrunk(script, share), solution.tokens, states)
    found = [program for program in (whole, part) if program is not None]
    return max(found, key=lambda program: program.profit, default=None)


def _cheapest(
    script: Script, tokens: tuple[Token, ...], states: Sequence[LenderState]
) -> Program | None:
    best: Program | None = None
    for shape, found in runs_of(script):
        program = _funded(script, shape, found, tokens, states)
        if program is not None and (best is None or program.profit > best.profit):
            best = program
        if best is not None and not best.fees:
            break
    return best


def _funded(
    script: Script,
    shape: Shape,
    found: ExactRun,
    tokens: tuple[Token, ...],
    states: Sequence[LenderState],
) -> Program | None:
    """Return the run with lenders for its loans; their fees may need another one."""
    lenders = _lenders(found, tokens, states)
    if lenders is None:
        return None
    if any(state.fee(found.loans[token]) for token, state in lenders.items()):
        again = run_exactly(script, shape, lenders)
        if again is None or not _within(again, lenders, script.numeraire):
            return None
        found = again
    loans = [lenders[token].loan(loan) for token, loan in found.loans.items()]
    return Program(
        loans=(*loans, *map(_flash_swap, found.ahead)),
        legs=tuple(_leg(swap, found.loans) for swap in found.steps),
        profit=Raw(found.left[script.numeraire]),
    )


def _within(found: ExactRun, lenders: Mapping[int, LenderState], numeraire: int) -> bool:
    """Return whether the loans that fees asked for are there, and still pay."""
    return found.left[numeraire] > 0 and all(
        token in lenders and loan <= lenders[token].available for token, loan in found.loans.items()
    )


def _lenders(
    found: ExactRun, tokens: tuple[Token, ...], states: Sequence[LenderState]
) -> dict[int, LenderState] | None:
    """Return who lends each token; None where one of them finds nobody."""
    pools = [swap.draft.spec for swap in (*found.ahead, *found.steps)]
    taken, chosen = [_flash_swap(swap) for swap in found.ahead], dict[int, LenderState]()
    for token, amount in found.loans.items():
        state = cheapest(states, tokens[token], amount, pools, taken)
        if state is None:
            return None
        taken.append(state.loan(amount))
        chosen[token] = state
    return chosen


def _flash_swap(swap: Swap) -> Loan:
    spec = swap.draft.spec
    return Loan(
        lender=_FLASH_SWAP[spec.venue],
        token=spec.tokens[swap.draft.i],
        amount=swap.paid,
        pool=spec,
        pays=swap.received,
    )


def _leg(swap: Swap, loans: Mapping[int, Raw]) -> Leg:
    draft = swap.draft
    takes_all = swap.held + loans.get(draft.token_in, 0) == swap.paid
    return Leg(
        pool=draft.spec,
        coin_in=draft.i,
        coin_out=draft.j,
        amount_in=swap.paid,
        amount_out=swap.received,
        takes=AmountMode.ALL if takes_all else AmountMode.EXACT,
    )
