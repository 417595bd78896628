"""The contracts' bytecode in an in-process EVM, as the slow and certain way to a quote."""

from collections.abc import Callable
from typing import Any

from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import Generation, generation_of
from bot.amm.tick_math import WORD
from bot.chain.abi import encode, word
from bot.chain.rpc import RpcClient
from bot.domain.units import Address, Raw
from bot.domain.venues import PoolSpec
from bot.sandbox.addresses import UNISWAP_V3_QUOTER
from bot.sandbox.mainnet import load_alloc

Question = Callable[[], int]  # prepared, so that only the call is measured

_CALLER = "0x" + "11" * 20
_SLOT0, _LIQUIDITY, _TICKS, _BITMAP = 0, 4, 5, 6  # of UniswapV3Pool
_UNLOCKED_WITH_ONE_OBSERVATION = 1 << 240 | 1 << 216 | 1 << 200
_QUOTE = "quoteExactInputSingle((address,address,uint256,uint24,uint160))"


class PoolEvm:
    """The local mainnet, with a V3 pool's storage open for writing."""

    def __init__(self) -> None:
        self._evm = EVM()
        for address, account in load_alloc().items():
            info = AccountInfo(nonce=account.nonce, code=account.code)
            self._evm.insert_account_info(address, info)
            for slot, value in account.storage.items():
                self._evm.insert_account_storage(address, slot, value)

    def put_v3(self, pool: ConcentratedPool) -> None:
        """Give the pool's contract the state of the snapshot; its own ticks are forgotten."""
        for slot, value in v3_words(pool).items():
            self._evm.insert_account_storage(pool.spec.address, slot, value)

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
        ask = self._evm.message_call

        def answer() -> int:
            return word(bytes(ask(caller=_CALLER, to=to, calldata=data)), 0)

        return answer


def put_on_node(rpc: RpcClient, pool: ConcentratedPool) -> None:
    """Give the V3 pool of an anvil the state of the snapshot."""
    for slot, value in v3_words(pool).items():
        words = [f"0x{word:064x}" for word in (slot, value)]
        rpc.call("anvil_setStorageAt", pool.spec.address, *words)
    rpc.call("evm_mine")


def v3_words(pool: ConcentratedPool) -> dict[int, int]:
    """Return the storage words, by slot, of a V3 pool in the state of the snapshot."""
    place = pool.tick % (1 << 24) << 160 | _UNLOCKED_WITH_ONE_OBSERVATION
    words = {_SLOT0: pool.sqrt_price_x96 | place, _LIQUIDITY: pool.liquidity}
    for tick, net in zip(pool.ticks, pool.liquidity_nets, strict=True):
        words[_slot(tick, _TICKS)] = abs(net) | net % (1 << 128) << 128
    bitmap = dict.fromkeys(range(-4, 4), 0)
    for tick in pool.ticks:
        position = tick // pool.tick_spacing
        bitmap[position // WORD] |= 1 << position % WORD
    return words | {_slot(position, _BITMAP): bits for position, bits in bitmap.items()}


def _slot(key: int, position: int) -> int:
    packed = (key % (1 << 256)).to_bytes(32, "big") + position.to_bytes(32, "big")
    return int.from_bytes(keccak(packed), "big")
