"""Who ended a transaction richer, by the transfers that its own logs tell.

Pools, lenders and vaults speak for themselves: whoever emits a log is one of them, and what it has
more or less is its business. Of everybody else nobody may have less of anything: somebody who pays
with one token and gets another trades, and takes no gap.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.domain.assets import BY_ADDRESS, WETH
from bot.domain.plans import Leg
from bot.domain.units import Raw
from bot.domain.venues import (
    BALANCER_VAULT,
    DSS_PSM_USDC_JOIN,
    LITE_PSM_POCKET,
    UNISWAP_V4_POOL_MANAGER,
    PoolSpec,
    Venue,
)


def _topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


TRANSFER = _topic("Transfer(address,address,uint256)")
APPROVAL = _topic("Approval(address,address,uint256)")
_WITHDRAWAL = _topic("Withdrawal(address,uint256)")  # of WETH: ether from here on
_SILENT = (TRANSFER, APPROVAL, _WITHDRAWAL, _topic("Deposit(address,uint256)"))
_NOBODY = "0x" + 40 * "0"
_CUSTODY = frozenset(
    one.lower() for one in (_NOBODY, LITE_PSM_POCKET, DSS_PSM_USDC_JOIN, BALANCER_VAULT)
)
_WETH = WETH.address.lower()
_SYMBOLS = {address.lower(): token.symbol for address, token in BY_ADDRESS.items()}
_BALANCER = (Venue.BALANCER_V2, Venue.BALANCER_V2_BATCH)

Flows = Mapping[str, Mapping[str, int]]  # holder, token: net of all transfers, in raw units


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction left its sender with."""

    token: str
    raw: Raw

    @property
    def symbol(self) -> str:
        """Short name, or the address where the table has none."""
        return _SYMBOLS.get(self.token, self.token)


def flows_of(logs: Sequence[Mapping[str, Any]]) -> Flows:
    """Return who got and gave how much of what; addresses are in lower case."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for log in logs:
        topics, token = log["topics"], str(log["address"]).lower()
        if len(topics) == 3 and topics[0] == TRANSFER:
            amount = int(log["data"], 16) if len(log["data"]) > 2 else 0
            found[_address(topics[1])][token] -= amount
            found[_address(topics[2])][token] += amount
    return found


def gain_of(receipt: Mapping[str, Any]) -> Gain | None:
    """Return the one token that a transaction's sender has more of, None where it is no such run.

    Ether that came out of WETH is the builder's: it counts only where there is no other gain.
    """
    logs = receipt["logs"]
    flows = flows_of(logs)
    venues = _CUSTODY | {
        str(log["address"]).lower() for log in logs if log["topics"] and not _is_silent(log)
    }
    ends = {str(receipt["from"]).lower(), str(receipt["to"] or _NOBODY).lower()}
    totals: dict[str, int] = defaultdict(int)
    for holder, held in flows.items():
        if holder in venues:
            continue
        if min(held.values()) < 0:
            return None
        if holder in ends or not _gave(holder, logs):
            for token, amount in held.items():
                totals[token] += amount
    return _only(totals, _withdrawn(logs))


def goes_along(receipt: Mapping[str, Any], leg: Leg) -> bool:
    """Return whether a transaction moved a leg's pool the way the leg would have."""
    held = flows_of(receipt["logs"]).get(holder_of(leg.pool), {})
    took = held.get(leg.token_in.address.lower(), 0)
    paid = -held.get(leg.token_out.address.lower(), 0)
    return took >= 0 and paid >= 0 and took + paid > 0


def holder_of(pool: PoolSpec) -> str:
    """Return who keeps a pool's tokens, in lower case."""
    if pool.venue is Venue.UNISWAP_V4:
        return UNISWAP_V4_POOL_MANAGER.lower()
    if pool.venue in _BALANCER:
        return BALANCER_VAULT.lower()
    if pool.venue is Venue.LITE_PSM:
        return LITE_PSM_POCKET.lower()
    return (pool.puller or pool.address).lower()


def _only(totals: Mapping[str, int], withdrawn: int) -> Gain | None:
    gains = {token: amount for token, amount in totals.items() if amount > 0}
    others = {token: amount for token, amount in gains.items() if token != _WETH}
    if len(others) == 1 and gains.get(_WETH, 0) <= withdrawn:
        gains = others
    if len(gains) != 1:
        return None
    ((token, amount),) = gains.items()
    return Gain(token=token, raw=Raw(amount))


def _withdrawn(logs: Sequence[Mapping[str, Any]]) -> int:
    return sum(
        int(log["data"], 16)
        for log in logs
        if log["topics"][:1] == [_WITHDRAWAL] and str(log["address"]).lower() == _WETH
    )


def _gave(holder: str, logs: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        len(log["topics"]) == 3
        and log["topics"][0] == TRANSFER
        and holder == _address(log["topics"][1])
        for log in logs
    )


def _is_silent(log: Mapping[str, Any]) -> bool:
    return log["topics"][0] in _SILENT


def _address(topic: str) -> str:
    return "0x" + topic[-40:].lower()
