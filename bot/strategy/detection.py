"""From views of assets to the lives of their depegs: pure, and the same in replay and live.

A view counts once a later moment has come: what held for no time at all is not there, so the order
of messages with one timestamp is nothing. A price that is not known is no price: it neither starts
a depeg nor ends one.
"""

from bot.domain.depegs import Depeg, DepegChange, Side, Turn
from bot.domain.units import Nanos
from bot.domain.views import AssetView, NoView
from bot.strategy.detection_agreement import DetectionParameters, agreement_of
from bot.strategy.detection_track import DepegTrack


class DepegDetector:
    """The depegs of all assets that it is shown."""

    def __init__(self, parameters: DetectionParameters | None = None) -> None:
        """Watch whatever comes, until told to ignore it."""
        self._parameters = parameters or DetectionParameters()
        self._ignored: set[str] = set()
        self._assets: dict[str, _AssetTracks] = {}

    def watch(self, asset: str) -> None:
        """Start again with an asset that was ignored."""
        self._ignored.discard(asset)

    def ignore(self, asset: str) -> None:
        """Stop following an asset and forget its depeg."""
        self._ignored.add(asset)
        self._assets.pop(asset, None)

    @property
    def active(self) -> tuple[Depeg, ...]:
        """Every depeg that has started and is not over, the oldest first."""
        found = (track.depeg for tracks in self._assets.values() for track in tracks.sides)
        return tuple(sorted((d for d in found if d is not None), key=lambda d: (d.start, d.id)))

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
        return tracks.step(view, now)


class _AssetTracks:
    """Both sides of one asset, and the newest view, which has not held for any time yet."""

    def __init__(
        self, view: AssetView | NoView, now: Nanos, parameters: DetectionParameters
    ) -> None:
        self._parameters = parameters
        self._newest, self._since = view, now
        self.sides = tuple(DepegTrack(view.asset, side, parameters) for side in Side)

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
            for track in self.sides:
                track.blind()
            return ()
        if abs(held.off_bps) < self._parameters.exit_bps and all(t.is_idle for t in self.sides):
            return ()
        return self._both(held, since, until)

    def _both(self, held: AssetView, since: Nanos, until: Nanos) -> tuple[DepegChange, ...]:
        changes: tuple[DepegChange, ...] = ()
        for side, track in zip(Side, self.sides, strict=True):
            made = track.hold(agreement_of(held, side, self._parameters), since, until)
            if made and made[0].turn is Turn.STARTED:
                made = self._other(track).resolve(made[0].at) + made
            changes += made
        return tuple(sorted(changes, key=lambda change: change.at))

    def _other(self, track: DepegTrack) -> DepegTrack:
        return self.sides[1] if track is self.sides[0] else self.sides[0]
