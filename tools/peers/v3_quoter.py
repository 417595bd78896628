"""Answers of PyPI's uniswap-v3-quoter, for `repeg bench exactness`; runs in .venv-peers.

Standard input: a JSON list of pools with their questions; standard output: a list of lists of
answers, null where the quoter raised an error.
"""

import json
import sys
from typing import Any

from uniswap_v3_quoter.quoter import QuoterV3
from uniswap_v3_quoter.state.pool_state import PoolState, TickInfo

NO_TOKEN = "0x" + "00" * 20
WORD = 256


class OnePool:
    """Stands where the quoter looks for what it fetched."""

    def __init__(self, pool: PoolState) -> None:
        self._pool = pool

    def get_pool_state(self, address: str) -> PoolState:
        """Return the pool, whatever it is called."""
        del address
        return self._pool


def pool_of(asked: dict[str, Any]) -> PoolState:
    """Return the pool as the quoter keeps it."""
    pool = PoolState(
        address=NO_TOKEN,
        token0=NO_TOKEN,
        token1=NO_TOKEN,
        fee=asked["fee"],
        tick_spacing=asked["tick_spacing"],
        sqrt_price_x96=asked["sqrt_price_x96"],
        tick=asked["tick"],
        liquidity=asked["liquidity"],
    )
    for tick, net in asked["nets"]:
        pool.set_tick(tick, TickInfo(liquidity_gross=abs(net), liquidity_net=net, initialized=True))
        place, bit = divmod(tick // asked["tick_spacing"], WORD)
        pool.set_tick_bitmap_word(place, pool.get_tick_bitmap_word(place) | 1 << bit)
    return pool


def answer(quoter: QuoterV3, coin_in: int, amount: int) -> int | None:
    """Return its quote without a price limit; nothing where it fails."""
    try:
        return int(quoter.quote_exact_input_single(NO_TOKEN, coin_in == 0, amount))
    except Exception:  # noqa: BLE001 - any error of the peer is an answer too
        return None


def main() -> None:
    """Answer everything asked on standard input."""
    answers = []
    for asked in json.load(sys.stdin):
        quoter = QuoterV3(None, OnePool(pool_of(asked)))
        answers.append([answer(quoter, coin_in, amount) for coin_in, amount in asked["questions"]])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
