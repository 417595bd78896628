"""A plan: one loan, its legs, and what must be left at the end."""

import msgspec

from bot.domain.assets import Token
from bot.domain.units import Raw
from bot.domain.venues import Lender, PoolSpec


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One swap; the amounts are predictions, the executor chains on measured balances."""

    pool: PoolSpec
    coin_in: int  # position in pool.tokens
    coin_out: int
    amount_in: Raw
    amount_out: Raw

    @property
    def token_in(self) -> Token:
        """The token paid in."""
        return self.pool.tokens[self.coin_in]

    @property
    def token_out(self) -> Token:
        """The token received."""
        return self.pool.tokens[self.coin_out]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A closed round trip in `token`, predicted on the state of `block`."""

    block: int
    lender: Lender
    token: Token
    loan: Raw
    fee: Raw  # what the lender asks on top of the loan
    legs: tuple[Leg, ...]
    profit: Raw  # last leg's output less loan and fee, before gas
    min_profit: Raw  # the executor reverts below this
    max_block: int  # the executor reverts after this block

    def __post_init__(self) -> None:
        if not self.legs or self.loan <= 0 or self.fee < 0:
            raise ValueError(f"empty plan: {len(self.legs)} legs, loan {self.loan}")
        if self.legs[0].token_in != self.token or self.legs[-1].token_out != self.token:
            raise ValueError("legs do not start and end in the loan token")
        if any(a.token_out != b.token_in for a, b in zip(self.legs, self.legs[1:], strict=False)):
            raise ValueError("legs do not chain")

    @property
    def route(self) -> str:
        """The tokens and pools in order, for people."""
        hops = "".join(f" -[{leg.pool.name}]-> {leg.token_out.symbol}" for leg in self.legs)
        return self.token.symbol + hops
