"""All pool and lender states of a block, in one read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from bot.amm.pool import Pool
from bot.chain.base_fee import next_base_fee
from bot.chain.lens import Lens, Read
from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration, NodeUnreachable
from bot.domain.messages import Head
from bot.domain.venues import GAS_PRICE_POOLS, MAINNET_CHAIN_ID, PoolSpec
from bot.feeds.admission import admitted
from bot.feeds.pool_states import pool_from, read_of
from bot.market.book import MarketBook
from bot.market.lenders import LenderState


class LenderSource(Protocol):
    """The lenders of some tokens."""

    @property
    def reads(self) -> Sequence[Read]:
        """What to ask at every block."""

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return who lends at `block`, from the answers to `reads`."""

    def check_code(self, head: Head) -> None:
        """Report lenders whose code changed; not on the way to a bundle."""


_LENSES_KEPT = 256  # one per pool that is looked at in its turn

OpenLenders = Callable[[RpcClient, Sequence[Token], Sequence[PoolSpec]], LenderSource]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one read told of one block."""

    found: dict[PoolSpec, Pool | None]  # None: no answer
    lenders: tuple[LenderState, ...]


class PoolFeed:
    """Reads the same pools and lenders at any block."""

    def __init__(
        self, rpc: RpcClient, pools: Sequence[PoolSpec], lenders: LenderSource, chain_id: int
    ) -> None:
        self._rpc, self.pools, self.lenders, self._chain_id = rpc, tuple(pools), lenders, chain_id
        self.specs = tuple(dict.fromkeys((*GAS_PRICE_POOLS, *pools)))  # all that a book needs
        self._reads = {spec: read_of(spec) for spec in self.specs}
        self._told: dict[PoolSpec, tuple[bytes, Pool | None]] = {}  # last answer, what it says
        self._lent: tuple[Sequence[bytes], tuple[LenderState, ...]] = ((), ())
        self._lenses: dict[tuple[PoolSpec, ...], Lens] = {}
        self._lender_lens = Lens(lenders.reads)

    def read(self, head: Head) -> MarketBook:
        """Return the market at the end of `head`, addressed by its hash.

        A pool that gives no answer is left out.

        Raises:
            NodeUnreachable: no answer, or one about another block.
            NodeRefused: the node does not have the block.
        """
        answers = self._rpc.batch(self.calls(self.specs, head.hash))
        sight = self.sight(head, self.specs, answers)
        return self.book(head, sight.found, sight.lenders)

    def calls(self, specs: tuple[PoolSpec, ...], block_hash: str) -> list[RpcCall]:
        """Return the requests for `specs` and for the lenders, if there are any."""
        lenders = [self._lender_lens] if self.lenders.reads else []
        return [lens.request(block_hash) for lens in (self._lens(specs), *lenders)]

    def sight(self, head: Head, specs: tuple[PoolSpec, ...], answers: Sequence[Any]) -> Sight:
        """Return what `calls` were answered about `head`.

        Raises:
            NodeUnreachable: it is about another block.
        """
        looked, *lent = answers
        for answer in lent:
            answered = self._about(head, self._lender_lens, answer)
            if answered != self._lent[0]:
                self._lent = (answered, self.lenders.states(head.number, answered))
        return Sight(found=self.pools_at(head, specs, looked), lenders=self._lent[1])

    def pools_at(
        self, head: Head, specs: tuple[PoolSpec, ...], answer: Any
    ) -> dict[PoolSpec, Pool | None]:
        """Return what the first of `calls` was answered about `head`.

        The same answer as last time is the same object: its `block` is when it was first given.

        Raises:
            NodeUnreachable: it is about another block.
        """
        answered = self._about(head, self._lens(specs), answer)
        return {
            spec: self._pool(spec, head.number, told)
            for spec, told in zip(specs, answered, strict=True)
        }

    def book(
        self, head: Head, found: Mapping[PoolSpec, Pool | None], lenders: tuple[LenderState, ...]
    ) -> MarketBook:
        """Return the book of `head`, without the pools that are missing in `found` or None.

        Raises:
            BadConfiguration: no pool is left that prices gas.
        """
        return MarketBook(
            chain_id=self._chain_id,
            block=head.number,
            block_hash=head.hash,
            timestamp_s=head.timestamp_s,
            next_base_fee=next_base_fee(head),
            pools={spec: pool for spec in self.pools if (pool := found.get(spec)) is not None},
            lenders=lenders,
            gas_pools=_usable_gas_pools(found),
        )

    def _lens(self, specs: tuple[PoolSpec, ...]) -> Lens:
        lens = self._lenses.get(specs)
        if lens is None:
            if len(self._lenses) >= _LENSES_KEPT:
                self._lenses.clear()
            self._lenses[specs] = lens = Lens([self._reads[spec] for spec in specs])
        return lens

    def _about(self, head: Head, lens: Lens, answer: Any) -> tuple[bytes, ...]:
        answers = lens.answers(self._rpc.url, answer)
        if answers.block != head.number:
            raise NodeUnreachable(
                self._rpc.url, f"asked for block {head.number}, answered {answers.block}"
            )
        return answers.data

    def _pool(self, spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
        told = self._told.get(spec)
        if told is None or told[0] != answer:
            self._told[spec] = told = (answer, pool_from(spec, block, answer))
        return told[1]


def _usable_gas_pools(found: Mapping[PoolSpec, Pool | None]) -> tuple[Pool, ...]:
    pools = [found.get(spec) for spec in GAS_PRICE_POOLS]
    usable = tuple(pool for pool in pools if pool and pool.max_in(0, 1) and pool.max_in(1, 0))
    if not usable:
        names = " and ".join(spec.name for spec in GAS_PRICE_POOLS)
        raise BadConfiguration(f"{names} are missing or empty: gas cannot be priced")
    return usable


def open_pool_feed(
    rpc: RpcClient, pools: Sequence[PoolSpec], open_lenders: OpenLenders
) -> PoolFeed:
    """Return a feed of those of `pools` that live on the connected chain as the table says.

    `open_lenders` gets the tokens of those pools, and the pools.

    Raises:
        WrongChain: not Ethereum mainnet, nor a copy of it.
        BadConfiguration: a token has other decimals than the table says.
        NodeUnreachable: no answer.
    """
    rpc.require_chain(MAINNET_CHAIN_ID)
    present, tokens = admitted(rpc, pools)
    return PoolFeed(rpc, present, open_lenders(rpc, tokens, present), MAINNET_CHAIN_ID)
