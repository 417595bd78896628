"""Puts recorded mainnet onto a sandbox world: code, 3pool's storage, Uniswap's price."""

from collections.abc import Sequence
from math import log
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak
from recorded_state import USDC_LOGIC, Day, balance_slot

from bot.amm.tick_math import sqrt_ratio_at
from bot.chain.abi import decode, encode_hex
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.registry import ALL_POOLS
from bot.domain.units import GWEI, WAD, Address, Raw
from bot.domain.venues import CURVE_3POOL, V3_USDC_USDT
from bot.sandbox.addresses import DEPLOYER, UNISWAP_V3_POSITIONS, UNISWAP_V3_ROUTER, labelled
from bot.sandbox.faucet import balance_of, fund_eth, fund_token
from bot.sandbox.mainnet import load_alloc
from bot.sandbox.world import World

PROVIDER = labelled("scenario: liquidity provider")
SELLER = labelled("scenario: seller")
FEE_PIPS, HALF_WIDTH = 100, 500
FAR_FUTURE = 2**40
PLENTY = Raw(10**15)  # a thousand million coins of six decimals
_Q96 = 2**96
_GAS = 5_000_000
# keccak256("org.zeppelinos.proxy.implementation"), as FiatTokenProxy has it
_LOGIC_SLOT = 0x7050C9E0F4CA769C69BD3A8EF740BC37934F8E2C036E5A723FD8EE048ED3F8C3
_USDC_BLACKLIST, _USDC_BALANCES = 3, 9
_MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
_SWAP = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"
_LEAVE = "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))"
_POSITION = "uint96,address,address,address,uint24,int24,int24,uint128"


def put_recorded_mainnet(
    world: World, codes: dict[Address, bytes], storage: dict[Address, dict[int, int]]
) -> None:
    """Recorded code and storage everywhere it was recorded; no pool that was not recorded.

    Tether lays its storage out otherwise than the local mainnet's port of it, so its storage is
    wiped and everybody's balance given back. Later USDC keeps its blacklist, which names USDC
    itself, in the top bit of the balances; that of May 2022 keeps it apart.
    """
    alloc = load_alloc()
    before = _balances(world, list(alloc))
    for slot in alloc[USDT.address.lower()].storage:
        _set_word(world, USDT.address, slot, 0)
    for address, code in codes.items():
        world.rpc.call("anvil_setCode", address, "0x" + code.hex())
    _set_word(world, USDC.address, _LOGIC_SLOT, int(USDC_LOGIC, 16))
    _set_word(world, USDC.address, _mapped(USDC.address, _USDC_BALANCES), 0)
    _set_word(world, USDC.address, _mapped(USDC.address, _USDC_BLACKLIST), 1)
    for address, words in storage.items():
        for slot, value in words.items():
            _set_word(world, address, slot, value)
    for who, held in before[USDT].items():
        fund_token(world.rpc, USDT, who, held)
    assert _balances(world, list(alloc)) == before
    _leave_only(world, codes)


def _leave_only(world: World, codes: dict[Address, bytes]) -> None:
    for pool in ALL_POOLS:
        if pool.address not in codes:
            world.rpc.call("anvil_setCode", pool.address, "0x")
    for who in (DEPLOYER, PROVIDER, SELLER):
        fund_eth(world.rpc, who, WAD)
        world.rpc.call("anvil_impersonateAccount", who)


def _balances(world: World, people: Sequence[str]) -> dict[Token, dict[Address, Raw]]:
    """Return what everybody holds of the three coins."""
    return {
        token: {Address(who): balance_of(world.rpc, token, Address(who)) for who in people}
        for token in (USDC, USDT, DAI)
    }


def put_day(world: World, day: Day) -> None:
    """3pool's balances of the day, the tokens to back them, and Uniswap's price of the hour."""
    for coin, (token, held) in enumerate(zip(CURVE_3POOL.tokens, day.balances, strict=True)):
        _set_word(world, CURVE_3POOL.address, balance_slot(coin), held)
        missing = held - balance_of(world.rpc, token, CURVE_3POOL.address)
        fund_token(world.rpc, token, CURVE_3POOL.address, Raw(missing))
    move_price(world, tick_of(day))


def tick_of(day: Day) -> int:
    """Return the tick whose price was recorded."""
    return round(log(day.usdt_per_usdc) / log(1.0001))


def take_liquidity_out(world: World) -> None:
    """Leave Uniswap's pool as empty as it was that hour; three positions are in it by then."""
    for token_id in (1, 2, 3):
        position = _view(world, UNISWAP_V3_POSITIONS, _POSITION, "positions(uint256)", token_id)
        leaving = (token_id, position[7], 0, 0, FAR_FUTURE)
        _send(world, DEPLOYER, UNISWAP_V3_POSITIONS, _LEAVE, leaving)
    (left,) = _view(world, V3_USDC_USDT.address, "uint128", "liquidity()")
    assert left == 0


def add_liquidity(world: World, tick: int, liquidity: int) -> None:
    """Lay `liquidity` over 500 ticks each side of `tick`, through the position manager."""
    if liquidity == 0:
        return
    low, high = tick - HALF_WIDTH, tick + HALF_WIDTH
    (price,) = _view(world, V3_USDC_USDT.address, "uint160", "slot0()")
    bottom, top = sqrt_ratio_at(low), sqrt_ratio_at(high)
    wanted = (
        liquidity * _Q96 * (top - price) // (top * price) + 1,
        liquidity * (price - bottom) // _Q96 + 1,
    )
    for token in (USDC, USDT):
        _provide(world, PROVIDER, token, UNISWAP_V3_POSITIONS)
    pair = (USDC.address, USDT.address, FEE_PIPS, low, high)
    _send(
        world, PROVIDER, UNISWAP_V3_POSITIONS, _MINT, (*pair, *wanted, 0, 0, PROVIDER, FAR_FUTURE)
    )


def move_price(world: World, tick: int) -> None:
    """Somebody trades in the pool, through the router, until its price is that of `tick`."""
    (now,) = _view(world, V3_USDC_USDT.address, "uint160", "slot0()")
    target = sqrt_ratio_at(tick)
    if now == target:
        return
    sold, bought = (USDC, USDT) if target < now else (USDT, USDC)
    _provide(world, SELLER, sold, UNISWAP_V3_ROUTER)
    tokens = (sold.address, bought.address)
    order = (*tokens, FEE_PIPS, SELLER, FAR_FUTURE, PLENTY, 0, target)
    _send(world, SELLER, UNISWAP_V3_ROUTER, _SWAP, order)


def get_dy(world: World, i: int, j: int, amount: Raw) -> Raw:
    """Ask the contract."""
    signature = "get_dy(int128,int128,uint256)"
    return Raw(_view(world, CURVE_3POOL.address, "uint256", signature, i, j, amount)[0])


def _provide(world: World, who: Address, token: Token, spender: Address) -> None:
    fund_token(world.rpc, token, who, PLENTY)
    _send(world, who, token.address, "approve(address,uint256)", spender, 0)  # as Tether wants it
    _send(world, who, token.address, "approve(address,uint256)", spender, PLENTY)


def _send(world: World, who: Address, to: Address, signature: str, *arguments: Any) -> None:
    request = {
        "from": who,
        "to": to,
        "data": encode_hex(signature, *arguments),
        "gas": hex(_GAS),
        "gasPrice": hex(10 * GWEI),
    }
    world.mined(world.rpc.call("eth_sendTransaction", request))


def _view(world: World, to: Address, returns: str, signature: str, *arguments: Any) -> Any:
    request = {"to": to, "data": encode_hex(signature, *arguments)}
    answer = bytes.fromhex(world.rpc.call("eth_call", request, "latest")[2:])
    return decode(returns, answer[: 32 * len(returns.split(","))])  # the rest is not asked for


def _mapped(key: Address, slot: int) -> int:
    return int.from_bytes(keccak(abi_encode(["address", "uint256"], [key, slot])), "big")


def _set_word(world: World, address: Address, slot: int, value: int) -> None:
    world.rpc.call("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{value:064x}")
