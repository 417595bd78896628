"""What the base fee can be some blocks from now, and what it is expected to be.

The next block's is known; from there each block moves it by an eighth at most. What is signed for
several blocks is priced at the highest, so that it neither falls out of them nor costs more than
it said.

Source: EIP-1559, function `validate_block`: elasticity 2, denominator 8.
"""

from collections.abc import Sequence

import msgspec

from bot.domain.units import Wei

_DENOMINATOR = 8
_TARGET = 0.5  # of the gas limit
_HALVES = 0.5  # what is left, a block later, of how far demand is from the target


class BaseFees(msgspec.Struct, frozen=True, kw_only=True):
    """Of one block, `blocks` after the head."""

    blocks: int
    lowest: Wei
    expected: Wei
    highest: Wei


def base_fees(next_base_fee: Wei, blocks: int, used: Sequence[float] = ()) -> BaseFees:
    """Return the range of the base fee in the block that is `blocks` after the head.

    `used` are parts of the gas limit that the last blocks used, oldest first: the expectation
    begins at their mean and comes back to the target, as a rising fee drives demand away.

    Raises:
        ValueError: fewer than one block.
    """
    if blocks < 1:
        raise ValueError(f"blocks is {blocks}, must be at least 1: the head's own fee is known")
    lowest, highest, expected = int(next_base_fee), int(next_base_fee), float(next_base_fee)
    excess = sum(used) / len(used) - _TARGET if used else 0.0
    for _ in range(blocks - 1):
        lowest -= lowest // _DENOMINATOR
        highest += max(highest // _DENOMINATOR, 1)
        excess *= _HALVES
        expected *= 1 + excess / _TARGET / _DENOMINATOR
    return BaseFees(
        blocks=blocks,
        lowest=Wei(lowest),
        expected=Wei(min(max(round(expected), lowest), highest)),
        highest=Wei(highest),
    )
