"""What the strategy is tuned by; a new version is swapped in at a block boundary."""

import msgspec

from bot.domain.units import BPS, Bps, Raw, Wei
from bot.domain.venues import Lender, Venue
from bot.market.lenders import GAS_OF_LENDER

# Parts of a whole transaction's gas, for choosing; the node's simulation has the last word. Fitted
# to every cycle of the local mainnet's pools after seven shocks: off by at most a tenth there.
_GAS_OF_VENUE = {
    Venue.CURVE: 125_000,
    Venue.UNISWAP_V2: 70_000,
    Venue.UNISWAP_V3: 80_000,
    Venue.LITE_PSM: 105_000,
}
_GAS_OF_TRANSACTION = 55_000  # intrinsic cost, calldata, profit transfer


class StrategyParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits and preferences of the atomic engine."""

    version: int = 1
    max_legs: int = 3
    candidates: int = 6  # cycles that are tried with every lender
    tip_share_bps: Bps = Bps(1_000)  # of the profit after base fee, paid as priority fee
    max_tip_wei: Wei = Wei(2 * 10**18)
    min_net_profit: Raw = Raw(1 * 10**6)  # base units of USDC, after gas and tip

    def __post_init__(self) -> None:
        if not 2 <= self.max_legs <= 5:
            raise ValueError(f"max_legs is {self.max_legs}, must be 2 to 5")
        if not 0 <= self.tip_share_bps < BPS:
            raise ValueError(f"tip_share_bps is {self.tip_share_bps}, must be 0 to {BPS - 1}")
        if self.candidates < 1 or self.max_tip_wei < 0 or self.min_net_profit < 0:
            raise ValueError("candidates, max_tip_wei and min_net_profit must not be negative")


def estimated_gas(venues: tuple[Venue, ...], lender: Lender | None) -> int:
    """Return gas of a whole transaction through `venues`, on a loan where there is a lender."""
    legs = sum(_GAS_OF_VENUE[venue] for venue in venues)
    return _GAS_OF_TRANSACTION + legs + (GAS_OF_LENDER[lender] if lender is not None else 0)
