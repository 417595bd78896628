"""The whole registry against a chain: what is there, what is absent, and what is another."""

from collections.abc import Sequence
from enum import Enum

import msgspec

from bot.amm.pool import Pool
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.domain.executor_lists import LOCAL_LISTS
from bot.domain.registry import ENTRIES, Entry, Need, Role
from bot.domain.units import Address
from bot.domain.venues import PoolSpec
from bot.execution.executor_check import lists_of
from bot.feeds.confirmation import confirm
from bot.feeds.pool_states import pool_from, read_of

_ONLY_SEEN = "seen, not traded: the executor's lists do not name it"


class Status(Enum):
    """What the chain says about an entry."""

    OK = "ok"
    ABSENT = "absent"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One entry and what became of its checks."""

    name: str
    role: Role
    address: Address
    status: Status
    detail: str  # what was found
    advice: str = ""  # what to do, empty where nothing is
    source: str = ""
    fatal: bool = False


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """Every entry at one block."""

    block: int
    timestamp_s: int
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether the bot may run: nothing is wrong, and nothing that it needs is absent."""
        return not any(finding.fatal for finding in self.findings)


def examine(rpc: RpcClient, entries: Sequence[Entry] = ENTRIES) -> Examination:
    """Return what the newest block says about `entries`, in their order.

    Raises:
        NodeUnreachable: no answer.
        NodeRefused: the node takes no state overrides.
    """
    where = list(dict.fromkeys(entry.address for entry in entries))
    codes = rpc.batch([("eth_getCode", (address, "latest")) for address in where])
    inhabited = {address for address, code in zip(where, codes, strict=True) if len(code) > 2}
    there = [entry for entry in entries if entry.address in inhabited]
    contradictions = dict(zip(there, confirm(rpc, [entry.checks for entry in there]), strict=True))
    specs = [entry.pool for entry in there if entry.pool is not None]
    answers = Lens([read_of(spec) for spec in specs]).look(rpc, "latest")
    states = {
        spec: pool_from(spec, answers.block, answer)
        for spec, answer in zip(specs, answers.data, strict=True)
    }
    return Examination(
        block=answers.block,
        timestamp_s=answers.timestamp_s,
        findings=tuple(
            _judged(entry, contradictions[entry], states)
            if entry in contradictions
            else _absent(entry, "no code")
            for entry in entries
        ),
    )


def examine_executor(rpc: RpcClient, executor: Address) -> Finding:
    """Return whether the contract at `executor` has the lists of this version.

    Raises:
        NodeUnreachable: no answer.
    """
    if len(rpc.call("eth_getCode", executor, "latest")) <= 2:
        advice = "deploy one with `ape run deploy`, or name the right one"
        return _executor(executor, Status.ABSENT, "no code", advice)
    try:
        lists = lists_of(rpc, executor)
    except BadConfiguration as error:
        return _executor(executor, Status.WRONG, str(error))
    detail = f"{len(lists.tokens)} tokens, {len(lists.targets)} targets, as this version has them"
    return _executor(executor, Status.OK, detail)


def _executor(address: Address, status: Status, detail: str, advice: str = "") -> Finding:
    return Finding(
        name="DepegExecutor",
        role=Role.EXECUTOR,
        address=address,
        status=status,
        detail=detail,
        advice=advice,
        fatal=status is not Status.OK,
    )


def _judged(entry: Entry, said: tuple[str, ...], states: dict[PoolSpec, Pool | None]) -> Finding:
    if said and entry.need is Need.LOCAL:  # mainnet may have others there
        return _absent(entry, "another contract")
    if said:
        return _wrong(entry, "; ".join(said))
    if entry.pool is None:
        return _finding(entry, Status.OK, _count(len(entry.checks)))
    state = states[entry.pool]
    if state is not None:
        advice = "" if LOCAL_LISTS.covers(entry.pool) else _ONLY_SEEN
        detail = f"{_count(len(entry.checks))}, {_doors(state)}"
        return _finding(entry, Status.OK, detail, advice)
    if not entry.checks:
        return _absent(entry, "no pool of this key")
    return _wrong(entry, "its state cannot be read")


def _absent(entry: Entry, detail: str) -> Finding:
    if entry.need is Need.REQUIRED:
        advice = "needed: is this Ethereum mainnet, or a copy of it?"
        return _finding(entry, Status.ABSENT, detail, advice, fatal=True)
    return _finding(entry, Status.ABSENT, detail, f"left out: {entry.need.value}")


def _wrong(entry: Entry, detail: str) -> Finding:
    advice = "not used; find out which address is right before this version trades"
    return _finding(entry, Status.WRONG, detail, advice, fatal=True)


def _finding(
    entry: Entry, status: Status, detail: str, advice: str = "", *, fatal: bool = False
) -> Finding:
    return Finding(
        name=entry.name,
        role=entry.role,
        address=entry.address,
        status=status,
        detail=detail,
        advice=advice,
        source=entry.source,
        fatal=fatal,
    )


def _count(checks: int) -> str:
    return f"{checks} check{'' if checks == 1 else 's'}"


def _doors(state: Pool) -> str:
    """Return which directions of a pool are closed, and why."""
    symbols = [token.symbol for token in state.spec.tokens]
    closed = [
        f"{symbols[i]} to {symbols[j]} closed: {limits.closed.value}"
        for i in range(len(symbols))
        for j in range(len(symbols))
        if i != j and (limits := state.limits(i, j)).closed is not None
    ]
    return "; ".join(closed) or "open"
