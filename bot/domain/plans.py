"""A plan: who advances what, the swaps in their order, and what must be left at the end."""

from enum import IntEnum
from itertools import pairwise

import msgspec

from bot.domain.assets import USDC, Token
from bot.domain.units import BPS, Address, Bps, Raw, Wei
from bot.domain.venues import Lender, PoolSpec, Venue


class Mode(IntEnum):
    """How a plan is run; values match `IDepegExecutor.Mode`."""

    PULL = 0  # the last pool pays first, each earlier leg pays the one after it
    PULL_LEDGER = 1  # the same inside Uniswap V4's `unlock`
    PUSH = 2  # loans, then steps in their order, then the loans are repaid


class AmountMode(IntEnum):
    """How much a step of a Push plan takes; values match `IDepegExecutor.AmountMode`."""

    EXACT = 0
    SHARE = 1  # of what is held of its input, in basis points
    ALL = 2


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One swap with its predicted amounts."""

    pool: PoolSpec
    coin_in: int  # position in pool.tokens
    coin_out: int
    amount_in: Raw
    amount_out: Raw
    takes: AmountMode = AmountMode.EXACT
    share: Bps = Bps(0)  # where it takes one

    @property
    def token_in(self) -> Token:
        """The token paid in."""
        return self.pool.tokens[self.coin_in]

    @property
    def token_out(self) -> Token:
        """The token received."""
        return self.pool.tokens[self.coin_out]


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """A flash loan of `amount`, or a flash swap that is owed `amount` of `token` at the end."""

    lender: Lender
    token: Token
    amount: Raw
    fee: Raw = Raw(0)  # on top of the amount
    pool: PoolSpec | None = None  # of Uniswap, where that is the lender
    target: Address | None = None  # of an ERC-3156 lender
    takes_back: bool = False  # whether the ERC-3156 lender wants to be paid, not allowed
    pays: Raw = Raw(0)  # of `received`, predicted; of flash swaps only

    @property
    def is_swap(self) -> bool:
        """Whether a pool of the route pays first: no lender."""
        return self.lender in FLASH_SWAPS

    @property
    def swap(self) -> Leg | None:
        """What a flash swap does in its pool; None of lenders."""
        if self.pool is None or not self.is_swap:
            return None
        i = self.pool.tokens.index(self.token)
        return Leg(
            pool=self.pool,
            coin_in=i,
            coin_out=1 - i,
            amount_in=self.amount,
            amount_out=self.pays,
        )

    @property
    def received(self) -> Token:
        """The token that the loan brings: of flash swaps, the pool's other one."""
        if self.pool is None or not self.is_swap:
            return self.token
        first, second = self.pool.tokens
        return second if self.token == first else first


FLASH_SWAPS = (Lender.UNISWAP_V3_SWAP, Lender.UNISWAP_V2_SWAP)
UNISWAP = (Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """The builder's share of the realised profit, and the swaps that turn it into WETH."""

    share: Bps
    cap: Wei
    legs: tuple[Leg, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.share <= BPS:
            raise ValueError(f"tip share is {self.share} bps, must be 1 to {BPS}")


_WIDE = 1e-4  # gap of a search that went wrong
_KEPT = 1_000  # of the bound: a tenth of a per cent


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """How much better than a plan anything on its block could have been, before gas.

    Amounts are base units of USDC, rounded against the plan.
    """

    bound: Raw  # no set of swaps on the block's pools earns more
    worth: int  # what the plan earns
    net_bound: Raw | None = None  # likewise after the base fee's gas of every pool used
    search_gap: float = 0.0  # part of the bound that the search itself did not reach
    cold: bool = False  # it had to start afresh

    @property
    def gap(self) -> float:
        """Part of the bound that the plan leaves; the gas of more pools would eat most of it."""
        return max(self.bound - self.worth, 0) / max(self.bound, 1)

    @property
    def is_doubtful(self) -> bool:
        """Whether the search went wrong, or its pictures of pools are.

        Fees that a pool keeps between two swaps of one plan make it worth a little more than the
        bound, never much.
        """
        kept = max(self.bound // _KEPT, 10**USDC.decimals)
        return self.cold or self.search_gap > _WIDE or self.worth > self.bound + kept


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A run that starts and ends with nothing and leaves profit in `token`."""

    block: int  # whose state the amounts were predicted on
    mode: Mode
    token: Token
    legs: tuple[Leg, ...]
    loans: tuple[Loan, ...] = ()  # taken in this order before the first leg; Push only
    profit: Raw  # what reaches the treasury, before gas
    min_profit: Raw  # the executor reverts below this
    max_block: int  # the executor reverts after this block
    parent_hash: str = ""  # of the block it must follow; empty for any
    tip: Tip | None = None
    certificate: Certificate | None = None  # where the whole market was searched

    def __post_init__(self) -> None:
        if not self.legs or any(leg.amount_in <= 0 for leg in self.legs):
            raise ValueError(f"empty plan: {len(self.legs)} legs")
        if (self.mode is Mode.PUSH) != bool(self.loans):
            raise ValueError(f"{len(self.loans)} loans in a plan of mode {self.mode.name}")
        if self.mode is Mode.PUSH:
            _check_program(self)
        else:
            _check_route(self)

    @property
    def stake(self) -> Raw:
        """What the plan puts at work of its token: the loans of it, or what its swaps take."""
        lent = sum(loan.amount for loan in self.loans if loan.token == self.token)
        spent = sum(leg.amount_in for leg in self.swaps if leg.token_in == self.token)
        return Raw(lent or spent)

    @property
    def fee(self) -> Raw:
        """What lenders ask in the plan's token on top of their loans."""
        return Raw(sum(loan.fee for loan in self.loans if loan.token == self.token))

    @property
    def funding(self) -> str:
        """Who advances the stake, for people and logs."""
        pools = [loan.pool.name for loan in self.loans if loan.is_swap and loan.pool is not None]
        if not self.loans:
            pools = [self.legs[-1].pool.name]
        lenders = [loan.lender.name.lower() for loan in self.loans if not loan.is_swap]
        return " and ".join([*lenders, *(f"the {name} pool itself" for name in pools)])

    @property
    def route(self) -> str:
        """The tokens and pools in order, for people."""
        text, held = "", None
        for leg in self.swaps:
            paid = leg.token_in
            joint = "" if paid == held else f"{', ' if text else ''}{paid.symbol}"
            text += f"{joint} -[{leg.pool.name}]-> {leg.token_out.symbol}"
            held = leg.token_out
        return text

    @property
    def swaps(self) -> tuple[Leg, ...]:
        """Every swap in the order in which pools pay out, flash swaps included."""
        ahead = (loan.swap for loan in self.loans)
        return (*(leg for leg in ahead if leg is not None), *self.legs)


def _check_route(plan: Plan) -> None:
    legs = plan.legs
    if legs[0].token_in != plan.token or legs[-1].token_out != plan.token:
        raise ValueError("legs do not start and end in the plan's token")
    if any(a.token_out != b.token_in for a, b in pairwise(legs)):
        raise ValueError("legs do not chain")
    if legs[-1].pool.venue not in UNISWAP:
        raise ValueError(f"{legs[-1].pool.name} cannot pay before it is paid")
    in_ledger = any(leg.pool.venue is Venue.UNISWAP_V4 for leg in legs)
    if in_ledger != (plan.mode is Mode.PULL_LEDGER):
        raise ValueError(f"mode {plan.mode.name} with {'a' if in_ledger else 'no'} V4 leg")


def _check_program(plan: Plan) -> None:
    held = {loan.received for loan in plan.loans}
    for leg in plan.legs:
        if leg.token_in not in held:
            raise ValueError(f"nothing is held of {leg.token_in.symbol} for {leg.pool.name}")
        held.add(leg.token_out)
    owed = {loan.token for loan in plan.loans}
    if not {plan.token, *owed} <= held:
        raise ValueError("the steps do not make what is owed and earned")
