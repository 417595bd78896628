"""Acts on an executor: tried on the node before they are sent, read back from the chain after.

Whoever may act, an act is a call with calldata: an account of ours sends it, a Safe is shown it.
Every act names the values that it is about; they are read before, in the simulation, and after.
"""

import msgspec
from eth_utils.address import to_checksum_address

from bot.chain.abi import word
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address
from bot.operations.dry_run import Call, simulate

ADDRESS, FLAG, AMOUNT = "address", "flag", "amount"  # kinds of watched values


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an act is about."""

    name: str
    to: Address
    data: bytes
    kind: str


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """A call that only `sender` may make."""

    what: str
    sender: Address
    executor: Address
    data: bytes
    watched: tuple[Watched, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A watched value before and after; amounts in base units."""

    name: str
    before: str
    after: str


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What an act would do, and, once it was sent, that it did."""

    what: str
    sender: Address
    to: Address
    calldata: str
    gas_used: int
    changes: tuple[Change, ...]
    transaction_hash: str | None = None  # set once the changes were read back from the chain


def rehearse(rpc: RpcClient, act: Act) -> DryRun:
    """Return what `act` would change.

    Raises:
        SimulationFailed: it reverts.
        NodeUnreachable: no answer.
    """
    views = [Call(to=watched.to, data=watched.data) for watched in act.watched]
    itself = Call(to=act.executor, data=act.data, sender=act.sender)
    answers = simulate(rpc, [*views, itself, *views])
    count = len(views)
    changes = tuple(
        Change(
            name=watched.name,
            before=_shown(watched.kind, answers[at].data),
            after=_shown(watched.kind, answers[count + 1 + at].data),
        )
        for at, watched in enumerate(act.watched)
    )
    return DryRun(
        what=act.what,
        sender=act.sender,
        to=act.executor,
        calldata="0x" + act.data.hex(),
        gas_used=answers[count].gas_used,
        changes=changes,
    )


def confirm(rpc: RpcClient, act: Act, expected: DryRun, transaction_hash: str) -> DryRun:
    """Return `expected` as done, after reading every value back from the chain.

    Raises:
        BadConfiguration: the transaction is in, and the chain says something else.
        NodeUnreachable: no answer.
    """
    for watched, change in zip(act.watched, expected.changes, strict=True):
        found = read(rpc, watched)
        if found != change.after:
            raise BadConfiguration(
                f"{transaction_hash} was mined, but {watched.name} is {found}, "
                f"the dry run said {change.after}: look before anything else is done"
            )
    return msgspec.structs.replace(expected, transaction_hash=transaction_hash)


def read(rpc: RpcClient, watched: Watched) -> str:
    """Return the value on the newest block."""
    request = {"to": watched.to, "data": "0x" + watched.data.hex()}
    return _shown(watched.kind, bytes.fromhex(rpc.call("eth_call", request, "latest")[2:]))


def _shown(kind: str, data: bytes) -> str:
    if kind == ADDRESS:
        return str(to_checksum_address(data[12:32]))
    return shown_flag(word(data, 0)) if kind == FLAG else str(word(data, 0))


def shown_flag(value: int) -> str:
    """Return a yes or no as changes show it."""
    return "yes" if value else "no"
