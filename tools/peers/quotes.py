"""Others' Python quotes, asked over a pipe: one JSON object a line in, one out.

Runs in .venv-peers. The first line holds the pools and sizes, and is answered with what each peer
quotes. Every further line names a peer, a question and a count, and is answered with processor
seconds.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

Ask = Callable[[], int]


def main() -> None:
    """Serve until the pipe closes."""
    asks = {}
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        if number == 0:
            asks, problems = prepared(request)
            answer: Any = {
                "answers": {peer: {q: ask() for q, ask in of.items()} for peer, of in asks.items()},
                "problems": problems,
            }
        else:
            answer = seconds(asks[request["peer"]][request["question"]], request["count"])
        print(json.dumps(answer), flush=True)


def prepared(request: dict[str, Any]) -> tuple[dict[str, dict[str, Ask]], dict[str, str]]:
    """Return what asks each peer, and why some cannot be asked."""
    asks, problems = {}, {}
    for peer, prepare in (
        ("degenbot", degenbot_asks),
        ("uniswap_v3_quoter", quoter_asks),
        ("curvesim", curvesim_asks),
    ):
        try:
            asks[peer] = prepare(request)
            for ask in asks[peer].values():
                ask()
        except Exception as error:  # noqa: BLE001 - whatever a peer does, the others are measured
            problems[peer] = f"{type(error).__name__}: {error}"
            asks.pop(peer, None)
    return asks, problems


def degenbot_asks(request: dict[str, Any]) -> dict[str, Ask]:
    """Let degenbot read the pools from the node, as it does for its users."""
    logging.disable(logging.CRITICAL)
    import degenbot  # noqa: PLC0415 - seven seconds
    from web3 import HTTPProvider, Web3  # noqa: PLC0415

    node = Web3(HTTPProvider(request["node"]))
    degenbot.set_web3(node)
    block = node.eth.block_number
    ranges = degenbot.UniswapV3Pool(request["v3"]["address"], silent=True)
    asks: dict[str, Ask] = {}
    for name, size in request["v3"]["sizes"].items():
        asks[name] = lambda size=int(size): ranges.calculate_tokens_out_from_tokens_in(
            ranges.token0, size
        )
    for name, pool in request["stableswap"].items():
        curve = degenbot.CurveStableswapPool(pool["address"], silent=True)
        paid, bought = curve.tokens[pool["i"]], curve.tokens[pool["j"]]
        # With the block's number: without one it asks the node at every quote.
        asks[name] = lambda curve=curve, paid=paid, bought=bought, size=int(pool["size"]): (
            curve.calculate_tokens_out_from_tokens_in(paid, bought, size, block_identifier=block)
        )
    return asks


def quoter_asks(request: dict[str, Any]) -> dict[str, Ask]:
    """Give uniswap-v3-quoter the pool's state by hand."""
    from uniswap_v3_quoter import PoolState, QuoterV3, TickInfo  # noqa: PLC0415

    given = request["v3"]
    state = PoolState(
        address=given["address"],
        token0="",
        token1="",
        fee=given["fee"],
        tick_spacing=given["spacing"],
        sqrt_price_x96=int(given["sqrt_price_x96"]),
        tick=given["tick"],
        liquidity=int(given["liquidity"]),
    )
    for tick, net in ((tick, int(net)) for tick, net in given["ticks"]):
        state.set_tick(
            tick, TickInfo(liquidity_gross=abs(net), liquidity_net=net, initialized=True)
        )
        word, bit = divmod(tick // given["spacing"], 256)
        state.set_tick_bitmap_word(word, state.get_tick_bitmap_word(word) | 1 << bit)

    class Fixed:
        """What the quoter calls a fetcher, with one pool in it."""

        def get_pool_state(self, _address: str) -> PoolState:
            return state

    quoter = QuoterV3(None, Fixed())
    return {
        name: lambda size=int(size): quoter.quote_exact_input_single(
            given["address"], zero_for_one=True, amount_in=size
        )
        for name, size in given["sizes"].items()
    }


def curvesim_asks(request: dict[str, Any]) -> dict[str, Ask]:
    """Let curvesim swap, and put its balances back after each swap."""
    from curvesim.pool.stableswap.pool import CurvePool  # noqa: PLC0415

    def ask_of(given: dict[str, Any]) -> Ask:
        pool = CurvePool(
            given["amplification"],
            D=[int(balance) for balance in given["balances"]],
            n=len(given["balances"]),
            rates=[int(rate) for rate in given["rates"]],
            fee=given["fee"],
            admin_fee=given["admin_fee"],
        )
        start, i, j, size = list(pool.balances), given["i"], given["j"], int(given["size"])

        def ask() -> int:
            paid = pool.exchange(i, j, size)[0]
            pool.balances = start.copy()
            return int(paid)

        return ask

    return {name: ask_of(given) for name, given in request["stableswap"].items()}


def seconds(ask: Ask, count: int) -> float:
    """Return processor time of `count` quotes."""
    started = time.process_time()
    for _ in range(count):
        ask()
    return time.process_time() - started


if __name__ == "__main__":
    main()
