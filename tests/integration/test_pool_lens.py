"""The lens against the contracts it reads, on real bytecode: the same block, the same numbers."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.chain.abi import decode, encode, encode_hex, signed_word, word
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain import venues
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Address, Raw
from bot.sandbox.addresses import labelled
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil

LENS = labelled("pool lens test")
TICKS = "(uint160,int24,uint128,uint24,uint24[2],int24,int24,int24,int24[],int128[])"
CURVE = "(uint256,uint256,uint256,uint256,uint256[4],bool,uint256,uint256[])"
WORDS_EACH_SIDE = 6


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        amount = Raw(9_000_000 * 10**USDC.decimals)
        for pool in (venues.CURVE_SUSD, venues.V3_USDC_USDT):
            shock(client, pool, USDC, amount)
            client.call("evm_mine")  # before the next one: a block in the making undoes a deal
        yield client
        client.close()


def look(rpc: RpcClient, *reads: tuple[Address, bytes]) -> tuple[int, int, tuple[bytes, ...]]:
    override = {LENS: {"code": "0x" + load_artifact("PoolLens").runtime_code.hex()}}
    request = {"to": LENS, "data": encode_hex("read((address,bytes)[])", list(reads))}
    answer = rpc.call("eth_call", request, "latest", override)
    number, timestamp, results = decode("uint256,uint256,bytes[]", bytes.fromhex(answer[2:]))
    return number, timestamp, results


def view(rpc: RpcClient, to: Address, signature: str, *arguments: Any) -> bytes:
    request = {"to": to, "data": encode_hex(signature, *arguments)}
    return bytes.fromhex(rpc.call("eth_call", request, "latest")[2:])


def test_all_pools_of_a_block_are_read_in_one_call(rpc: RpcClient) -> None:
    number, timestamp, results = look(
        rpc,
        (LENS, encode("curve(address,uint256)", venues.CURVE_SUSD.address, 4)),
        (LENS, encode("uniswapV2(address)", venues.V2_USDC_USDT.address)),
        (LENS, encode("uniswapV3(address,uint256)", venues.V3_USDC_USDT.address, 2)),
        (LENS, encode("litePsm(address)", venues.LITE_PSM_USDC.address)),
        (USDC.address, encode("decimals()")),
    )
    block = rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003 - a JSON-RPC parameter
    assert (hex(number), hex(timestamp)) == (block["number"], block["timestamp"])
    assert all(results)


def test_curve_state_is_what_the_pool_says(rpc: RpcClient) -> None:
    pool = venues.CURVE_SUSD.address
    _, _, (answer,) = look(rpc, (LENS, encode("curve(address,uint256)", pool, 4)))
    ((amplification, precision, fee, admin_fee, *_, balances),) = decode(CURVE, answer)
    assert (amplification, precision) == (word(view(rpc, pool, "A()"), 0), 1)
    assert fee == word(view(rpc, pool, "fee()"), 0)
    assert admin_fee == word(view(rpc, pool, "admin_fee()"), 0)
    assert list(balances) == [word(view(rpc, pool, "balances(int128)", k), 0) for k in range(4)]


def test_uniswap_v2_state_is_what_the_pair_says(rpc: RpcClient) -> None:
    pair = venues.V2_USDC_USDT.address
    _, _, (answer,) = look(rpc, (LENS, encode("uniswapV2(address)", pair)))
    reserves = view(rpc, pair, "getReserves()")
    assert decode("uint256,uint256", answer) == (word(reserves, 0), word(reserves, 1))


def test_lite_psm_state_is_what_the_module_and_the_tokens_say(rpc: RpcClient) -> None:
    psm = venues.LITE_PSM_USDC.address
    _, _, (answer,) = look(rpc, (LENS, encode("litePsm(address)", psm)))
    assert decode("uint256,uint256,uint256,uint256,uint256", answer) == (
        word(view(rpc, psm, "tin()"), 0),
        word(view(rpc, psm, "tout()"), 0),
        10**12,
        balance_of(rpc, DAI, psm),
        balance_of(rpc, USDC, venues.LITE_PSM_POCKET),
    )


@pytest.mark.parametrize("pool", [venues.V3_USDC_USDT.address, venues.V3_DAI_USDC.address])
def test_uniswap_v3_state_is_what_the_pool_says_tick_by_tick(rpc: RpcClient, pool: Address) -> None:
    request = (LENS, encode("uniswapV3(address,uint256)", pool, WORDS_EACH_SIDE))
    _, _, (answer,) = look(rpc, request)
    ((price, tick, liquidity, fee, shared, *edges, ticks, nets),) = decode(TICKS, answer)
    spacing, lowest, highest = edges
    slot0 = view(rpc, pool, "slot0()")
    assert (price, tick) == (word(slot0, 0), signed_word(slot0, 1))
    assert liquidity == word(view(rpc, pool, "liquidity()"), 0)
    assert (fee, shared, spacing) == (100, (0, 0), 1)
    assert lowest == ((tick >> 8) - WORDS_EACH_SIDE) * 256
    assert highest == ((tick >> 8) + WORDS_EACH_SIDE + 1) * 256 - 1
    found = dict(zip(ticks, nets, strict=True))
    assert found
    assert list(ticks) == sorted(ticks)
    for at in ticks:
        assert found[at] == signed_word(view(rpc, pool, "ticks(int24)", at), 1)
    bitmaps = range(lowest >> 8, (highest >> 8) + 1)
    ones = sum(word(view(rpc, pool, "tickBitmap(int16)", k), 0).bit_count() for k in bitmaps)
    assert len(ticks) == ones


def test_the_net_liquidity_of_all_ticks_is_zero(rpc: RpcClient) -> None:
    pool = venues.V3_USDC_USDT.address
    _, _, (answer,) = look(rpc, (LENS, encode("uniswapV3(address,uint256)", pool, 100)))
    assert sum(decode(TICKS, answer)[0][-1]) == 0


def test_nobody_home_and_a_revert_are_both_empty(rpc: RpcClient) -> None:
    _, _, results = look(
        rpc,
        (labelled("nobody"), encode("decimals()")),
        (USDT.address, b"\xde\xad\xbe\xef"),
        (LENS, encode("curve(address,uint256)", venues.V2_USDC_USDT.address, 2)),
        (LENS, encode("curve(address,uint256)", venues.CURVE_SUSD.address, 5)),
        (USDC.address, encode("decimals()")),
    )
    assert results[:4] == (b"", b"", b"", b"")
    assert word(results[4], 0) == USDC.decimals
