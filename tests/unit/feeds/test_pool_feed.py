"""One read of all pools and lenders, from a node that may be wrong, silent or somewhere else."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from fakes.engine_parts import head_of
from fakes.loopback import NodeError, fake_node

from bot.chain.abi import decode, encode, selector
from bot.chain.lens import LENS, Lens, Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, Token
from bot.domain.errors import BadConfiguration, NodeRefused, NodeUnreachable, WrongChain
from bot.domain.messages import Head
from bot.domain.pool_checks import checks_of
from bot.domain.units import GWEI, Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, Lender, PoolSpec
from bot.feeds.pool_feed import PoolFeed, open_pool_feed
from bot.market.book import MarketBook
from bot.market.lenders import LenderState

HEAD = head_of(100)
GAS_POOL = abi_encode(["uint256", "uint256"], [3_000_000 * 10**6, 1_000 * 10**18])
PAIR = abi_encode(["uint256", "uint256"], [20 * 10**12, 20 * 10**12])
CURVE_TERMS = (256, 1, 4_000_000, 5 * 10**9, (0, 0, 0, 0), False, 1_750_000_000)
CURVE = abi_encode(
    ["(uint256,uint256,uint256,uint256,uint256[4],bool,uint256,uint256[])"],
    [(*CURVE_TERMS, [9 * 10**24, 9 * 10**12, 9 * 10**12, 9 * 10**24])],
)
POOLS = (CURVE_SUSD, V2_USDC_USDT)
LENT = abi_encode(["uint256"], [7 * 10**12])


class OneLender:
    """Has as much of USDC as the one word says that it asks for."""

    def __init__(self, _rpc: RpcClient, tokens: Sequence[Token], pools: Sequence[PoolSpec]) -> None:
        self.tokens, self.pools = tuple(tokens), tuple(pools)
        self.reads = (Read(target=USDC.address, data=selector("totalSupply()")),)

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        assert block == HEAD.number
        (answer,) = answers
        available = Raw(int.from_bytes(answer, "big"))
        return (LenderState(lender=Lender.MORPHO, token=USDC, available=available),)

    def check_code(self, head: Head) -> None:
        raise AssertionError(f"nobody asked for it at block {head.number}")


class FakeMainnet:
    """Answers what `open_pool_feed` asks, then `answers` to the feed's own reads."""

    def __init__(self) -> None:
        self.chain_id = "0x1"
        self.decimals = {token: token.decimals for token in CURVE_SUSD.tokens}
        self.other: dict[PoolSpec, Token] = {}  # coin number 1 of a pool, where the table errs
        self.block = HEAD.number
        self.answers: list[bytes] = []
        self.raw: str | None = None
        self.absent: tuple[PoolSpec, ...] = ()
        self.wheres: list[Any] = []

    def methods(self) -> dict[str, Callable[..., Any]]:
        return {
            "eth_chainId": lambda: self.chain_id,
            "eth_getCode": self._code,
            "eth_call": self._call,
        }

    def _code(self, address: str, _block: str) -> str:
        return "0x" if address in [pool.address for pool in self.absent] else "0x00"

    def _call(self, call: dict[str, str], where: Any, override: Any = None) -> str:
        assert set(override) == {LENS}
        if where == "latest":
            return lens_answer(self.block, [self._said(*read) for read in reads_of(call["data"])])
        self.wheres.append(where)
        if self.raw is not None:
            return self.raw
        lender = reads_of(call["data"]) == [(USDC.address.lower(), selector("totalSupply()"))]
        return lens_answer(self.block, self.answers[-1:] if lender else self.answers[:-1])

    def _said(self, target: str, question: bytes) -> bytes:
        for token, decimals in self.decimals.items():
            if (token.address.lower(), selector("decimals()")) == (target, question):
                return word(decimals)
        for pool in POOLS:
            for place, check in enumerate(checks_of(pool)):
                if (target, question) == (
                    pool.address.lower(),
                    encode(check.view, *check.arguments),
                ):
                    said = self.other.get(pool) if place == 1 else None
                    return word(int(said.address if said else str(check.expects), 16))
        return b""


def reads_of(calldata: str) -> list[tuple[str, bytes]]:
    ((*reads,),) = decode("(address,bytes)[]", bytes.fromhex(calldata[10:]))
    return reads


def word(value: int) -> bytes:
    return abi_encode(["uint256"], [value])


def lens_answer(block: int, answers: list[bytes]) -> str:
    types = ["uint256", "uint256", "bytes[]"]
    return "0x" + abi_encode(types, [block, 1_750_000_000, answers]).hex()


def full_answers() -> list[bytes]:
    return [GAS_POOL, b"", CURVE, PAIR, LENT]


def read(chain: FakeMainnet) -> MarketBook:
    with fake_node(chain.methods()) as node:
        rpc = RpcClient(node.url, timeout_s=2.0)
        try:
            return open_pool_feed(rpc, POOLS, OneLender).read(HEAD)
        finally:
            rpc.close()


def opened(chain: FakeMainnet) -> PoolFeed:
    with fake_node(chain.methods()) as node:
        rpc = RpcClient(node.url, timeout_s=2.0)
        try:
            return open_pool_feed(rpc, POOLS, OneLender)
        finally:
            rpc.close()


def test_a_book_holds_what_the_chain_said_about_that_very_block() -> None:
    chain = FakeMainnet()
    chain.answers = full_answers()
    book = read(chain)
    assert (book.block, book.block_hash, book.chain_id) == (100, HEAD.hash, 1)
    assert book.next_base_fee == GWEI
    assert chain.wheres == 2 * [{"blockHash": HEAD.hash}]  # the pools, the lenders
    assert set(book.pools) == set(POOLS)
    assert book.pools[V2_USDC_USDT].reserves == (20 * 10**12, 20 * 10**12)
    assert {pool.block for pool in book.pools.values()} == {100}


def test_lenders_get_the_answers_to_their_own_reads() -> None:
    chain = FakeMainnet()
    chain.answers = full_answers()
    (state,) = read(chain).lenders
    assert (state.lender, state.available) == (Lender.MORPHO, 7 * 10**12)


def test_a_pool_that_does_not_answer_is_left_out_of_the_book() -> None:
    chain = FakeMainnet()
    chain.answers = [GAS_POOL, b"", b"", PAIR, *full_answers()[4:]]
    assert set(read(chain).pools) == {V2_USDC_USDT}


def test_a_pool_that_is_not_on_this_chain_is_never_asked() -> None:
    chain = FakeMainnet()
    chain.absent = (CURVE_SUSD,)
    assert opened(chain).pools == (V2_USDC_USDT,)


def test_a_pool_with_another_coin_than_the_table_says_is_never_asked() -> None:
    chain = FakeMainnet()
    chain.other = {CURVE_SUSD: DAI}
    assert opened(chain).pools == (V2_USDC_USDT,)


def test_an_answer_about_another_block_is_no_answer() -> None:
    chain = FakeMainnet()
    chain.answers = full_answers()
    chain.block = 99
    with pytest.raises(NodeUnreachable, match="asked for block 100, answered 99"):
        read(chain)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("0x", "state overrides"),
        ("0x" + "ff" * 32 * 5, "nonsense"),
        ("0x" + "zz" * 32 * 5, "nonsense"),
        (lens_answer(100, []), "0 answers"),
        (lens_answer(100, [GAS_POOL]), "1 answers to 4 reads"),
    ],
)
def test_an_answer_that_is_not_the_lens_is_no_answer(raw: str, why: str) -> None:
    chain = FakeMainnet()
    chain.raw = raw
    with pytest.raises(NodeUnreachable, match=why):
        read(chain)


@pytest.mark.parametrize(
    "gas_pool", [b"", word(0) + word(0), word(1) + word(0)], ids=["missing", "empty", "half empty"]
)
def test_without_a_price_of_gas_nothing_is_traded(gas_pool: bytes) -> None:
    chain = FakeMainnet()
    chain.answers = [gas_pool, *full_answers()[1:]]
    with pytest.raises(BadConfiguration, match="gas cannot be priced"):
        read(chain)


def test_another_chain_is_refused_before_anything_else_is_asked() -> None:
    chain = FakeMainnet()
    chain.chain_id = "0xa"
    with pytest.raises(WrongChain, match="serves chain 10, expected 1"):
        opened(chain)


def test_a_token_with_other_decimals_is_another_token() -> None:
    chain = FakeMainnet()
    chain.decimals[USDC] = 18
    with pytest.raises(BadConfiguration, match=r"USDC at .*: decimals\(\) is 18, not 6"):
        opened(chain)


def test_a_block_the_node_does_not_know_is_refused_by_the_node() -> None:
    def unknown(*_: Any) -> str:
        raise NodeError("header not found")

    with fake_node({"eth_call": unknown}) as node:
        rpc = RpcClient(node.url, timeout_s=2.0)
        lens = Lens([Read(target=USDC.address, data=selector("decimals()"))])
        with pytest.raises(NodeRefused, match="header not found"):
            lens.look(rpc, HEAD.hash)
        rpc.close()
