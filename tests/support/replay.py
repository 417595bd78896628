"""The executor's Push mode in a few lines: what is held, as `PushProgram.sol` counts it."""

from collections.abc import Mapping, Sequence

from bot.amm.pool import Pool
from bot.domain.assets import Token
from bot.domain.plans import AmountMode, Leg, Loan
from bot.domain.units import BPS, Raw
from bot.domain.venues import PoolSpec


def replay(
    pools: Mapping[PoolSpec, Pool], loans: Sequence[Loan], legs: Sequence[Leg]
) -> dict[Token, int]:
    """Return what is left of every token once all loans are repaid.

    Pools used more than once must know their state after a swap.
    """
    states, held = dict(pools), dict[Token, int]()

    def swap(spec: PoolSpec, i: int, j: int, amount: int) -> Raw:
        received = states[spec].amount_out(i, j, Raw(amount))
        assert received > 0, f"{spec.name} pays nothing for {amount}"
        if hasattr(states[spec], "after"):
            states[spec] = states[spec].after(i, j, Raw(amount))
        else:
            del states[spec]  # nobody knows what it is now
        return received

    for loan in loans:
        brought = loan.amount
        if loan.is_swap:
            assert loan.pool is not None
            i = loan.pool.tokens.index(loan.token)
            brought = swap(loan.pool, i, 1 - i, loan.amount)
            assert brought == loan.pays
        held[loan.received] = held.get(loan.received, 0) + brought
    for leg in legs:
        there = held.get(leg.token_in, 0)
        paid = {
            AmountMode.EXACT: leg.amount_in,
            AmountMode.SHARE: there * leg.share // BPS,
            AmountMode.ALL: there,
        }[leg.takes]
        assert paid == leg.amount_in
        assert 0 < paid <= there, f"{leg.pool.name} wants {paid} of {there}"
        received = swap(leg.pool, leg.coin_in, leg.coin_out, paid)
        assert received == leg.amount_out
        held[leg.token_in] = there - paid
        held[leg.token_out] = held.get(leg.token_out, 0) + received
    for loan in loans:
        held[loan.token] = held.get(loan.token, 0) - loan.amount - loan.fee
    assert min(held.values()) >= 0, held
    return held
