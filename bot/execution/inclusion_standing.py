"""How firm a verdict is, and when it must be asked for again."""

from collections.abc import Callable

import msgspec

from bot.domain.inclusions import Ending, SentBundle, Standing, Verdict

CONFIRMATIONS = 2  # the bundle's own block is the first
PUBLIC_BLOCKS = 3  # after its target, in which a leak is looked for
LOOKS = 3  # at what a used nonce did: receipts may be late
_BY_POOLS = (Ending.NOT_BUILT, Ending.OUTBID, Ending.STALE, Ending.NOT_TAKEN)


class Bearings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain stands."""

    head: int
    final: int  # nothing up to here can be undone
    used: int  # nonces of the operator, by the head
    used_finally: int  # by the newest final block; -1: not known


def used_of(row: SentBundle, count: int) -> int:
    """Return how many of a bundle's own nonces are used where so many of the operator's are."""
    return sum(one < count for one in row.nonces)


def is_due(row: SentBundle, bearings: Bearings, holds: Callable[[int, str], bool]) -> bool:
    """Return whether the chain must be asked; `holds` says if a block is on it."""
    verdict = row.verdict
    if verdict is None or _is_out_of_time(row, verdict, bearings):
        return True
    if not all(holds(one.number, one.hash) for one in verdict.relies_on):
        return True
    if row.doubt and verdict.ending in _BY_POOLS:
        return True
    used = used_of(row, bearings.used)
    if used != verdict.used or (not verdict.landed and used > 0 and verdict.looks < LOOKS):
        return True
    return may_end(row, verdict, bearings)


def may_end(row: SentBundle, verdict: Verdict, bearings: Bearings) -> bool:
    """Return whether a last look makes it final."""
    if verdict.ending is Ending.WAITING or _highest(row, verdict) > bearings.final:
        return False
    return bearings.used_finally > row.nonces[-1]


def standing_of(row: SentBundle, verdict: Verdict, bearings: Bearings) -> Standing:
    """Return how firm a verdict is that is not final."""
    is_young = bearings.head - _highest(row, verdict) + 1 < CONFIRMATIONS
    is_open = is_young or verdict.ending is Ending.WAITING
    return Standing.OPEN if is_open else Standing.PROVISIONAL


def rests(row: SentBundle, verdict: Verdict, bearings: Bearings) -> bool:
    """Return whether nothing can happen to it but that its nonce is used."""
    return (
        not verdict.landed
        and verdict.ending is not Ending.WAITING
        and row.last_block + PUBLIC_BLOCKS < bearings.head
        and row.last_block <= bearings.final
        and verdict.used == 0
    )


def _is_out_of_time(row: SentBundle, verdict: Verdict, bearings: Bearings) -> bool:
    """Whether it is told as if its last block were there though it is not, or the reverse."""
    waits = row.last_block > bearings.head and not verdict.landed
    return waits != (verdict.ending is Ending.WAITING)


def _highest(row: SentBundle, verdict: Verdict) -> int:
    return max((one.number for one in verdict.relies_on), default=row.last_block)
