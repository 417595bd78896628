"""Curve's generations of StableSwap contracts: one curve, different rounding."""

from enum import Enum

import msgspec

from bot.domain.units import Address
from bot.domain.venues import CURVE_SUSD, PoolSpec


class Rounding(msgspec.Struct, frozen=True, kw_only=True):
    """Where one contract rounds differently from another.

    Source: curvefi/curve-contract, curve-factory, curve-stablecoin and stableswap-ng, the functions
    `get_D`, `get_dy` and `exchange`.
    """

    divisor_pad: int = 0  # what `get_D` adds to its divisors, against division by zero
    together: bool = False  # `get_D` divides by n^n once, not by n at every coin
    kept_back: int = 1  # units, scaled to 18 decimals, that stay of every payment
    view_fee_in_units: bool = False  # `get_dy` takes the fee after rounding to base units
    keeps_prices: bool = False  # `exchange` works out prices for an oracle, and reverts with them
    must_settle: bool = True  # a loop that has not ended after 255 rounds reverts
    books_are_scaled: bool = (
        False  # `exchange` writes the paid coin's balance back from 18 decimals
    )


class Generation(Enum):
    """Contracts that share the curve and differ in rounding."""

    SUSD = Rounding(  # DAI/USDC/USDT/sUSD, Vyper 0.1.0b16
        divisor_pad=1, kept_back=0, view_fee_in_units=True, books_are_scaled=True, must_settle=False
    )
    THREE_POOL = Rounding(view_fee_in_units=True, must_settle=False)  # Vyper 0.2.4
    STETH = Rounding(divisor_pad=1)  # ETH/stETH
    TEMPLATE = Rounding()  # pools of 2020 and 2021, and the factory's basic ones
    OPTIMISED = Rounding(together=True)  # the factory's, for coins of 18 decimals
    WITH_PRICES = Rounding(together=True, keeps_prices=True)  # crvUSD's pools, and StableSwap-NG

    @property
    def rounding(self) -> Rounding:
        """Return how the contract rounds."""
        return self.value


_BY_ADDRESS: dict[Address, Generation] = {
    CURVE_SUSD.address: Generation.SUSD,
    Address("0xDC24316b9AE028F1497c275EB9192a3Ea0f67022"): Generation.STETH,
    Address("0x4DEcE678ceceb27446b35C672dC7d61F30bAD69E"): Generation.WITH_PRICES,  # crvUSD/USDC
    Address("0x390f3595bCa2Df7d23783dFd126427CCeb997BF4"): Generation.WITH_PRICES,  # crvUSD/USDT
}


def generation_of(spec: PoolSpec, amplification_precision: int = 1) -> Generation:
    """Return which rounding the contract at `spec.address` has.

    One that is not listed is told by the digits of its A: none in 2020's first pools.
    """
    known = _BY_ADDRESS.get(spec.address)
    if known:
        return known
    return Generation.THREE_POOL if amplification_precision == 1 else Generation.TEMPLATE
