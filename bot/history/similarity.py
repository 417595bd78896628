"""Which past depegs were most like one: by what is known of them, and by the way they took."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from bot.domain.coins import Backing
from bot.domain.past_depegs import PastDepeg, PathPoint, Redeemable
from bot.history.path_shape import shape_distance
from bot.history.reversion_statistics import distinct

_FAR_APART = math.log(100)  # magnitudes a hundredfold apart have nothing in common
_DOUBT = 0.5  # distance of what is not known of the other: little knowledge is no likeness
_ALIKE, _UNLIKE = 0.1, 0.5
_OPENNESS = {Redeemable.YES: 0.0, Redeemable.PARTIAL: 0.5, Redeemable.NO: 1.0}


class _Gap(NamedTuple):
    """How far apart two depegs are in one thing."""

    is_asked: bool  # known of the one asked about: else it is not compared with any
    size: float | None  # 0 .. 1; None: not known of the other


_Feature = tuple[str, float, _Gap]  # name and weight


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """A past depeg, and how far it is from the one that was asked about."""

    depeg: PastDepeg
    distance: float  # 0 the same .. 1 nothing in common
    shape: float | None  # distance of the paths alone; None: not known
    alike: tuple[str, ...]  # in what they agree
    unlike: tuple[str, ...]  # in what they differ most


def similar_depegs(depeg: PastDepeg, past: Iterable[PastDepeg], count: int) -> tuple[Similar, ...]:
    """Return the most similar of past depegs whose ending is known, the nearest first.

    An event that is in `past` twice counts once, with the path the bot saw: of several pieces that
    it saw, the deepest one's. Not the depeg itself.
    """
    every = tuple(past)
    seen = _paths_seen(every)
    own = {depeg.id, depeg.same_as} - {""}
    found = [
        _compared(depeg, other, other.path or seen.get(other.id, ()))
        for other in distinct(every)
        if other.ending.is_known and other.id not in own and other.same_as not in own
    ]
    return tuple(sorted(found, key=lambda one: (one.distance, one.depeg.id))[:count])


def _paths_seen(past: Sequence[PastDepeg]) -> dict[str, Sequence[PathPoint]]:
    twins = [twin for twin in past if twin.same_as and twin.path]
    twins.sort(key=lambda twin: twin.magnitude_bps or 0.0)
    return {twin.same_as: twin.path for twin in twins}


def _compared(depeg: PastDepeg, other: PastDepeg, path: Sequence[PathPoint]) -> Similar:
    shape = shape_distance(depeg.path, path)
    features = (
        *_features(depeg, other),
        ("shape", 3.0, _Gap(is_asked=len(depeg.path) > 0, size=shape)),
    )
    asked = [(name, weight, gap.size) for name, weight, gap in features if gap.is_asked]
    total = sum(weight * (_DOUBT if size is None else size) for _, weight, size in asked)
    return Similar(
        depeg=msgspec.structs.replace(other, path=tuple(path)),
        distance=total / sum(weight for _, weight, _ in asked),
        shape=shape,
        alike=tuple(name for name, _, size in asked if size is not None and size < _ALIKE),
        unlike=tuple(name for name, _, size in asked if size is not None and size >= _UNLIKE),
    )


def _features(one: PastDepeg, other: PastDepeg) -> Iterator[_Feature]:
    """Yield what is compared; redemption and magnitude separate endings best, so they weigh most.

    Source of the measure: Gower 1971, "A General Coefficient of Similarity": each feature counts
    between 0 and 1, and only where it can be compared. What is known of the one asked about and
    not of the other counts half here, so that all others are measured by the same features.
    """
    yield "magnitude", 2.0, _magnitudes(one.magnitude_bps, other.magnitude_bps)
    yield "side", 1.5, _told_apart(one.side, other.side)
    yield "backing", 1.5, _told_apart(_known(one.backing), _known(other.backing))
    yield "breadth", 1.0, _told_apart(one.breadth, other.breadth)
    openness = (_OPENNESS.get(one.redeemable), _OPENNESS.get(other.redeemable))
    yield "redemption", 2.0, _apart(*openness)
    yield "reflexive", 1.5, _apart(one.reflexive, other.reflexive)
    yield "backing lost", 1.5, _apart(one.hit_share, other.hit_share)
    yield "fiat rails", 0.5, _apart(one.rails_closed, other.rails_closed)
    yield "coin", 0.5, _told_apart(one.asset.upper(), other.asset.upper())


def _apart(one: float | None, other: float | None) -> _Gap:
    if one is None or other is None:
        return _Gap(is_asked=one is not None, size=None)
    return _Gap(is_asked=True, size=float(abs(one - other)))


def _told_apart(one: object, other: object) -> _Gap:
    is_known = one is not None and other is not None
    return _Gap(is_asked=one is not None, size=float(one != other) if is_known else None)


def _known(backing: Backing) -> Backing | None:
    return None if backing is Backing.UNKNOWN else backing


def _magnitudes(one: float | None, other: float | None) -> _Gap:
    if one is None or other is None:
        return _Gap(is_asked=one is not None, size=None)
    ratio = math.log(max(one, 1.0) / max(other, 1.0))
    return _Gap(is_asked=True, size=min(1.0, abs(ratio) / _FAR_APART))
