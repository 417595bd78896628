"""All pool and lender states of a block, in one read."""

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bot.amm.pool import Pool
from bot.chain.abi import encode, word
from bot.chain.base_fee import next_base_fee
from bot.chain.lens import Lens, Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration, NodeUnreachable
from bot.domain.messages import Head
from bot.domain.venues import GAS_PRICE_POOLS, MAINNET_CHAIN_ID, PoolSpec
from bot.feeds.pool_states import pool_from, read_of
from bot.market.book import MarketBook
from bot.market.lenders import LenderState

log = structlog.get_logger()


class LenderSource(Protocol):
    """The lenders of some tokens."""

    @property
    def reads(self) -> Sequence[Read]:
        """What to ask at every block."""

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return who lends at `block`, from the answers to `reads`."""


OpenLenders = Callable[[RpcClient, Sequence[Token], Sequence[PoolSpec]], LenderSource]


class PoolFeed:
    """Reads the same pools and lenders at any block."""

    def __init__(
        self, rpc: RpcClient, pools: Sequence[PoolSpec], lenders: LenderSource, chain_id: int
    ) -> None:
        self._rpc, self.pools, self._lenders, self._chain_id = rpc, tuple(pools), lenders, chain_id
        self._lens = Lens([*(read_of(spec) for spec in (*GAS_PRICE_POOLS, *pools)), *lenders.reads])

    def read(self, head: Head) -> MarketBook:
        """Return the market at the end of `head`, addressed by its hash.

        A pool that gives no answer is left out.

        Raises:
            NodeUnreachable: no answer, or one about another block.
            NodeRefused: the node does not have the block.
        """
        answers = self._lens.look(self._rpc, head.hash)
        if answers.block != head.number:
            raise NodeUnreachable(
                self._rpc.url, f"asked for block {head.number}, answered {answers.block}"
            )
        specs = (*GAS_PRICE_POOLS, *self.pools)
        count = len(specs)
        found = {
            spec: pool_from(spec, head.number, answer)
            for spec, answer in zip(specs, answers.data[:count], strict=True)
        }
        return MarketBook(
            chain_id=self._chain_id,
            block=head.number,
            block_hash=head.hash,
            timestamp_s=head.timestamp_s,
            next_base_fee=next_base_fee(head),
            pools={spec: pool for spec in self.pools if (pool := found[spec]) is not None},
            lenders=self._lenders.states(head.number, answers.data[count:]),
            gas_pools=_usable_gas_pools(found),
        )


def _usable_gas_pools(found: dict[PoolSpec, Pool | None]) -> tuple[Pool, ...]:
    pools = [found[spec] for spec in GAS_PRICE_POOLS]
    usable = tuple(pool for pool in pools if pool and pool.max_in(0, 1) and pool.max_in(1, 0))
    if not usable:
        names = " and ".join(spec.name for spec in GAS_PRICE_POOLS)
        raise BadConfiguration(f"{names} are missing or empty: gas cannot be priced")
    return usable


def open_pool_feed(
    rpc: RpcClient, pools: Sequence[PoolSpec], open_lenders: OpenLenders
) -> PoolFeed:
    """Return a feed of those of `pools` that live on the connected chain, with every token checked.

    `open_lenders` gets the tokens of those pools, and the pools.

    Raises:
        WrongChain: not Ethereum mainnet, nor a copy of it.
        BadConfiguration: a token has other decimals than the table says.
        NodeUnreachable: no answer.
    """
    rpc.require_chain(MAINNET_CHAIN_ID)
    codes = rpc.batch([("eth_getCode", (spec.address, "latest")) for spec in pools])
    present = [spec for spec, code in zip(pools, codes, strict=True) if len(code) > 2]
    absent = [spec.name for spec in pools if spec not in present]
    if absent:
        log.info("pools_absent", pools=absent)
    tokens = sorted({token for spec in present for token in spec.tokens}, key=lambda t: t.symbol)
    _check_decimals(rpc, tokens)
    return PoolFeed(rpc, present, open_lenders(rpc, tokens, present), MAINNET_CHAIN_ID)


def _check_decimals(rpc: RpcClient, tokens: Sequence[Token]) -> None:
    lens = Lens([Read(target=token.address, data=encode("decimals()")) for token in tokens])
    for token, answer in zip(tokens, lens.look(rpc, "latest").data, strict=True):
        found = word(answer, 0) if answer else None
        if found != token.decimals:
            raise BadConfiguration(
                f"{token.symbol} at {token.address} has {found} decimals, "
                f"the table says {token.decimals}; is this Ethereum mainnet?"
            )
