"""Questions to pools that are asked again and again while one program is worked out.

Passes and shapes of a program differ in a few swaps: the others take what they took before.
"""

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.strategy.succession import successor

_Question = tuple[int, int, int, int]  # identity of the pool, coin in, coin out, amount


class Asked:
    """Answers so far. Pools are told apart by identity, so those asked must live as long."""

    def __init__(self) -> None:
        self._payments: dict[_Question, Raw] = {}
        self._successors: dict[_Question, Pool] = {}

    def amount_out(self, pool: Pool, i: int, j: int, amount: Raw) -> Raw:
        """Return what the pool pays; zero for nothing or less."""
        if amount <= 0:
            return Raw(0)
        question = (id(pool), i, j, amount)
        paid = self._payments.get(question)
        if paid is None:
            paid = self._payments[question] = pool.amount_out(i, j, amount)
        return paid

    def after(self, pool: Pool, i: int, j: int, amount: Raw) -> Pool:
        """Return the pool as that swap leaves it, which this keeps alive."""
        question = (id(pool), i, j, amount)
        left = self._successors.get(question)
        if left is None:
            left = self._successors[question] = successor(pool, i, j, amount)
        return left
