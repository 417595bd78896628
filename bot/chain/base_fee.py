"""EIP-1559: the base fee of the next block is known exactly from this one."""

from bot.domain.messages import Head
from bot.domain.units import Wei

_ELASTICITY = 2
_MAX_CHANGE_DENOMINATOR = 8


def next_base_fee(head: Head) -> Wei:
    """Return the base fee per gas of the child of `head`."""
    return base_fee_after(head.base_fee, head.gas_used, head.gas_limit)


def base_fee_after(base_fee: int, gas_used: int, gas_limit: int) -> Wei:
    """Return the base fee per gas of the child of a block that had these.

    Source: EIP-1559, function `validate_block`.
    """
    target = gas_limit // _ELASTICITY
    if gas_used == target:
        return Wei(base_fee)
    change = base_fee * abs(gas_used - target) // target // _MAX_CHANGE_DENOMINATOR
    if gas_used > target:
        return Wei(base_fee + max(change, 1))
    return Wei(base_fee - change)
