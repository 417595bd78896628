"""Transactions of the operator that are on chain and in no journal: its rows were lost."""

import msgspec

from bot.domain.assets import Token
from bot.domain.units import Raw

LOOK_BACK_BLOCKS = 7_200  # a day: how far from the head a journal that knows nothing looks


class PlanOnChain(msgspec.Struct, frozen=True, kw_only=True):
    """All that a transaction's own calldata says of the plan it ran; the route is not told."""

    token: Token
    block: int  # the one before the last in which it may run
    min_profit: Raw


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a plan, succeeded or not."""

    transaction_hash: str
    nonce: int
    block: int  # that it is in
    plan: PlanOnChain

    @property
    def target_block(self) -> int:
        """The block that it was made for, as far as that can be told."""
        return min(self.plan.block + 1, self.block)


class ForeignUse(msgspec.Struct, frozen=True):
    """A transaction of the operator's key that ran no plan of ours: somebody's own use of it."""

    transaction_hash: str
    nonce: int
    block: int
    block_hash: str
    why: str
