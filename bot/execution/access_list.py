"""Access lists: what a plan will touch, named in advance, where that makes it cheaper.

An address that is named and touched costs 100 gas less than one that is only touched, a slot 100
less where it is read first and 200 where it is written first. One that is named for nothing costs
2,400 or 1,900. So what is named was touched by every earlier plan of the same route, or else by
every earlier plan with the same swap, of so many that a miss is less likely than one in twenty; and
the list stays in only if it saves on what this very plan touches.

Source: EIP-2929, EIP-2930.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.domain.plans import Plan
from bot.domain.units import Address

_NAMED_ADDRESS, _NAMED_SLOT = 2_400, 1_900
_SAVED_ADDRESS, _SAVED_SLOT = 2_500, 2_000  # cold less warm; of a slot that is read first
_PLANS_SEEN = 18  # in which a swap always touched the same: it may miss once in twenty
_KEPT = 2_048

AccessList = tuple[tuple[Address, tuple[int, ...]], ...]
Touched = Mapping[Address, frozenset[int]]  # contracts and their slots, without the executor
_NOTHING: frozenset[int] = frozenset()


class AccessLists:
    """What every route, swap and loan has always touched until now, whatever else was planned."""

    def __init__(self) -> None:
        self._always: dict[object, tuple[int, Touched]] = {}  # with how many plans were seen

    def of(self, plan: Plan) -> AccessList:
        """Return what to name, nothing where too little is known yet."""
        _, of_route = self._always.get(_route(plan), (0, None))
        if of_route is not None:
            return listed(of_route)
        named: dict[Address, frozenset[int]] = {}
        for part in _parts(plan):
            seen, always = self._always.get(part, (0, {}))
            if seen >= _PLANS_SEEN:
                for address, slots in always.items():
                    named[address] = named.get(address, _NOTHING) | slots
        return listed(named)

    def learn(self, plan: Plan, touched: Touched) -> None:
        """Hear what a plan touches."""
        if len(self._always) >= _KEPT:
            self._always.clear()
        for part in (_route(plan), *_parts(plan)):
            seen, always = self._always.get(part, (0, touched))
            both = {
                address: slots & touched[address]
                for address, slots in always.items()
                if address in touched
            }
            self._always[part] = (seen + 1, both)


def gas_saved(named: AccessList, touched: Touched) -> int:
    """Return the least that a list saves on a transaction that touches this; below 0: it costs.

    Before refunds, which are a fifth of all gas at most: where they are that much, a fifth less.
    """
    saved = 0
    for address, slots in named:
        there = touched.get(address)
        saved += (_SAVED_ADDRESS if there is not None else 0) - _NAMED_ADDRESS
        hit = len(there.intersection(slots)) if there is not None else 0
        saved += hit * _SAVED_SLOT - len(slots) * _NAMED_SLOT
    return saved


def touched_by(storages: Mapping[Address, Collection[int]], executor: Address) -> Touched:
    """Return what a list may name of the contracts that were touched.

    Not the executor: as the transaction's receiver its address is warm anyhow, and naming it costs
    more than its slots can save.
    """
    own = executor.lower()
    return {
        address: frozenset(slots) for address, slots in storages.items() if address.lower() != own
    }


def spelled_out(named: AccessList) -> list[dict[str, Any]]:
    """Return the list as JSON-RPC wants it."""
    return [
        {"address": address, "storageKeys": [f"0x{slot:064x}" for slot in slots]}
        for address, slots in named
    ]


def listed(touched: Touched) -> AccessList:
    """Return all of it, in an order that does not change."""
    return tuple((address, tuple(sorted(touched[address]))) for address in sorted(touched))


def _route(plan: Plan) -> tuple[object, ...]:
    return plan.token.symbol, *_parts(plan)


def _parts(plan: Plan) -> Iterator[object]:
    for leg in plan.swaps:
        yield leg.pool.name, leg.coin_in, leg.coin_out
    for loan in plan.loans:
        yield loan.lender, loan.token.symbol
