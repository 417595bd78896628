"""Two ways to pay who builds the block: a priority fee, or ether from the executor.

The executor pays after everything else, out of the profit: a run that reverts pays nothing. That
takes gas. A priority fee takes none, and is paid by a run that reverts in a block too. So it
depends on how often ours do: bundles that revert are left out, private transactions need not be.
"""

from enum import Enum

from bot.domain.units import BPS, Bps, Wei

GAS_OF_SWAP, GAS_OF_PAYMENT = 85_000, 25_000  # to WETH in a Uniswap pool; ether out, and paid


class TipWay(Enum):
    """How tips are paid; `tip_way` of section `[strategy]`."""

    PRIORITY = "priority fee"
    EXECUTOR = "executor"  # where it can: of plans in USDC
    CHEAPER = "cheaper"  # of both, by how often runs of ours reverted


def is_executor_cheaper(tip: Wei, base_fee: Wei, reverted: Bps) -> bool:
    """Return whether the executor's payment costs less than the same tip as a priority fee.

    `reverted` is the part of our runs in blocks that reverted. One that ends below its least profit
    has burned all of its gas, at the priority fee: the whole tip is lost. The executor's payment
    burns more gas in every run, at the base fee.
    """
    return reverted * tip > (GAS_OF_SWAP + GAS_OF_PAYMENT) * base_fee * BPS
