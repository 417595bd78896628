"""Others' searches for the best size of a cycle, for `repeg bench optimum`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bot.amm.concentrated import ConcentratedPool
from bot.bench.evm import put_on_node
from bot.bench.peers import Peers, peers_packages, python_program
from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.units import Raw
from bot.sandbox.mainnet import start_local_mainnet

BoundedSearch = Callable[[Callable[[float], float], float], float]


def bounded_search() -> BoundedSearch:
    """Return scipy's bounded Brent search for the largest value: (function, upper end) -> where.

    It is the peers' scipy in this process, so that it can ask our quotes.

    Raises:
        PeersAbsent: their environment was never made.
    """
    folder = str(peers_packages())
    sys.path.append(folder)  # last: all that both have is ours
    try:
        from scipy.optimize import minimize_scalar  # noqa: PLC0415
    finally:
        sys.path.remove(folder)

    def search(function: Callable[[float], float], upper: float) -> float:
        found = minimize_scalar(
            lambda size: -function(size),
            method="bounded",
            bounds=(1.0, upper),
            options={"xatol": 1.0},
        )
        return float(found.x)

    return search


class DegenbotCycle:
    """What degenbot finds for one cycle, and how long it takes."""

    def __init__(self, peers: Peers, size: Raw, profit: Raw) -> None:
        self._peers, self.size, self.profit = peers, size, profit
        self.answer = int(profit)

    def seconds(self, count: int) -> float:
        """Return processor time of `count` solutions."""
        return float(self._peers.ask({"count": count}))


@contextmanager
def degenbot_cycle(
    pools: Sequence[ConcentratedPool], paid: Token, most: Raw
) -> Iterator[DegenbotCycle]:
    """Yield degenbot's way through `pools` of V3, put into those states on a local mainnet.

    `most` is the upper end of its search, in base units of `paid`, which the first pool takes.

    Raises:
        PeersAbsent: their environment was never made, or degenbot ended.
    """
    command = python_program("cycle.py")
    with ExitStack() as running:
        anvil = running.enter_context(start_local_mainnet())
        rpc = RpcClient(anvil.url)
        running.callback(rpc.close)
        for pool in pools:
            put_on_node(rpc, pool)
        peers = running.enter_context(Peers(command))
        found = peers.ask(
            {
                "node": anvil.url,
                "pools": [pool.spec.address for pool in pools],
                "token": paid.address,
                "most": f"{most}",
            }
        )
        yield DegenbotCycle(peers, Raw(found["size"]), Raw(found["profit"]))
