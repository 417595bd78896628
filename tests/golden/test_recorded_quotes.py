"""Quotes against what contracts answered on mainnet, or their bytecode on recorded state."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.amm.generations import generation_of
from bot.amm.stableswap import StableSwapPool
from bot.domain.venues import CURVE_3POOL

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
