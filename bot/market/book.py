"""All pools and lenders of one block, and what ETH costs in each token."""

from functools import cached_property

import msgspec

from bot.amm.pool import Pool
from bot.amm.vault import VaultPool
from bot.domain.assets import USDC, WETH, Token
from bot.domain.units import SLOT_S, Raw, Wei
from bot.domain.venues import PoolSpec
from bot.market.base_fee_range import base_fees
from bot.market.lenders import LenderState

_USDC_PROBE = Raw(1_000 * 10**6)  # a size that every pool worth routing through can take
_ETH_PROBE = Raw(10**18)


class MarketBook(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One block's snapshot; nothing in it is newer or older than `block`."""

    chain_id: int
    block: int
    block_hash: str
    timestamp_s: int
    next_base_fee: Wei  # of the block that a plan on this book targets, exact; see `lasting`
    pools: dict[PoolSpec, Pool]
    lenders: tuple[LenderState, ...]
    gas_pools: tuple[Pool, ...]  # of USDC and WETH, each with some of both; at least one
    missed_slots: int = 0  # since `block`, without a block of their own

    @property
    def next_timestamp_s(self) -> int:
        """What the block's time will be that a plan on this book targets."""
        return self.timestamp_s + SLOT_S * (self.missed_slots + 1)

    def after_missed(self, slots: int) -> "MarketBook":
        """Return the same state for a later slot; the base fee follows from `block` alone.

        Vaults are left out: what a share is worth was read for the first slot after `block`.
        """
        if slots == self.missed_slots:
            return self
        pools = {spec: pool for spec, pool in self.pools.items() if not _is_of_one_slot(pool)}
        return msgspec.structs.replace(self, pools=pools, missed_slots=slots)

    def lasting(self, blocks: int) -> "MarketBook":
        """Return the book for plans that may land in any of so many blocks.

        Gas is priced at the highest base fee of any of them.
        """
        if blocks == 1:
            return self
        highest = base_fees(self.next_base_fee, blocks).highest
        return msgspec.structs.replace(self, next_base_fee=highest)

    def cost_in(self, token: Token, amount: Wei) -> Raw:
        """Return the price of `amount` wei in `token`, rounded up and towards the dearer side.

        ETH is worth what the gas pool that pays most for it pays: who moves one of them down cannot
        make gas look cheap. USDC is turned into `token` at the best quote of any direct pool, so
        that of a token below USDC more is asked.
        """
        in_usdc = -(-amount * self._usdc_per_eth // _ETH_PROBE)
        if token == USDC:
            return Raw(in_usdc)
        dearest = self._dearest.get(token)
        if dearest is None:
            par = _USDC_PROBE * 10**token.decimals // 10**USDC.decimals
            dearest = self._dearest[token] = max(par, *self._quotes(USDC, token, _USDC_PROBE), 0)
        return Raw(-(-in_usdc * dearest // _USDC_PROBE))

    def in_usdc(self, token: Token, amount: int) -> int:
        """Return `amount` (may be negative) as base units of USDC, at the middle of the pools.

        One numeraire for ranking: where USDC is the impaired coin, the others count for more.
        A pool that is empty, halted or too small for the probe has no say.
        """
        if token == USDC:
            return amount
        probe = Raw(_USDC_PROBE * 10**token.decimals // 10**USDC.decimals)
        middle = self._middle.get(token)
        if middle is None:
            quotes = sorted(quote for quote in self._quotes(token, USDC, probe) if quote > 0)
            middle = quotes[(len(quotes) - 1) // 2] if quotes else _USDC_PROBE
            self._middle[token] = middle
        return amount * middle // probe

    @cached_property
    def _usdc_per_eth(self) -> int:
        return max(
            pool.amount_out(*_positions(pool, WETH, USDC), _ETH_PROBE) for pool in self.gas_pools
        )

    @cached_property
    def _dearest(self) -> dict[Token, int]:
        return {}

    @cached_property
    def _middle(self) -> dict[Token, int]:
        return {}

    def _quotes(self, paid: Token, received: Token, amount: Raw) -> list[Raw]:
        """Return what every direct pool pays."""
        return [
            pool.amount_out(*_positions(pool, paid, received), amount)
            for pool in self.pools.values()
            if paid in pool.spec.tokens and received in pool.spec.tokens
        ]


def _is_of_one_slot(pool: Pool) -> bool:
    return isinstance(pool, VaultPool)


def _positions(pool: Pool, first: Token, second: Token) -> tuple[int, int]:
    return pool.spec.tokens.index(first), pool.spec.tokens.index(second)
