"""What the strategy is tuned by; a new version is swapped in at a block boundary."""

from collections.abc import Iterable

import msgspec

from bot.domain.plans import Leg, Loan
from bot.domain.units import BPS, Bps, Raw, Wei
from bot.domain.venues import Venue
from bot.market.lenders import GAS_OF_LENDER
from bot.strategy.tip_way import GAS_OF_PAYMENT, GAS_OF_SWAP, TipWay

# Parts of a whole transaction's gas, for choosing; the node's simulation has the last word. Fitted
# to fifty plans of two to ten swaps on the local mainnet, and to the routes of docs/gas.md: half of
# them within 9 %, the worst 26 % dear, 3 % cheap. Metapools, the DAI/USDS converter, GHO's modules
# and vaults are stand-ins there: guesses on the dear side.
_GAS_OF_VENUE = {
    Venue.CURVE: 115_000,
    Venue.UNISWAP_V2: 62_000,
    Venue.UNISWAP_V3: 68_000,
    Venue.LITE_PSM: 75_000,
    Venue.UNISWAP_V4: 50_000,
    Venue.CURVE_UNDERLYING: 350_000,
    Venue.CURVE_RECEIVED: 105_000,
    Venue.BALANCER_V2: 100_000,
    Venue.BALANCER_V2_BATCH: 190_000,
    Venue.MAKER_PSM: 100_000,
    Venue.DAI_USDS: 90_000,
    Venue.GHO_GSM: 130_000,
    Venue.ERC4626: 110_000,
}
_GAS_OF_FLASH_SWAP = 6_000  # above the same swap paid at once
_GAS_OF_TRANSACTION = 50_000  # intrinsic cost, calldata, profit transfer
_GAS_OF_PROGRAM = 30_000  # what is held is counted by token
GAS_OF_TIP = GAS_OF_SWAP + GAS_OF_PAYMENT  # where the executor pays it


class StrategyParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits and preferences of the atomic engine."""

    version: int = 1
    max_legs: int = 3  # of a single round trip
    max_pools: int = 40  # of a program; 40 of the dearest still fit into one transaction
    candidates: int = 6  # round trips that are priced beside the program
    tip_share_bps: Bps = Bps(1_000)  # of the profit after base fee, paid to the block's builder
    tip_way: TipWay = TipWay.CHEAPER
    max_tip_wei: Wei = Wei(2 * 10**18)
    min_net_profit: Raw = Raw(1 * 10**6)  # base units of USDC, after gas and tip

    def __post_init__(self) -> None:
        if not 2 <= self.max_legs <= 5:
            raise ValueError(f"max_legs is {self.max_legs}, must be 2 to 5")
        if not 2 <= self.max_pools <= 40:
            raise ValueError(f"max_pools is {self.max_pools}, must be 2 to 40")
        if not 0 <= self.tip_share_bps < BPS:
            raise ValueError(f"tip_share_bps is {self.tip_share_bps}, must be 0 to {BPS - 1}")
        if self.candidates < 1 or self.max_tip_wei < 0 or self.min_net_profit < 0:
            raise ValueError("candidates, max_tip_wei and min_net_profit must not be negative")


def gas_of_venue(venue: Venue) -> int:
    """Return gas of one swap."""
    return _GAS_OF_VENUE[venue]


def estimated_gas(
    legs: Iterable[Leg], loans: Iterable[Loan] = (), *, program: bool = False, tip: bool = False
) -> int:
    """Return gas of a whole transaction of these swaps and loans; a program joins or splits.

    With a `tip` the executor pays it.
    """
    gas = _GAS_OF_TRANSACTION + program * _GAS_OF_PROGRAM + tip * GAS_OF_TIP
    gas += sum(_GAS_OF_VENUE[leg.pool.venue] for leg in legs)
    for loan in loans:
        if loan.is_swap and loan.pool is not None:
            gas += _GAS_OF_VENUE[loan.pool.venue] + _GAS_OF_FLASH_SWAP
        else:
            gas += GAS_OF_LENDER[loan.lender]
    return gas
