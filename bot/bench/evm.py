"""The contracts' bytecode in an in-process EVM, as the slow and certain way to a quote."""

from collections.abc import Callable
from typing import Any

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import Generation, generation_of
from bot.bench.random_pools import PoolState
from bot.bench.range_storage import v3_layout, v3_words
from bot.bench.real_contracts import local_contracts, mapping_slot
from bot.chain.abi import encode, word
from bot.chain.rpc import RpcClient
from bot.domain.units import Address, Raw
from bot.domain.venues import PoolSpec
from bot.sandbox.addresses import UNISWAP_V3_QUOTER

Question = Callable[[], int]  # prepared, so that only the call is measured

_AROUND_PARITY = range(-4, 4)  # words of the bitmap
_QUOTE = "quoteExactInputSingle((address,address,uint256,uint24,uint160))"


class PoolEvm:
    """The local mainnet, with a V3 pool's storage open for writing."""

    def __init__(self) -> None:
        self._contracts = local_contracts()

    def put_v3(self, pool: ConcentratedPool) -> None:
        """Give the pool's contract the state of the snapshot; its own ticks are forgotten."""
        for slot, value in _words_of(pool).items():
            self._contracts.write(pool.spec.address, slot, value)

    def v3_question(self, pool: ConcentratedPool, amount_in: Raw) -> Question:
        """Return what asks Uniswap's QuoterV2 for the token1 that `amount_in` of token0 buys."""
        tokens = (token.address for token in pool.spec.tokens)
        return self._question(UNISWAP_V3_QUOTER, _QUOTE, (*tokens, amount_in, pool.fee, 0))

    def curve_question(self, spec: PoolSpec, i: int, j: int, amount_in: Raw) -> Question:
        """Return what asks a Curve pool for its own quote."""
        return self._question(spec.address, "get_dy(int128,int128,uint256)", i, j, amount_in)

    def curve_balance(self, spec: PoolSpec, coin: int) -> Raw:
        """Return the pool's balance of one coin; the first pools count their coins in int128."""
        count = "int128" if generation_of(spec) is Generation.SUSD else "uint256"
        return Raw(self._question(spec.address, f"balances({count})", coin)())

    def _question(self, to: Address, signature: str, *arguments: Any) -> Question:
        data = encode(signature, *arguments)
        ask = self._contracts.call

        def answer() -> int:
            return word(ask(to, data), 0)

        return answer


def put_on_node(rpc: RpcClient, pool: ConcentratedPool) -> None:
    """Give the V3 pool of an anvil the state of the snapshot."""
    for slot, value in _words_of(pool).items():
        words = [f"0x{word:064x}" for word in (slot, value)]
        rpc.call("anvil_setStorageAt", pool.spec.address, *words)
    rpc.call("evm_mine")


def _words_of(pool: ConcentratedPool) -> dict[int, int]:
    """Return all words of the pool, and the empty ones of the bitmap around parity."""
    layout = v3_layout(pool.spec.address, pool.tick_spacing)
    nets = dict(zip(pool.ticks, pool.liquidity_nets, strict=True))
    state = PoolState(pool.sqrt_price_x96, pool.tick, pool.liquidity, nets)
    empty = {mapping_slot(word, layout.bitmap): 0 for word in _AROUND_PARITY}
    return empty | v3_words(layout, state)
