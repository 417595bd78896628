"""Quotes against what contracts answered on mainnet, or their bytecode on recorded state."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import generation_of
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK
from bot.domain.assets import DAI, WETH, Token
from bot.domain.units import Address
from bot.domain.venues import CURVE_3POOL, PoolSpec, Venue

WBTC = Token(symbol="WBTC", address=Address("0x" + "01" * 20), decimals=8)
UINT256_HALF = 2**255 - 1
Quote = tuple[str, str, int, int]


@pytest.fixture(scope="module")
def oracles(data_dir: Path) -> Path:
    return data_dir / "exactness-oracles"


def read(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


def three_pool(balances: list[Any], amplification: int, fee: int) -> StableSwapPool:
    return StableSwapPool(
        spec=CURVE_3POOL,
        block=1,
        amplification=amplification,
        fee=fee,
        balances=tuple(int(balance) for balance in balances),
        generation=generation_of(CURVE_3POOL),
    )


def entries(path: Path) -> list[Quote]:
    """Return method, direction, amount and answer of a recorded file."""
    found = []
    for key, entry in read(path)["entries"].items():
        _, method, direction, amount = key.split("|")
        found.append((method, direction, int(amount), entry["value"]))
    return found


def v3_spec(*tokens: Token) -> PoolSpec:
    return PoolSpec(
        name="recorded", venue=Venue.UNISWAP_V3, address=Address("0x" + "02" * 20), tokens=tokens
    )


@pytest.fixture(scope="module")
def wbtc_weth(oracles: Path) -> ConcentratedPool:
    recorded = read(oracles / "degenbot" / "uniswap_v3_wbtc_weth_block_24407242.json")
    now = recorded["scalars"]
    nets = sorted((int(tick), int(info[1])) for tick, info in recorded["tick_data"].items())
    return ConcentratedPool(
        spec=v3_spec(WBTC, WETH),
        block=recorded["block"],
        sqrt_price_x96=int(now["sqrt_price_x96"]),
        tick=now["tick"],
        liquidity=int(now["liquidity"]),
        fee=now["fee"],
        tick_spacing=now["tick_spacing"],
        lowest_tick=MIN_TICK,
        highest_tick=MAX_TICK,
        ticks=tuple(tick for tick, _ in nets),
        liquidity_nets=tuple(net for _, net in nets),
    )


@pytest.fixture(scope="module")
def wbtc_weth_quotes(oracles: Path) -> list[Quote]:
    return entries(oracles / "degenbot" / "test_cached_calculations_v3_wbtc_weth.json")


def test_three_pool_answers_as_recorded_on_mainnet(oracles: Path) -> None:
    state = read(oracles / "degenbot" / "curve_tripool_block_24407242.json")
    pool = three_pool(state["balances"], state["a_coefficient"], state["fee"])
    position = {token.symbol: k for k, token in enumerate(CURVE_3POOL.tokens)}
    quotes = entries(oracles / "degenbot" / "test_curve_tripool_get_dy.json")
    assert len(quotes) == 18
    for _, direction, amount, answer in quotes:
        i, j = (position[symbol] for symbol in direction.split("->"))
        assert pool.get_dy(i, j, amount) == answer


def test_three_pool_answers_as_its_bytecode_did_at_six_blocks(oracles: Path) -> None:
    states = read(oracles / "derived" / "curve_3pool_get_dy_vectors.json")["states"]
    assert sum(len(state["get_dy"]) for state in states) == 288
    for state in states:
        pool = three_pool(state["balances"], state["A"], state["fee_1e10"])
        for quote in state["get_dy"]:
            assert pool.get_dy(quote["i"], quote["j"], int(quote["dx"])) == int(quote["dy"])


def test_three_pool_answers_as_its_bytecode_did_through_may_2022(oracles: Path) -> None:
    rows = read(oracles / "derived" / "curve_3pool_may2022_replay.json")["rows"]
    assert len(rows) == 13
    for row in rows:
        balances = [row["balances"][token.symbol] for token in CURVE_3POOL.tokens]
        pool = three_pool(balances, row["A"], row["fee_1e10"])
        for name, i, j in (("usdc_to_usdt", 1, 2), ("usdt_to_usdc", 2, 1)):
            for size, dx in (("1k", 10**9), ("10m", 10**13)):
                assert pool.get_dy(i, j, dx) == row[f"{name}_{size}"] * dx


def test_v3_pays_as_recorded_on_mainnet(
    wbtc_weth: ConcentratedPool, wbtc_weth_quotes: list[Quote]
) -> None:
    quotes = [quote for quote in wbtc_weth_quotes if quote[0] == "quoteExactInputSingle"]
    assert len(quotes) == 40
    for _, direction, amount, answer in quotes:
        i = 0 if direction == "WBTC->WETH" else 1
        # More than the pool can take was filled in part: up to the end of its range.
        filled = wbtc_weth.max_in(i, 1 - i) if amount == UINT256_HALF else amount
        assert wbtc_weth.amount_out(i, 1 - i, filled) == answer


def test_v3_input_recorded_for_an_exact_output_is_enough_and_one_less_is_not(
    wbtc_weth: ConcentratedPool, wbtc_weth_quotes: list[Quote]
) -> None:
    quotes = [quote for quote in wbtc_weth_quotes if quote[0] == "quoteExactOutputSingle"]
    assert len(quotes) == 40
    for _, direction, amount, answer in quotes:
        i = 0 if direction == "WBTC->WETH" else 1
        limit = wbtc_weth.max_in(i, 1 - i)
        if amount > wbtc_weth.amount_out(i, 1 - i, limit):
            assert answer == limit  # all that the pool can take
        else:
            assert wbtc_weth.amount_out(i, 1 - i, answer) >= amount
            assert wbtc_weth.amount_out(i, 1 - i, answer - 1) < amount


def test_v3_pays_as_its_bytecode_did_across_140_ticks(oracles: Path) -> None:
    recorded = read(oracles / "derived" / "univ3_dai_weth_3000_block19471508.json")
    ticks = [(int(tick), int(net)) for tick, _, net in recorded["ticks_[tick,gross,net]"]]
    lowest, highest = recorded["valid_tick_range"]
    pool = ConcentratedPool(
        spec=v3_spec(DAI, WETH),
        block=recorded["block"],
        sqrt_price_x96=int(recorded["sqrtPriceX96"]),
        tick=recorded["tick"],
        liquidity=int(recorded["liquidity"]),
        fee=recorded["fee"],
        tick_spacing=recorded["tickSpacing"],
        lowest_tick=lowest,
        highest_tick=highest,
        ticks=tuple(tick for tick, _ in ticks),
        liquidity_nets=tuple(net for _, net in ticks),
    )
    assert len(recorded["quotes"]) == 15
    for quote in recorded["quotes"]:
        i = 0 if quote["dir"] == "DAI->WETH" else 1
        assert pool.amount_out(i, 1 - i, int(quote["amountIn"])) == int(quote["amountOut"])
