"""From views of assets to the lives of their depegs: pure, and the same in replay and live.

A view counts once a later moment has come: what held for no time at all is not there, so the order
of messages with one timestamp is nothing. A price that is not known is no price: it neither starts
a depeg nor ends one.
"""

from bot.domain.depegs import Depeg, DepegChange, Side, Turn
from bot.domain.units import Nanos
from bot.domain.views import AssetView, NoView
from bot.strategy.detection_agreement import MARKETS, DetectionParameters, agreement_of
from bot.strategy.detection_track import DepegTrack


class DepegDetector:
    """The depegs of all assets that it is shown."""

    def __init__(self, parameters: DetectionParameters | None = None) -> None:
        """Watch whatever comes, until told to ignore it."""
        self._parameters = parameters or DetectionParameters()
        self._ignored: set[str] = set()
        self._assets: dict[str, _AssetTracks] = {}
        self._under_way: tuple[_AssetTracks, ...] = ()  # that have a depeg

    def watch(self, asset: str) -> None:
        """Start again with an asset that was ignored."""
        self._ignored.discard(asset)

    def ignore(self, asset: str) -> None:
        """Stop following an asset and forget its depeg."""
        self._ignored.add(asset)
        self._assets.pop(asset, None)
        self._look()

    @property
    def active(self) -> tuple[Depeg, ...]:
        """Every depeg that has started and is not over, the oldest first."""
        found = (depeg for tracks in self._under_way for depeg in tracks.depegs)
        return tuple(sorted(found, key=lambda depeg: (depeg.start, depeg.id)))

    def step(self, view: AssetView | NoView, now: Nanos) -> tuple[DepegChange, ...]:
        """Take what is seen of one asset at `now`.

        Returns:
            What became true by what held until `now`, each with the moment at which it did.
        """
        tracks = self._assets.get(view.asset)
        if tracks is None:
            if view.asset in self._ignored:
                return ()
            tracks = self._assets[view.asset] = _AssetTracks(view, now, self._parameters)
        changes = tracks.step(view, now)
        if changes:  # a depeg neither starts nor ends without one
            self._look()
        return changes

    def rehearse(self, view: AssetView | NoView) -> None:
        """Look at a view from both sides of par, and take no note of it."""
        if isinstance(view, AssetView):
            for side in Side:
                agreement_of(view, side, self._parameters)

    def _look(self) -> None:
        self._under_way = tuple(tracks for tracks in self._assets.values() if tracks.depegs)


class _AssetTracks:
    """Both sides of one asset, and the newest view, which has not held for any time yet."""

    def __init__(
        self, view: AssetView | NoView, now: Nanos, parameters: DetectionParameters
    ) -> None:
        self._parameters = parameters
        self._newest, self._since = view, now
        self._markets: dict[str, Nanos] = {}  # until when each was heard
        self._sides = {side: DepegTrack(view.asset, side, parameters) for side in Side}

    @property
    def depegs(self) -> tuple[Depeg, ...]:
        """What is under way, of both sides."""
        return tuple(t.depeg for t in self._sides.values() if t.depeg is not None)

    def step(self, view: AssetView | NoView, now: Nanos) -> tuple[DepegChange, ...]:
        """A clock that goes back is taken to stand still."""
        if now <= self._since:
            self._newest = view
            return ()
        held, since = self._newest, self._since
        self._newest, self._since = view, now
        return self._take(held, since, now)

    def _take(
        self, held: AssetView | NoView, since: Nanos, until: Nanos
    ) -> tuple[DepegChange, ...]:
        if isinstance(held, NoView):
            for track in self._sides.values():
                track.blind()
            return ()
        for said in held.venues:
            if said.kind in MARKETS:
                self._markets[said.venue] = until
        near = abs(held.off_bps) < self._parameters.exit_bps
        if near and all(track.is_idle for track in self._sides.values()):
            return ()
        return self._both(held, since, until)

    def _both(self, held: AssetView, since: Nanos, until: Nanos) -> tuple[DepegChange, ...]:
        """The side that may begin goes first: where it does, the other one is over by then."""
        changes: tuple[DepegChange, ...] = ()
        for side, track in self._those_that_may_begin_first():
            agreed = agreement_of(held, side, self._parameters)
            if track.depeg is None and len(agreed.venues) < 2 and self._is_left_alone(held, since):
                track.blind()
                continue
            made = track.hold(agreed, since, until)
            changes += made
            if made and made[0].turn is Turn.STARTED:
                until = made[0].at
            elif changes and changes[0].turn is Turn.STARTED:
                changes += track.resolve(until)
        return tuple(sorted(changes, key=_order))

    def _those_that_may_begin_first(self) -> list[tuple[Side, DepegTrack]]:
        one, other = self._sides.items()
        later = one[1].depeg is not None and other[1].depeg is None
        return [other, one] if later else [one, other]

    def _is_left_alone(self, held: AssetView, at: Nanos) -> bool:
        """Whether markets that could contradict have fallen silent: what is left may be thin."""
        here = {v.venue for v in held.venues if v.kind in MARKETS}
        silent = (until for venue, until in self._markets.items() if venue not in here)
        return any(at - until <= self._parameters.alone for until in silent)


def _order(change: DepegChange) -> tuple[Nanos, bool]:
    return change.at, change.turn is not Turn.RESOLVED
