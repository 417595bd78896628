"""Shares of 3pool and the RAI metapool against what mainnet's contracts answered."""

from typing import Any

import pytest

from bot.amm.generations import Generation
from bot.amm.metapool import MetaPool
from bot.amm.stable_shares import StableShares
from bot.amm.stableswap import StableSwapPool
from bot.bench.records import oracle
from bot.domain.assets import Token
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, PoolSpec, Venue

pytestmark = pytest.mark.usefixtures("data_dir")

METAPOOL = "degenbot/curve_metapool_rai_3crv_block_25144000.json"


def three_pool(state: dict[str, Any], block: int) -> StableSwapPool:
    return StableSwapPool(
        spec=CURVE_3POOL,
        block=block,
        amplification=state["a_coefficient"],
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        balances=tuple(Raw(int(balance)) for balance in state["balances"]),
        generation=Generation.THREE_POOL,
    )


def rai_metapool() -> MetaPool:
    state = oracle(METAPOOL)
    rai = Token(symbol="RAI", address=Address(state["tokens"][0]["address"]), decimals=18)
    coin, shares = (Raw(int(balance)) for balance in state["balances"])
    return MetaPool(
        spec=PoolSpec(
            name="RAI/3Crv",
            venue=Venue.CURVE_UNDERLYING,
            address=Address(state["address"]),
            tokens=(rai, *CURVE_3POOL.tokens),
        ),
        block=state["block"],
        amplification=state["a_coefficient"] * 100,
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        balances=(coin, shares),
        base=three_pool(state["base_pool"], state["block"]),
        base_supply=Raw(int(state["base_pool"]["lp_token_total_supply"])),
        base_virtual_price=int(state["base_virtual_price"]),
        base_cache_updated=state["base_cache_updated"],
        coin_rate=int(state["redemption_price"]),
        timestamp_s=state["block_timestamp"],
    )


def answers(name: str) -> list[tuple[list[str], int]]:
    """Return what was asked, split, and the answer."""
    return [(key.split("|")[1:], entry["value"]) for key, entry in oracle(name)["entries"].items()]


def test_shares_of_three_pool_are_counted_as_recorded_on_mainnet() -> None:
    state = oracle("degenbot/curve_tripool_block_24407242.json")
    supply = int(state["lp_token_total_supply"])
    books = StableShares(three_pool(state, state["block"]), supply)
    asked = answers("degenbot/test_curve_tripool_calc_withdraw_and_token_amount.json")
    assert len(asked) == 18
    for (method, *_, coin, amount), answer in asked:
        k = int(coin.removeprefix("i="))
        if method == "calc_token_amount":
            amounts = [int(amount) if at == k else 0 for at in range(3)]
            assert books.shares_for(amounts, deposit=True) == answer
        else:
            assert books.withdrawn(int(amount), k)[0] == answer


def test_metapool_answers_as_recorded_on_mainnet() -> None:
    pool = rai_metapool()
    position = {token.symbol: k for k, token in enumerate(pool.spec.tokens)}
    asked = answers("degenbot/test_curve_metapool_get_dy.json")
    assert len(asked) == 42
    for (method, direction, amount), answer in asked:
        coin_in, coin_out = direction.split("->")
        if method == "get_dy":
            i, j = int(coin_in != "RAI"), int(coin_out != "RAI")
            assert pool.pair.amount_out(i, j, Raw(int(amount))) == answer
        else:
            i, j = position[coin_in], position[coin_out]
            assert pool.get_dy_underlying(i, j, Raw(int(amount))) == answer


def test_metapool_uses_the_price_it_keeps_until_that_is_ten_minutes_old() -> None:
    state, pool = oracle(METAPOOL), rai_metapool()
    fresh = int(state["base_pool"]["virtual_price"])
    updated = pool.base_cache_updated
    assert pool.virtual_price == pool.at(updated + 600).virtual_price != fresh
    assert pool.at(updated + 601).virtual_price == pool.shares.virtual_price() == fresh
