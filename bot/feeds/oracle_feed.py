"""Chainlink's answers, and when they are not to be believed.

Chainlink answers when the price moved by a threshold or a heartbeat passed; the contract goes on
telling its last answer for ever. So the answer's own time decides, not that it was read just now.
"""

from collections.abc import Iterator, Sequence

import structlog

from bot.chain.abi import encode, signed_word, word
from bot.chain.lens import Read
from bot.chain.rpc import RpcClient
from bot.domain.oracles import PriceOracle
from bot.domain.ticks import FaultKind, Message, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.confirmation import confirm
from bot.feeds.standings import Standings

log = structlog.get_logger()

ORACLE_VENUE = "Chainlink"
LATE_S = 900  # beyond the heartbeat: a full chain delays answers
_AHEAD_S = 60
_ROUND = encode("latestRoundData()")  # round, answer, started, updated, answered in
_ROUND_BYTES = 5 * 32
_ANSWER, _UPDATED = 1, 3
_LEAST, _MOST = Wad(10**12), Wad(10**24)  # a millionth to a million: no money is worth less or more


class OracleFeed:
    """The newest answer of each oracle, read anew at every block."""

    def __init__(self, oracles: Sequence[PriceOracle], standings: Standings) -> None:
        self._oracles, self._standings = tuple(oracles), standings
        self.reads = tuple(Read(target=oracle.proxy, data=_ROUND) for oracle in oracles)

    def messages(self, answers: Sequence[bytes], at: Nanos, seen_at: Nanos) -> Iterator[Message]:
        """Yield a tick or a fault of each; `at` is the time of the block that was asked."""
        for oracle, answer in zip(self._oracles, answers, strict=True):
            source = (ORACLE_VENUE, oracle.pair)
            told = price_told(oracle, answer, at, seen_at)
            if isinstance(told, Tick):
                yield told
                yield from self._standings.well(source, seen_at)
            else:
                yield from self._standings.ill(source, *told, seen_at)


def price_told(
    oracle: PriceOracle, answer: bytes, at: Nanos, seen_at: Nanos
) -> Tick | tuple[FaultKind, str]:
    """Return the price of a `latestRoundData()`, or what is wrong with it at block time `at`.

    The tick is dated by the answer, not by the block.
    """
    if len(answer) != _ROUND_BYTES:
        return FaultKind.MALFORMED, f"{len(answer)} bytes, not {_ROUND_BYTES}"
    price, updated_s = signed_word(answer, _ANSWER), word(answer, _UPDATED)
    late = _flaw_in_time(oracle, updated_s, at // NANOS_PER_S)
    if late is not None:
        return late
    wads = Wad(price * WAD // 10**oracle.decimals)
    if price <= 0:
        return FaultKind.NOT_A_NUMBER, f"answer {price}"
    if not _LEAST <= wads <= _MOST:
        return FaultKind.SHIFTED, f"answer {price} of {oracle.decimals} decimals"
    return Tick(
        venue=ORACLE_VENUE,
        kind=SourceKind.ORACLE,
        asset=oracle.asset,
        currency=oracle.currency,
        bid=wads,
        ask=wads,
        at=Nanos(updated_s * NANOS_PER_S),
        seen_at=seen_at,
    )


def _flaw_in_time(oracle: PriceOracle, updated_s: int, now_s: int) -> tuple[FaultKind, str] | None:
    age_s = now_s - updated_s
    if updated_s == 0:
        return FaultKind.EMPTY, "its round is not complete"
    if age_s < -_AHEAD_S:
        return FaultKind.CLOCK, f"answered {-age_s} s after the block"
    if age_s > oracle.heartbeat_s + LATE_S:
        return FaultKind.STALLED, f"no answer for {age_s} s, heartbeat {oracle.heartbeat_s} s"
    return None


def confirmed_oracles(rpc: RpcClient, oracles: Sequence[PriceOracle]) -> tuple[PriceOracle, ...]:
    """Return those that the newest block knows by name and scale; the others are logged.

    Raises:
        NodeUnreachable: no answer.
        NodeRefused: the node takes no state overrides.
    """
    said = dict(zip(oracles, confirm(rpc, [oracle.checks for oracle in oracles]), strict=True))
    absent = [
        oracle.pair for oracle, problems in said.items() if len(problems) == len(oracle.checks)
    ]
    if absent:
        log.info("oracles_absent", pairs=absent)
    for oracle, problems in said.items():
        if problems and oracle.pair not in absent:
            log.warning("oracle_contradicts_table", pair=oracle.pair, reason=problems[0])
    return tuple(oracle for oracle, problems in said.items() if not problems)
