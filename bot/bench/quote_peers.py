"""The libraries that `repeg bench quotes` asks as well, on a node with the very same pools."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from eth_utils.crypto import keccak

from bot.bench.evm import put_on_node
from bot.bench.peers import Peers, node_folder, node_program, python_program
from bot.bench.quote_questions import CurveQuestion, RangeQuestion
from bot.bench.timing import Way
from bot.chain.rpc import RpcClient
from bot.domain.units import WAD, Address
from bot.domain.venues import UNISWAP_V3_FACTORY
from bot.sandbox.addresses import CURVE_SUSD_LP
from bot.sandbox.mainnet import start_local_mainnet

_CURVE_REGISTRY = Address("0xF98B45FA17DE75FB1aD0e7aFD971b0ca00e379fC")  # the MetaRegistry
_LP_TOKEN_OF = keccak(text="get_lp_token(address)")[:4]


class PeerWay:
    """A library's answer to one question; its time is its own processor's."""

    def __init__(self, peers: Peers, who: tuple[str, str], answer: int) -> None:
        self._peers, self._who, self.answer = peers, who, answer

    def seconds(self, count: int) -> float:
        """Return processor time of `count` quotes."""
        return self._peers.seconds(*self._who, count)


@contextmanager
def peer_ways(
    ranges: Mapping[str, RangeQuestion], curves: Mapping[str, CurveQuestion]
) -> Iterator[tuple[dict[str, dict[str, Way]], list[str]]]:
    """Yield each peer's way to each question, and which peers could not be asked.

    Raises:
        PeersAbsent: their environment was never made.
    """
    commands = ((python_program("quotes.py"), None), (node_program("quotes.mjs"), node_folder()))
    with ExitStack() as running:
        anvil = running.enter_context(start_local_mainnet())
        rpc = RpcClient(anvil.url)
        running.callback(rpc.close)
        _prepare_chain(rpc, ranges)
        asked = _described(anvil.url, ranges, curves)
        ways: dict[str, dict[str, Way]] = {}
        problems = []
        for command, folder in commands:
            started = Peers(command) if folder is None else Peers(command, folder)
            peers = running.enter_context(started)
            found = peers.prepare(asked)
            problems += [
                f"{peer} could not be asked: {why}" for peer, why in found.problems.items()
            ]
            for peer, answers in found.answers.items():
                for question, answer in answers.items():
                    way = PeerWay(peers, (peer, question), answer)
                    ways.setdefault(question, {})[peer] = way
        yield ways, problems


def _prepare_chain(rpc: RpcClient, ranges: Mapping[str, RangeQuestion]) -> None:
    """Put the V3 pool into its state, and a registry where degenbot asks for Curve's share tokens.

    The registry has one answer for every pool; quotes do not use it.
    """
    put_on_node(rpc, next(iter(ranges.values())).pool)
    # calldataload(0) >> 224 == selector, times the address, is returned.
    share = bytes.fromhex(CURVE_SUSD_LP[2:])
    code = b"\x60\x00\x35\x60\xe0\x1c\x63" + _LP_TOKEN_OF + b"\x14\x73" + share
    code += b"\x02\x60\x00\x52\x60\x20\x60\x00\xf3"
    rpc.call("anvil_setCode", _CURVE_REGISTRY, "0x" + code.hex())


def _described(
    node: str, ranges: Mapping[str, RangeQuestion], curves: Mapping[str, CurveQuestion]
) -> dict[str, Any]:
    """Return the pools and sizes as the programs want them; what may outgrow 53 bits as text."""
    pool = next(iter(ranges.values())).pool
    tokens = [
        {"address": token.address, "decimals": token.decimals, "symbol": token.symbol}
        for token in pool.spec.tokens
    ]
    return {
        "node": node,
        "v3": {
            "address": pool.spec.address,
            "factory": UNISWAP_V3_FACTORY,
            "tokens": tokens,
            "fee": pool.fee,
            "spacing": pool.tick_spacing,
            "tick": pool.tick,
            "sqrt_price_x96": f"{pool.sqrt_price_x96}",
            "liquidity": f"{pool.liquidity}",
            "ticks": [
                (tick, f"{net}") for tick, net in zip(pool.ticks, pool.liquidity_nets, strict=True)
            ],
            "sizes": {name: f"{question.size}" for name, question in ranges.items()},
        },
        "stableswap": {name: _curve_described(question) for name, question in curves.items()},
    }


def _curve_described(question: CurveQuestion) -> dict[str, Any]:
    pool, (i, j) = question.pool, question.coins
    return {
        "address": pool.spec.address,
        "amplification": pool.amplification,
        "balances": [f"{balance}" for balance in pool.balances],
        "rates": [f"{WAD * 10 ** (18 - token.decimals)}" for token in pool.spec.tokens],
        "fee": pool.fee,
        "admin_fee": pool.admin_fee,
        "i": i,
        "j": j,
        "size": f"{question.size}",
    }
