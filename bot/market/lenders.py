"""Flash lenders at one block: how much, and for what fee, to the base unit."""

import msgspec

from bot.domain.assets import Token
from bot.domain.units import BPS, WAD, Bps, Raw, Wad, mul_div_up
from bot.domain.venues import Lender


class LenderState(msgspec.Struct, frozen=True, kw_only=True):
    """What one lender offers in one token."""

    lender: Lender
    token: Token
    available: Raw
    fee_bps: Bps = Bps(0)  # Aave V3's premium
    fee_wad: Wad = Wad(0)  # Balancer V2's percentage

    def fee(self, loan: Raw) -> Raw:
        """Return what must be repaid on top of `loan`, exactly as the lender computes it.

        Source: Aave V3 `PercentageMath.percentMul` rounds half up; Balancer V2 `FixedPoint.mulUp`.
        """
        if self.lender is Lender.AAVE_V3:
            return Raw((loan * self.fee_bps + BPS // 2) // BPS)
        return Raw(mul_div_up(loan, self.fee_wad, WAD))
