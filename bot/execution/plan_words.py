"""A plan as the 32-byte words that the executor reads.

The manual is `contracts/interfaces/IDepegExecutor.sol`; `tests/golden/calldata` joins the two.
"""

from collections.abc import Iterator

from bot.domain.adoptions import PlanOnChain
from bot.domain.assets import Token
from bot.domain.executor_lists import ExecutorLists
from bot.domain.plans import AmountMode, Leg, Loan, Plan, Tip
from bot.domain.units import Raw
from bot.domain.venues import Lender, PoolSpec, Venue

_LOAN = 128
_A, _B, _C = 24, 32, 40  # x, y, z: the bytes of `a`
_TICK_SPACING, _AMOUNT_MODE, _AMOUNT = 48, 72, 128
_WORD_BYTES, _LOW_64, _LOW_32, _LOW_24 = 32, 2**64 - 1, 2**32 - 1, 2**24 - 1
_CURVE = (Venue.CURVE, Venue.CURVE_UNDERLYING, Venue.CURVE_RECEIVED)


def plan_words(plan: Plan, lists: ExecutorLists) -> bytes:
    """Return what stands after the selector of `execute`.

    Raises:
        BadConfiguration: a token or a target is not on the executor's lists.
    """
    tip = [] if plan.tip is None else list(_tip(plan.tip, lists))
    words = [
        _head(plan, lists, len(tip)),
        *(_loan(loan, lists) for loan in plan.loans),
        *(_step(leg, lists) for leg in plan.legs),
        *tip,
    ]
    return b"".join(word.to_bytes(_WORD_BYTES, "big") for word in words)


def read_head(words: bytes, lists: ExecutorLists) -> PlanOnChain | None:
    """Return what a plan's first word says; None where it is no head of these lists."""
    head = int.from_bytes(words[:_WORD_BYTES], "big")
    token = head >> 8 & 0xFF
    if len(words) < _WORD_BYTES or len(words) % _WORD_BYTES or token >= len(lists.tokens):
        return None
    return PlanOnChain(
        token=lists.tokens[token],
        block=(head >> 32 & _LOW_32) - 1,
        min_profit=Raw(head >> _AMOUNT),
    )


def _head(plan: Plan, lists: ExecutorLists, tip_words: int) -> int:
    parent = int(plan.parent_hash, 16) & _LOW_64 if plan.parent_hash else 0
    return (
        plan.mode
        | lists.token_index(plan.token) << 8
        | tip_words << 16
        | plan.max_block << 32
        | parent << 64
        | _checked(plan.min_profit) << _AMOUNT
    )


def _step(leg: Leg, lists: ExecutorLists) -> int:
    amount = {
        AmountMode.EXACT: leg.amount_in,
        AmountMode.SHARE: leg.share,
        AmountMode.ALL: 0,
    }[leg.takes]
    return (
        leg.pool.venue
        | _tokens(leg.token_in, leg.token_out, lists)
        | _pool(leg, lists)
        | leg.takes << _AMOUNT_MODE
        | _checked(amount) << _AMOUNT
    )


def _loan(loan: Loan, lists: ExecutorLists) -> int:
    word = _LOAN | loan.lender | lists.token_index(loan.token) << 8
    word |= _checked(loan.amount) << _AMOUNT
    if loan.target is not None:
        word |= lists.target_index(loan.target) << _A | loan.takes_back << _B
    if loan.pool is not None:
        first, second = loan.pool.tokens
        other = second if loan.token == first else first
        word |= lists.token_index(other) << 16
        is_pair = loan.lender is Lender.UNISWAP_V2_SWAP
        word |= (loan.pool.factory if is_pair else loan.pool.fee) << _A
    return word


def _tip(tip: Tip, lists: ExecutorLists) -> Iterator[int]:
    yield tip.share | _checked(tip.cap) << _AMOUNT
    for leg in tip.legs:
        yield _step(leg, lists)


def _tokens(token_in: Token, token_out: Token, lists: ExecutorLists) -> int:
    return lists.token_index(token_in) << 8 | lists.token_index(token_out) << 16


def _pool(leg: Leg, lists: ExecutorLists) -> int:
    pool = leg.pool
    if pool.venue is Venue.UNISWAP_V2:
        return pool.factory << _A
    if pool.venue is Venue.UNISWAP_V3:
        return pool.fee << _A
    if pool.venue is Venue.UNISWAP_V4:
        return pool.fee << _A | (pool.tick_spacing & _LOW_24) << _TICK_SPACING
    if pool.venue is Venue.ERC4626:
        return leg.coin_in << _B
    if pool.venue in (Venue.BALANCER_V2, Venue.BALANCER_V2_BATCH):
        return _balancer(pool, lists)
    return _target(leg, lists)


def _balancer(pool: PoolSpec, lists: ExecutorLists) -> int:
    ids = [lists.target_index(pool_id) for pool_id in pool.pool_ids]
    if pool.between is None:
        return ids[0] << _A
    return ids[0] << _A | ids[1] << _B | lists.token_index(pool.between) << _C


def _target(leg: Leg, lists: ExecutorLists) -> int:
    word = lists.target_index(leg.pool.address) << _A
    if leg.pool.venue in _CURVE:
        return word | leg.coin_in << _B | leg.coin_out << _C
    word |= leg.coin_in << _B  # every rail lists the coin first that it takes in direction 0
    if leg.pool.puller is not None:
        word |= lists.target_index(leg.pool.puller) << _C
    return word


def _checked(amount: int) -> int:
    if not 0 <= amount < 2**128:
        raise ValueError(f"amount {amount} does not fit in 128 bits")
    return amount
