"""`repeg quote`: one pool, one amount, on the local mainnet."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from bot.chain.abi import encode_hex, word
from bot.chain.pool_key import pool_id
from bot.chain.rpc import RpcClient
from bot.cli import main
from bot.domain.errors import BadConfiguration
from bot.domain.mainnet_pools import V4_USDC_USDT_8, V4_USDC_USDT_10
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD, UNISWAP_V4_POOL_MANAGER
from bot.operations.pool_quote import find_pool
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        yield client
        client.close()


def ran(rpc: RpcClient, *words: str) -> Result:
    return CliRunner().invoke(main, ["quote", *words, "--rpc", rpc.url])


def asked(rpc: RpcClient, *words: str) -> dict[str, Any]:
    told = ran(rpc, *words, "--json")
    assert told.exit_code == 0, told.output
    figures: dict[str, Any] = msgspec.json.decode(told.output)
    return figures


def test_a_quote_is_what_the_chain_would_pay(rpc: RpcClient) -> None:
    found = asked(rpc, "GSM USDC/GHO", "usdc", "gho", "1,234.5")
    view = encode_hex("getGhoAmountForSellAsset(uint256)", 1_234_500_000)
    answer = rpc.call("eth_call", {"to": found["address"], "data": view}, "latest")
    assert found["amount_out_raw"] == word(bytes.fromhex(answer[2:]), 1)
    assert (found["token_in"], found["token_out"]) == ("USDC", "GHO")
    assert found["amount_in_raw"] == 1_234_500_000
    assert found["block"] == int(rpc.call("eth_blockNumber"), 16)


def test_an_exact_output_is_what_that_input_buys(rpc: RpcClient) -> None:
    name = CURVE_SUSD.name
    wanted = asked(rpc, name, "USDC", "USDT", "250000", "--exact-out")
    bought = asked(rpc, name, "USDC", "USDT", f"{wanted['amount_in_raw'] / 10**6:.6f}")
    assert bought["amount_out_raw"] == wanted["amount_out_raw"] >= 250_000 * 10**6


def test_larger_sizes_get_worse_rates_until_the_pool_takes_no_more(rpc: RpcClient) -> None:
    v4 = "0x" + pool_id(V4_USDC_USDT_10).hex()
    small, large = (asked(rpc, v4, "USDC", "USDT", size) for size in ("10", "9000000"))
    assert 0 <= small["impact_bps"] < large["impact_bps"]
    beyond = asked(rpc, v4, "USDC", "USDT", "90000000")
    assert (beyond["amount_out_raw"], beyond["rate"]) == (0, None)
    assert beyond["max_in_raw"] < 90_000_000 * 10**6


def test_people_read_symbols_and_whole_coins(rpc: RpcClient) -> None:
    told = ran(rpc, "converter", "DAI", "USDS", "12.5")
    assert told.exit_code == 0
    assert "12.500000 USDS" in told.output
    assert "no limit of its own" in told.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nonsense", "USDC", "USDT", "1"), "no pool is called"),
        (("USDC/USDT", "USDC", "USDT", "1"), "more than one pool is called"),
        (("GSM USDC", "USDC", "DAI", "1"), "holds no DAI; it holds USDC, GHO"),
        (("GSM USDC", "USDC", "USDC", "1"), "into itself"),
        (("GSM USDC", "USDC", "GHO", "much"), "not a decimal number"),
        ((CURVE_3POOL.name, "DAI", "USDC", "1"), "not on this chain"),
        ((V4_USDC_USDT_8.name, "USDC", "USDT", "1"), "not on this chain"),
    ],
)
def test_a_question_without_an_answer_ends_with_one_line_and_one(
    rpc: RpcClient, words: tuple[str, ...], why: str
) -> None:
    told = ran(rpc, *words)
    assert told.exit_code == 1
    assert why in told.output


def test_a_manager_of_many_pools_is_no_name_of_one() -> None:
    assert find_pool(CURVE_SUSD.address.lower()) == CURVE_SUSD
    with pytest.raises(BadConfiguration, match="no pool is called"):
        find_pool(UNISWAP_V4_POOL_MANAGER)
