"""The stand-in for a classic pool of three, beside mainnet's recorded 3pool bytecode."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.units import UINT256_MAX, Address
from bot.domain.venues import CURVE_3POOL
from bot.sandbox.addresses import CURVE_BASE_POOL, DEPLOYER, labelled
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of

pytestmark = pytest.mark.anvil

RECORDED = "mainnet-state/alloc_15837165_curve-3pool_usdc_dai_usdt.json.gz"
REAL, SHARES = labelled("recorded 3pool"), labelled("shares of the recorded 3pool")
COINS = (DAI, USDC, USDT)
AMPLIFICATION, FEE, ADMIN_FEE = 2_000, 4_000_000, 5 * 10**9  # as the stand-in's
DEPTH = 30_000_000
COINS_SLOT, FEE_SLOT, ADMIN_FEE_SLOT, OWNER_SLOT, TOKEN_SLOT = 0, 2, 3, 4, 5
INITIAL_A_SLOT, FUTURE_A_SLOT = 6, 7
QUOTE = "get_dy(int128,int128,uint256)"


@pytest.fixture
def chain(local_mainnet: Anvil, data_dir: Path) -> Deployer:
    """Both pools with the same coins, terms and depth."""
    rpc = RpcClient(local_mainnet.url)
    rpc.call("anvil_autoImpersonateAccount", *[True])
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")
    chain = Deployer(rpc)
    alloc = json.loads(gzip.decompress((data_dir / RECORDED).read_bytes()))["alloc"]
    code = next(
        account["code"]
        for address, account in alloc.items()
        if address.lower() == CURVE_3POOL.address.lower()
    )
    chain.set_code(REAL, bytes.fromhex(code.removeprefix("0x")))
    shares = load_artifact("CurveLpToken").creation_code
    chain.deploy_at(SHARES, shares, "string,string,address", "3Crv", "3Crv", REAL)
    numbers = {FEE_SLOT: FEE, ADMIN_FEE_SLOT: ADMIN_FEE}
    numbers |= {INITIAL_A_SLOT: AMPLIFICATION, FUTURE_A_SLOT: AMPLIFICATION}
    numbers |= {OWNER_SLOT: int(DEPLOYER, 16), TOKEN_SLOT: int(SHARES, 16)}
    first = int.from_bytes(keccak(abi_encode(["uint256"], [COINS_SLOT])))
    numbers |= {first + place: int(coin.address, 16) for place, coin in enumerate(COINS)}
    for slot, value in numbers.items():
        chain.set_word(REAL, slot, value)
    for coin in COINS:
        chain.send(coin.address, "approve(address,uint256)", REAL, UINT256_MAX)
    chain.send(REAL, "add_liquidity(uint256[3],uint256)", _amounts(DEPTH, DEPTH, DEPTH), 0)
    return chain


def test_both_pools_stay_equal_to_the_unit_through_every_act(chain: Deployer) -> None:
    _compare(chain)
    _both(chain, "add_liquidity(uint256[3],uint256)", _amounts(7_000_000, 0, 123), 0)
    _both(chain, "exchange(int128,int128,uint256,uint256)", 1, 2, 21_000_000 * 10**6, 0)
    _both(chain, "exchange(int128,int128,uint256,uint256)", 2, 0, 3 * 10**6 + 1, 0)
    _both(chain, "exchange(int128,int128,uint256,uint256)", 0, 1, 12_345_678 * 10**18 + 9, 0)
    _both(chain, "add_liquidity(uint256[3],uint256)", _amounts(0, 5_000_000, 0), 0)
    for coin in range(3):
        shares = 1_000_000 * 10**18 + coin
        _both(chain, "remove_liquidity_one_coin(uint256,int128,uint256)", shares, coin, 0)


def _both(chain: Deployer, signature: str, *arguments: Any) -> None:
    """Act on each, compare what the deployer's balances did, then the pools."""
    changes = []
    for pool in (REAL, CURVE_BASE_POOL):
        before = [balance_of(chain.rpc, coin, DEPLOYER) for coin in (*COINS, _shares(chain, pool))]
        chain.send(pool, signature, *arguments)
        after = [balance_of(chain.rpc, coin, DEPLOYER) for coin in (*COINS, _shares(chain, pool))]
        changes.append([now - then for now, then in zip(after, before, strict=True)])
    assert changes[0] == changes[1]
    _compare(chain)


def _compare(chain: Deployer) -> None:
    views: list[tuple[Any, ...]] = [("get_virtual_price()",)]
    for i in range(3):
        views += [("balances(uint256)", i), ("calc_withdraw_one_coin(uint256,int128)", 10**24, i)]
        some = [(10**6 if place == i else 17) * 10**coin.decimals for place, coin in _placed()]
        views += [
            ("calc_token_amount(uint256[3],bool)", some, deposit) for deposit in (True, False)
        ]
        views += [(QUOTE, i, j, 10**6 * 10 ** COINS[i].decimals) for j in range(3) if i != j]
    for view in views:
        signature, *arguments = view
        answers = [
            chain.call(pool, signature, "uint256", *arguments) for pool in (REAL, CURVE_BASE_POOL)
        ]
        assert answers[0] == answers[1], view


def _placed() -> list[tuple[int, Token]]:
    return list(enumerate(COINS))


def _amounts(*whole: int) -> list[int]:
    return [count * 10**coin.decimals for count, coin in zip(whole, COINS, strict=True)]


def _shares(chain: Deployer, pool: Address) -> Token:
    address = SHARES if pool == REAL else chain.address_of(pool, "token()")
    return Token(symbol="shares", address=address, decimals=18)
