"""A program run in exact integers before it is planned: every swap quoted in its order."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.market.lenders import LenderState
from bot.strategy.asked import Asked
from bot.strategy.drafts import Draft
from bot.strategy.order import Shape

_MOST_PASSES = 6  # two settle nearly all: the second spends what the first one left


class Swap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A draft with its exact amounts."""

    draft: Draft
    paid: Raw
    received: Raw
    held: int  # of what goes in, just before; negative as far as a loan covers it


class ExactRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a shape does; tokens by their places in the solution."""

    ahead: tuple[Swap, ...]
    steps: tuple[Swap, ...]
    loans: dict[int, Raw]
    left: tuple[int, ...]  # of every token, after loans, their fees and flash swaps are paid


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run follows."""

    drafts: Sequence[Draft]
    absorbing: Mapping[int, int]  # the swap that takes what is left, by token
    buying: Mapping[int, int]  # the swap that buys it with the numeraire, by token
    numeraire: int
    tokens: int  # how many
    asked: Asked = msgspec.field(default_factory=Asked)

    @property
    def takers(self) -> frozenset[int]:
        """The swaps that take what is left."""
        return frozenset(self.absorbing.values())


def run_exactly(
    script: Script, shape: Shape, lenders: Mapping[int, LenderState] | None = None
) -> ExactRun | None:
    """Return the run that leaves most of the numeraire and is short of nothing, if there is one.

    `lenders`, by token, are paid their fees. Swaps that take what is left but run before it is
    known (out of lent tokens, flash swaps) are corrected by what the pass before left over; of
    what nobody took, less is bought.
    """
    run = _Run(script, shape, lenders or {})
    early = {
        token: at
        for token, at in script.absorbing.items()
        if token in shape.lent or at in shape.ahead
    }
    best: ExactRun | None = None
    corrections = dict.fromkeys(range(len(script.drafts)), 0)
    for _ in range(_MOST_PASSES):
        found = run.once(corrections)
        profit = found.left[script.numeraire]
        if min(found.left) >= 0 and (best is None or profit > best.left[script.numeraire]):
            best = found
        moves = dict(_moves(script, early, found))
        if not moves:
            break
        for at, more in moves.items():
            corrections[at] += more
    return best


def _moves(script: Script, early: Mapping[int, int], found: ExactRun) -> Iterator[tuple[int, int]]:
    """Yield swaps that must take more or less than in the run before, and how much."""
    for token, left in enumerate(found.left):
        if not left or token == script.numeraire:
            continue
        if token in early:
            yield early[token], left
        elif left > 0 and token in script.buying:
            at = script.buying[token]
            swap = next((s for s in found.steps if s.draft is script.drafts[at]), None)
            if swap is not None:
                yield at, -(left * swap.paid // swap.received)


class _Run:
    """One shape of one program, run again and again with other amounts."""

    def __init__(self, script: Script, shape: Shape, lenders: Mapping[int, LenderState]) -> None:
        self._script, self._shape, self._lenders = script, shape, lenders
        self._takers = script.takers
        # Swaps of one pool stand side by side in the drafts.
        self._shared = {id(a.pool) for a, b in pairwise(script.drafts) if a.pool is b.pool}
        self._moved: dict[int, tuple[Pool, int, int, Raw]] = {}  # last swaps in shared pools

    def once(self, corrections: Mapping[int, int]) -> ExactRun:
        """Run from nothing held; how deep a lent token falls is its loan."""
        script, shape = self._script, self._shape
        held, owed, lowest = ([0] * script.tokens for _ in range(3))
        self._moved.clear()
        ahead, steps = [], []
        for at in shape.ahead:
            draft = script.drafts[at]
            swap = self._swap(draft, draft.size + corrections[at], 0)
            if swap is not None:
                owed[draft.token_in] += swap.paid
                held[draft.token_out] += swap.received
                ahead.append(swap)
        for at in shape.order:
            draft = script.drafts[at]
            token = draft.token_in
            amount = self._amount(at, held[token], owed[token], corrections)
            swap = self._swap(draft, amount, held[token])
            if swap is not None:
                held[token] -= swap.paid
                held[draft.token_out] += swap.received
                lowest[token] = min(lowest[token], held[token])
                steps.append(swap)
        loans = {token: Raw(-lowest[token]) for token in shape.lent if lowest[token] < 0}
        for token, loan in loans.items():
            owed[token] += self._lenders[token].fee(loan) if token in self._lenders else 0
        left = tuple(here - due for here, due in zip(held, owed, strict=True))
        return ExactRun(ahead=tuple(ahead), steps=tuple(steps), loans=loans, left=left)

    def _amount(self, at: int, held: int, owed: int, corrections: Mapping[int, int]) -> int:
        draft = self._script.drafts[at]
        if draft.token_in in self._shape.lent:
            return draft.size + corrections[at]
        return held - owed if at in self._takers else min(draft.size + corrections[at], held)

    def _swap(self, draft: Draft, amount: int, held: int) -> Swap | None:
        """Return the swap of `amount`, or of as much as the pool takes; None of nothing."""
        asked, key, pool = self._script.asked, id(draft.pool), draft.pool
        if key in self._moved:
            pool = asked.after(*self._moved[key])
        received = asked.amount_out(pool, draft.i, draft.j, Raw(amount))
        if received <= 0 < amount:
            amount = min(amount, pool.max_in(draft.i, draft.j))
            received = asked.amount_out(pool, draft.i, draft.j, Raw(amount))
        if received <= 0:
            return None
        if key in self._shared:
            self._moved[key] = (pool, draft.i, draft.j, Raw(amount))
        return Swap(draft=draft, paid=Raw(amount), received=received, held=held)
