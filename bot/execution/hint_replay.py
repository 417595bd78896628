"""A plan behind a transaction that only its logs are known of: simulated behind its repetition.

The swaps that the logs tell are done again on the node by somebody who has the coins; they must end
with the very same words, and the plan's own calldata runs right behind them, in the same
request. So a hint that is made up, or was true on another state, ends the plan. Who repeats a swap
is a pool that neither hint nor plan touches: nothing is signed for it, and nothing sent.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable, SimulationFailed
from bot.domain.units import Address, Pips
from bot.execution.calldata import explain_revert
from bot.execution.hint_swaps import REPEATABLE, STATE, SWAPS, ToldSwap, told_swap
from bot.execution.simulation import Proposal, Simulated, Verdict, heard
from bot.execution.simulation_node import simulated_in, simulation_of
from bot.feeds.hint_effects import Moved

NAME = "the node, behind the hint"
_GAS = hex(8_000_000)  # a swap of Uniswap V3 may pass hundreds of ticks


class _Log(msgspec.Struct, frozen=True):
    address: str
    topics: tuple[str, ...] = ()
    data: str = "0x"


class _Ran(msgspec.Struct, frozen=True, rename="camel"):
    status: str
    return_data: str = "0x"
    logs: tuple[_Log, ...] = ()


class HintReplay:
    """`Simulator` of plans behind one hint."""

    name = NAME

    def __init__(self, rpc: RpcClient, moved: Moved) -> None:
        self._rpc, self._moved = rpc, moved

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        """See `Simulator.asked`."""
        yield lambda: heard(NAME, proposal, lambda: self._run(proposal))

    def _run(self, proposal: Proposal) -> Simulated:
        repeating = self._repeating(proposal)
        method, (how, at) = simulation_of(proposal.book, proposal.call)
        (block,) = how["blockStateCalls"]
        whole = {
            **how,
            "validation": False,  # whoever repeats the swaps has code, and no gas to pay with
            "blockStateCalls": [{**block, "calls": [*repeating, *block["calls"]]}],
        }
        (answer,) = self._rpc.batch_each([(method, (whole, at))])
        if isinstance(answer, NodeRefused):
            raise _failed(str(answer)) from answer
        try:
            ran = answer[0]["calls"]
            before = msgspec.convert(ran[: len(repeating)], list[_Ran])
        except (LookupError, TypeError, msgspec.ValidationError) as error:
            raise NodeUnreachable(NAME, f"its simulation is not readable: {error!r}") from error
        self._require_same(before)
        return simulated_in([{"calls": ran[len(repeating) :]}], NAME)

    def _repeating(self, proposal: Proposal) -> list[dict[str, str]]:
        """Return the calls of the hint's swaps, each by whoever has most of what it sells."""
        swaps, pools = self._swaps(), self._moved.book.pools
        untouched = self._untouched(proposal)
        at = {"blockHash": proposal.book.block_hash}
        asked: list[RpcCall] = [
            ("eth_call", (_balance(one, swap), at)) for swap in swaps for one in untouched
        ]
        held = [_number(one) for one in self._rpc.batch_each(asked)]
        calls = []
        for swap in swaps:
            ours, held = held[: len(untouched)], held[len(untouched) :]
            if max(ours, default=0) < swap.sold:
                raise _failed(f"nobody has {swap.sold} raw {swap.token.symbol} to repeat it with")
            who = untouched[ours.index(max(ours))]
            fee = Pips(getattr(pools[swap.spec], "fee", 0))
            calls += [
                {"from": who, "to": to, "input": data, "gas": _GAS}
                for to, data in swap.calls(who, fee)
            ]
        return calls

    def _swaps(self) -> list[ToldSwap]:
        try:
            found = [told_swap(*one) for one in self._moved.logs if one[1].topics[0] in SWAPS]
        except ValueError as error:
            raise _failed(str(error)) from error
        if {one.spec for one in found} != self._moved.pools:
            raise _failed("it moves a pool otherwise than by a swap")
        return found

    def _untouched(self, proposal: Proposal) -> list[Address]:
        plan, moved = proposal.plan, self._moved
        used = {leg.pool.address for leg in plan.legs} | {spec.address for spec in moved.pools}
        used |= {loan.pool.address for loan in plan.loans if loan.pool is not None}
        plain = {spec.address for spec in moved.book.pools if spec.venue in REPEATABLE}
        return sorted(plain - used)

    def _require_same(self, before: Sequence[_Ran]) -> None:
        for one in before:
            if one.status != "0x1":
                raise _failed(f"the hint's swap reverts: {explain_revert(one.return_data)}")
        found = {
            (log.address.lower(), log.topics[0].lower(), log.data.lower())
            for one in before
            for log in one.logs
            if log.topics
        }
        for spec, log in self._moved.logs:
            told = (log.address, log.topics[0], log.data)
            if log.topics[0] in STATE and told not in found:
                raise _failed(f"its swap in {spec.name} ends elsewhere when it is repeated")


def _failed(reason: str) -> SimulationFailed:
    return SimulationFailed(NAME, reason, by_pools=False)


def _balance(who: Address, swap: ToldSwap) -> dict[str, str]:
    return {"to": swap.token.address, "data": encode_hex("balanceOf(address)", who)}


def _number(answer: Any) -> int:
    """Return what was answered; a token that refuses has nothing for us."""
    if isinstance(answer, NodeRefused):
        return 0
    try:
        return int(answer, 16)
    except (TypeError, ValueError) as error:
        raise NodeUnreachable(NAME, f"no balance: {answer!r:.80}") from error
