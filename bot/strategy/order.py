"""The order of a program's swaps: each runs once its token is all there, or advanced."""

from collections.abc import Iterator, Sequence

import msgspec

from bot.strategy.advances import Arc, arcs_of, choices_of, ranked
from bot.strategy.drafts import Draft


class Shape(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One way to run the swaps; everything by place."""

    ahead: tuple[int, ...]  # flash swaps: they pay before the first step and are paid at the end
    order: tuple[int, ...]  # the others
    lent: tuple[int, ...]  # tokens


def shapes_of(
    drafts: Sequence[Draft], numeraire: int, absorbing: frozenset[int]
) -> Iterator[Shape]:
    """Yield ways to run `drafts`, cheapest first; none that advances more than it must.

    Of the swaps out of one token those in `absorbing` come last: they take what is left.
    """
    arcs = arcs_of(drafts)
    for lent, ahead in choices_of(arcs, numeraire):
        yield _shape(drafts, arcs, lent, ahead, absorbing)


def _shape(
    drafts: Sequence[Draft],
    arcs: Sequence[Arc],
    lent: frozenset[int],
    ahead: frozenset[int],
    absorbing: frozenset[int],
) -> Shape:
    """Run swaps out of lent tokens just before what they pay for is needed, the rest by rank."""
    ranks, _ = ranked(arcs, lent, ahead)
    end = len(ranks)

    def when(at: int) -> tuple[int, bool, bool]:
        paid, received = drafts[at].token_in, drafts[at].token_out
        return (
            ranks.get(received if paid in lent else paid, end),
            paid not in lent,
            at in absorbing,
        )

    return Shape(
        ahead=tuple(sorted(ahead)),
        order=tuple(sorted((at for at in range(len(drafts)) if at not in ahead), key=when)),
        lent=tuple(sorted(lent)),
    )
