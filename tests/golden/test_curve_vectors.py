"""Curve's pools against the protocol's published functions, run on random states.

The files say which functions and how they were run. The stand-ins of the local mainnet had no part
in them, so an error that arithmetic and stand-in share shows here.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.amm.generations import Generation
from bot.amm.metapool import MetaPool
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, PoolSpec, Venue

FOLDER = Path(__file__).parent / "curve"


def states(name: str) -> list[Any]:
    found: list[Any] = json.loads((FOLDER / name).read_text())["states"]
    return found


def token(k: int, decimals: int) -> Token:
    return Token(symbol=f"T{k}", address=Address(f"0x{k + 1:040x}"), decimals=decimals)


def raws(texts: list[str]) -> tuple[Raw, ...]:
    return tuple(Raw(int(text)) for text in texts)


def plain_pool(state: dict[str, Any]) -> StableSwapPool:
    tokens = tuple(token(k, decimals) for k, decimals in enumerate(state["decimals"]))
    address = Address("0x" + "66" * 20)
    return StableSwapPool(
        spec=PoolSpec(name="plain", venue=Venue.CURVE, address=address, tokens=tokens),
        block=1,
        amplification=state["amplification"],
        amplification_precision=100,
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        balances=raws(state["balances"]),
        generation=Generation[state["generation"]],
    )


def ng_pool(state: dict[str, Any]) -> StableSwapNgPool:
    tokens = tuple(token(k, 18) for k in range(len(state["balances"])))
    address = Address("0x" + "77" * 20)
    spec = PoolSpec(name="NG", venue=Venue.CURVE_RECEIVED, address=address, tokens=tokens)
    return StableSwapNgPool(
        spec=spec,
        block=1,
        amplification=state["amplification"],
        fee=state["fee"],
        offpeg_fee_multiplier=state["offpeg_fee_multiplier"],
        balances=raws(state["balances"]),
        rates=raws(state["rates"]),
    )


def metapool(state: dict[str, Any]) -> MetaPool:
    tokens = (token(0, state["coin_decimals"]), DAI, USDC, USDT)
    address = Address("0x" + "88" * 20)
    base = StableSwapPool(
        spec=CURVE_3POOL,
        block=1,
        amplification=state["base"]["amplification"],
        fee=state["base"]["fee"],
        admin_fee=state["base"]["admin_fee"],
        balances=raws(state["base"]["balances"]),
        generation=Generation.THREE_POOL,
    )
    coin, shares = raws(state["balances"])
    return MetaPool(
        spec=PoolSpec(name="meta", venue=Venue.CURVE_UNDERLYING, address=address, tokens=tokens),
        block=1,
        amplification=state["amplification"],
        fee=state["fee"],
        balances=(coin, shares),
        base=base,
        base_supply=Raw(int(state["base_supply"])),
        base_virtual_price=int(state["base_virtual_price"]),
        base_cache_updated=state["base_cache_updated"],
        coin_rate=int(state["coin_rate"]),
        timestamp_s=state["timestamp_s"],
    )


@pytest.mark.parametrize("state", states("stableswap.json"))
def test_plain_pool_pays_quotes_and_keeps_its_books_as_the_published_functions_do(
    state: dict[str, Any],
) -> None:
    pool = plain_pool(state)
    for swap in state["swaps"]:
        i, j, size = swap["i"], swap["j"], Raw(int(swap["dx"]))
        assert pool.amount_out(i, j, size) == int(swap["paid"])
        assert pool.get_dy(i, j, size) == int(swap["view"])
        assert pool.after(i, j, size).balances == raws(swap["balances"])


@pytest.mark.parametrize("state", states("stableswap_ng.json"))
def test_ng_pool_pays_and_keeps_its_books_as_the_published_functions_do(
    state: dict[str, Any],
) -> None:
    pool = ng_pool(state)
    for swap in state["swaps"]:
        i, j, size = swap["i"], swap["j"], Raw(int(swap["dx"]))
        assert pool.amount_out(i, j, size) == int(swap["paid"])
        assert pool.after(i, j, size).balances == raws(swap["balances"])


@pytest.mark.parametrize("state", states("stableswap_ng.json"))
def test_ng_pools_view_asks_what_the_published_one_asks(state: dict[str, Any]) -> None:
    pool = ng_pool(state)
    for swap in state["swaps"]:
        asked = pool.get_dx(swap["i"], swap["j"], Raw(int(swap["wanted"])))
        assert asked == int(swap["get_dx"] or 0)


@pytest.mark.parametrize("state", states("metapool.json"))
def test_metapool_pays_and_leaves_both_books_as_the_published_functions_do(
    state: dict[str, Any],
) -> None:
    pool = metapool(state)
    for swap in state["swaps"]:
        i, j, size = swap["i"], swap["j"], Raw(int(swap["dx"]))
        assert pool.amount_out(i, j, size) == int(swap["paid"] or 0)
        left = pool.after(i, j, size)
        if pool.amount_out(i, j, size):
            own, base, supply, price, updated = swap["after"]
            assert (left.balances, left.base.balances) == (raws(own), raws(base))
            assert (left.base_supply, left.base_virtual_price) == (int(supply), int(price))
            assert left.base_cache_updated == updated


@pytest.mark.parametrize("state", states("metapool.json"))
def test_metapools_view_answers_as_the_published_one_does(state: dict[str, Any]) -> None:
    pool = metapool(state)
    for swap in state["swaps"]:
        if pool.coin_rate == 0:  # the factory's view knows no others
            answered = pool.get_dy_underlying(swap["i"], swap["j"], Raw(int(swap["dx"])))
            assert answered == int(swap["view"] or 0)
