"""Flash lenders at one block: how much, for what fee, and beside which pools of a plan."""

from collections.abc import Collection, Iterable, Iterator
from enum import Enum

import msgspec

from bot.domain.assets import Token
from bot.domain.plans import Loan
from bot.domain.units import BPS, PIPS, WAD, Address, Bps, Pips, Raw, Wad, mul_div_up
from bot.domain.venues import BALANCER_VAULT, Lender, PoolSpec, Venue

# Gas of a whole transaction above the same swaps without a loan, for choosing: the middle of loans
# of USDC, USDT and DAI on the local mainnet, which differ by up to 10,000.
GAS_OF_LENDER = {
    Lender.UNISWAP_V4: 22_000,
    Lender.BALANCER_V3: 31_000,
    Lender.BALANCER_V2: 33_000,
    Lender.MORPHO: 35_000,
    Lender.UNISWAP_V3: 55_000,
    Lender.ERC3156: 70_000,
    Lender.AAVE_V3: 118_000,
}
_CLOSED_WHILE_LENDING = (Lender.BALANCER_V2, Lender.UNISWAP_V3, Lender.ERC3156)
_BALANCER = (Venue.BALANCER_V2, Venue.BALANCER_V2_BATCH)


class Rounding(Enum):
    """What a lender does with a fraction of a base unit."""

    DOWN = "down"
    HALF_UP = "half up"
    UP = "up"


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A fee in proportion to the loan."""

    rate: int
    scale: int = BPS  # of which `rate` is a part
    rounding: Rounding = Rounding.UP

    def of(self, loan: Raw) -> Raw:
        """Return the fee of `loan`, exactly as the lender computes it."""
        if self.rounding is Rounding.UP:
            return Raw(mul_div_up(loan, self.rate, self.scale))
        half = self.scale // 2 if self.rounding is Rounding.HALF_UP else 0
        return Raw((loan * self.rate + half) // self.scale)


FREE = Charge(rate=0)


def bps_half_up(rate: Bps) -> Charge:
    """Return what Aave's `percentMul` makes of a rate: V3 before 3.5, and GHO's flash minter."""
    return Charge(rate=rate, rounding=Rounding.HALF_UP)


def bps_up(rate: Bps) -> Charge:
    """Return what Aave's `percentMulCeil` makes of a rate: V3 from 3.5 on."""
    return Charge(rate=rate, rounding=Rounding.UP)


def wad_up(rate: Wad) -> Charge:
    """Return what Balancer V2's `mulUp` makes of a percentage."""
    return Charge(rate=rate, scale=WAD, rounding=Rounding.UP)


def pips_up(rate: Pips) -> Charge:
    """Return what `flash` of a Uniswap V3 pool makes of the pool's fee."""
    return Charge(rate=rate, scale=PIPS, rounding=Rounding.UP)


class LenderState(msgspec.Struct, frozen=True, kw_only=True):
    """What one lender offers in one token."""

    lender: Lender
    token: Token
    available: Raw  # zero where it is paused or switched off
    charge: Charge = FREE
    pool: PoolSpec | None = None  # Uniswap V3's, whose `flash` it is
    target: Address | None = None  # of an ERC-3156 lender
    takes_back: bool = False  # as in `Loan`

    def fee(self, loan: Raw) -> Raw:
        """Return what must be repaid on top of `loan`, exactly as the lender computes it."""
        return self.charge.of(loan)

    def loan(self, amount: Raw) -> Loan:
        """Return the loan of `amount`, fee included.

        Raises:
            ValueError: not more than zero, or more than there is.
        """
        if not 0 < amount <= self.available:
            raise ValueError(f"{self.lender.name} has {self.available}, asked for {amount}")
        return Loan(
            lender=self.lender,
            token=self.token,
            amount=amount,
            fee=self.fee(amount),
            pool=self.pool,
            target=self.target,
            takes_back=self.takes_back,
        )

    def is_source_of(self, loan: Loan) -> bool:
        """Return whether `loan` comes from the same contract."""
        where = (self.lender, self.pool, self.target)
        return where == (loan.lender, loan.pool, loan.target)


def may_lend(
    state: LenderState, amount: Raw, pools: Collection[PoolSpec], taken: Collection[Loan] = ()
) -> bool:
    """Return whether `state` can lend `amount` while a plan runs through `pools`.

    Three rules. A lender that is locked during its own loan must not be met again: the vault of
    Balancer V2 refuses swaps, a V3 pool refuses to swap while it is flashed, and neither they nor
    an ERC-3156 lender lend twice at a time. What `taken` holds of the same contract and token is
    gone. The manager of Uniswap V4 pays its pools' swaps out of what it lends: beside a V4 pool of
    the token it lends up to half, so that the other half pays for the swaps.
    """
    ours = [loan for loan in taken if state.is_source_of(loan)]
    if state.lender in _CLOSED_WHILE_LENDING and (ours or _is_met(state, pools)):
        return False
    left = state.available - sum(loan.amount for loan in ours if loan.token == state.token)
    if state.lender is Lender.UNISWAP_V4 and any(
        pool.venue is Venue.UNISWAP_V4 and state.token in pool.tokens for pool in pools
    ):
        left //= 2
    return 0 < amount <= left


def feasible(
    states: Iterable[LenderState],
    token: Token,
    amount: Raw,
    pools: Collection[PoolSpec],
    taken: Collection[Loan] = (),
) -> Iterator[LenderState]:
    """Yield who can lend `amount` of `token` to a plan through `pools` that has loans `taken`."""
    return (
        state for state in states if state.token == token and may_lend(state, amount, pools, taken)
    )


def cheapest(
    states: Iterable[LenderState],
    token: Token,
    amount: Raw,
    pools: Collection[PoolSpec],
    taken: Collection[Loan] = (),
) -> LenderState | None:
    """Return the feasible lender with the lowest fee, of equal ones that with the least gas.

    None where nobody can lend that much. Where gas matters more than fees, price both for each of
    `feasible` with `GAS_OF_LENDER`.
    """
    return min(
        feasible(states, token, amount, pools, taken),
        key=lambda state: (state.fee(amount), GAS_OF_LENDER[state.lender]),
        default=None,
    )


def _is_met(state: LenderState, pools: Collection[PoolSpec]) -> bool:
    if state.lender is Lender.BALANCER_V2:
        return any(pool.venue in _BALANCER or pool.address == BALANCER_VAULT for pool in pools)
    return state.pool is not None and any(pool.address == state.pool.address for pool in pools)
