"""What is known of a depeg besides the price.

Prices say how far; they do not say whether it comes back. That is said by who takes the coin near
par now, by what stands behind it, by its supply and by what flows into pools.
"""

import math
from collections.abc import Sequence
from enum import Enum

import msgspec

from bot.domain.coins import Coin, Par
from bot.domain.ticks import Composition, Redemption
from bot.domain.units import BPS, WAD, Bps, Nanos, Wad

_NEAR_PAR_BPS = Bps(100)  # a rail that pays less is no floor
_LEAST_CAPACITY = Wad(100_000 * WAD)  # of the coin: one that takes less holds no price up


class RedemptionState(Enum):
    """Whether a holder gets par, or close to it, at some rail now."""

    OPEN = "open"
    PARTIAL = "pays less than par, or only some holders"
    SUSPENDED = "suspended"
    UNKNOWN = "not told"


class Rail(msgspec.Struct, frozen=True, kw_only=True):
    """One place that takes the coin in."""

    venue: str
    pays_in: str  # a fiat currency, or another coin
    worth: Wad  # par currency per 1.0 of the coin; 0 while suspended
    capacity: Wad | None = None  # of the coin; None: not told
    at: Nanos

    @property
    def is_open(self) -> bool:
        """Whether it pays anything at all."""
        return self.worth > 0 and self.capacity != 0


class PoolSignal(msgspec.Struct, frozen=True, kw_only=True):
    """How one pool leans."""

    venue: str
    share: float  # of the pool that is this coin, 0..1
    entropy: float  # of all shares: 1 balanced .. 0 one coin alone
    flow: float  # by how much the share grew in the last hour; above zero: the coin is sold
    alarm: bool  # its composition has just changed its ways, towards this coin


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known about one coin at `at`, besides the price."""

    coin: Coin
    at: Nanos
    rails: tuple[Rail, ...] = ()
    unheard: tuple[str, ...] = ()  # rails that were open, until their feed failed or fell silent
    supply_jump_bps: float | None = None  # latest jump that was not taken back; None: not told
    pools: tuple[PoolSignal, ...] = ()
    banks_closed: bool = False  # of the par currency
    hours_until_banks: int = 0
    hit_share: float | None = None  # of the supply, whose backing is lost; None: not known

    @property
    def redemption(self) -> RedemptionState:
        """What all rails together offer a holder."""
        return redemption_state(self.rails, self.coin.par)

    @property
    def flow_alarm(self) -> bool:
        """Whether any pool is being filled with the coin."""
        return any(pool.alarm for pool in self.pools)


def redemption_state(rails: Sequence[Rail], par: Par) -> RedemptionState:
    """Return the best of what the rails offer; none told is not the same as none open."""
    if not rails:
        return RedemptionState.UNKNOWN
    floor = par.low * (BPS - _NEAR_PAR_BPS) // BPS
    paying = [rail for rail in rails if rail.is_open]
    wide = (rail.capacity is None or rail.capacity >= _LEAST_CAPACITY for rail in paying)
    if any(rail.worth >= floor and takes for rail, takes in zip(paying, wide, strict=True)):
        return RedemptionState.OPEN
    return RedemptionState.PARTIAL if paying else RedemptionState.SUSPENDED


def rail_of(paid: Redemption, par: Par, price: Wad | None) -> Rail | None:
    """Return what a redemption is worth in the par currency.

    Args:
        paid: What the rail says.
        par: Of the coin that is handed in.
        price: Par currency per 1.0 of what the rail pays in; None where nobody knows it.

    Returns:
        The rail; None where what it pays has no known price. One that is shut needs none.
    """
    if not paid.is_open:
        worth = Wad(0)
    elif paid.currency == par.currency:
        worth = paid.value
    elif price is None:
        return None
    else:
        worth = Wad(paid.value * price // WAD)
    return Rail(
        venue=paid.venue, pays_in=paid.currency, worth=worth, capacity=paid.capacity, at=paid.at
    )


def share_of(pool: Composition, asset: str) -> float:
    """Return the part of a pool's coins that is `asset`, 0..1; 0 for an empty pool."""
    total = sum(pool.balances)
    held = sum(b for a, b in zip(pool.assets, pool.balances, strict=True) if a == asset)
    return held / total if total else 0.0


def entropy_of(pool: Composition) -> float:
    """Return Shannon's entropy of the shares over that of equal shares: 1 balanced, 0 one-sided.

    Source: the composition measure of arXiv 2306.10612, section 3, scaled to 0..1.
    """
    total = sum(pool.balances)
    if not total or len(pool.balances) < 2:
        return 0.0
    shares = [balance / total for balance in pool.balances if balance]
    return -sum(s * math.log(s) for s in shares) / math.log(len(pool.balances))
