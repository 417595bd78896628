"""All pools and lenders of one block, and what ETH costs in each token."""

from collections.abc import Iterator

import msgspec

from bot.amm.pool import Pool
from bot.domain.assets import USDC, WETH, Token
from bot.domain.units import Raw, Wei
from bot.domain.venues import PoolSpec
from bot.market.lenders import LenderState

_USDC_PROBE = Raw(1_000 * 10**6)  # a size that every pool worth routing through can take


class MarketBook(msgspec.Struct, frozen=True, kw_only=True):
    """One block's snapshot; nothing in it is newer or older than `block`."""

    chain_id: int
    block: int
    block_hash: str
    timestamp_s: int
    next_base_fee: Wei  # exact, of the block that a plan on this book targets
    pools: dict[PoolSpec, Pool]
    lenders: tuple[LenderState, ...]
    gas_pools: tuple[Pool, ...]  # of USDC and WETH, each with some of both; at least one

    def lenders_of(self, token: Token) -> Iterator[LenderState]:
        """Yield the lenders that have any of `token`."""
        return (state for state in self.lenders if state.token == token and state.available > 0)

    def cost_in(self, token: Token, amount: Wei) -> Raw:
        """Return the price of `amount` wei in `token`, rounded up and towards the dearer side.

        ETH is worth what the gas pool that pays most for it pays: who moves one of them down cannot
        make gas look cheap. USDC is turned into `token` at the best quote of any direct pool, so
        that of a token below USDC more is asked.
        """
        probe_wei = Raw(10**18)
        usdc_per_eth = max(
            pool.amount_out(*_positions(pool, WETH, USDC), probe_wei) for pool in self.gas_pools
        )
        in_usdc = -(-amount * usdc_per_eth // probe_wei)
        if token == USDC:
            return Raw(in_usdc)
        quotes = [
            pool.amount_out(*_positions(pool, USDC, token), _USDC_PROBE)
            for pool in self.pools.values()
            if USDC in pool.spec.tokens and token in pool.spec.tokens
        ]
        par = _USDC_PROBE * 10**token.decimals // 10**USDC.decimals
        return Raw(-(-in_usdc * max([par, *quotes]) // _USDC_PROBE))

    def in_usdc(self, token: Token, amount: int) -> int:
        """Return `amount` (may be negative) as base units of USDC, at the middle of the pools.

        One numeraire for ranking: where USDC is the impaired coin, the others count for more.
        A pool that is empty, halted or too small for the probe has no say.
        """
        if token == USDC:
            return amount
        probe = Raw(_USDC_PROBE * 10**token.decimals // 10**USDC.decimals)
        answers = [
            pool.amount_out(*_positions(pool, token, USDC), probe)
            for pool in self.pools.values()
            if USDC in pool.spec.tokens and token in pool.spec.tokens
        ]
        quotes = sorted(answer for answer in answers if answer > 0)
        middle = quotes[(len(quotes) - 1) // 2] if quotes else _USDC_PROBE
        return amount * middle // probe


def _positions(pool: Pool, first: Token, second: Token) -> tuple[int, int]:
    return pool.spec.tokens.index(first), pool.spec.tokens.index(second)
