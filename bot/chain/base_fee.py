"""EIP-1559: the base fee of the next block is known exactly from this one."""

from bot.domain.messages import Head
from bot.domain.units import Wei

_ELASTICITY = 2
_MAX_CHANGE_DENOMINATOR = 8


def next_base_fee(head: Head) -> Wei:
    """Return the base fee per gas of the child of `head`.

    Source: EIP-1559, function `validate_block`.
    """
    target = head.gas_limit // _ELASTICITY
    if head.gas_used == target:
        return head.base_fee
    change = head.base_fee * abs(head.gas_used - target) // target // _MAX_CHANGE_DENOMINATOR
    if head.gas_used > target:
        return Wei(head.base_fee + max(change, 1))
    return Wei(head.base_fee - change)
