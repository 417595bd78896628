"""degenbot's best size of a cycle through Uniswap V3 pools, asked over a pipe as quotes.py is.

Runs in .venv-peers. The first line names the node, the pools in their order, the token that goes
in and the most of it; its answer is the size and profit found.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Serve until the pipe closes."""
    solve: Callable[[], Any] = dict
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        if number == 0:
            solve = solver_of(request)
            found = solve()
            answer: Any = {"size": found.input_amount, "profit": found.profit_amount}
        else:
            answer = seconds(solve, request["count"])
        print(json.dumps(answer), flush=True)


def solver_of(request: dict[str, Any]) -> Callable[[], Any]:
    """Return what solves the cycle once; its pools are read from the node before."""
    logging.disable(logging.CRITICAL)
    import degenbot  # noqa: PLC0415 - seven seconds
    from degenbot.arbitrage.uniswap_lp_cycle import UniswapLpCycle  # noqa: PLC0415
    from web3 import HTTPProvider, Web3  # noqa: PLC0415

    degenbot.set_web3(Web3(HTTPProvider(request["node"])))
    pools = [degenbot.UniswapV3Pool(address, silent=True) for address in request["pools"]]
    paid = next(token for token in pools[0].tokens if token.address == request["token"])
    cycle = UniswapLpCycle(
        input_token=paid, swap_pools=pools, id="cycle", max_input=int(request["most"])
    )
    return cycle.calculate


def seconds(solve: Callable[[], Any], count: int) -> float:
    """Return processor time of `count` solutions."""
    started = time.process_time()
    for _ in range(count):
        solve()
    return time.process_time() - started


if __name__ == "__main__":
    main()
