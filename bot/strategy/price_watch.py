"""From messages to the lives of depegs: the one path for replay, live, benchmarks and tests."""

from bot.domain.depegs import Depeg, DepegChange
from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.domain.units import Nanos, Wad
from bot.domain.views import AssetView, NoView
from bot.market.consensus import Consensus
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence import Evidence
from bot.strategy.evidence_memory import EvidenceMemory

_REHEARSED = 2  # coins


class PriceWatch:
    """Hears messages, keeps the views of all coins and the depegs in them.

    Two clocks: ours (`seen_at`) judges staleness, that of the sources (`at`) dates what happens, so
    a recording played again tells the same events at the same times.
    """

    def __init__(
        self,
        consensus: Consensus | None = None,
        detector: DepegDetector | None = None,
        memory: EvidenceMemory | None = None,
    ) -> None:
        self._consensus = consensus or Consensus()
        self._detector = detector or DepegDetector()
        self._memory = memory or EvidenceMemory()
        self._seen = Nanos(0)
        self._event = Nanos(0)
        self._newest: tuple[str, ...] = ()  # coins whose views were made last
        self.views: dict[str, AssetView | NoView] = {}

    @property
    def event_time(self) -> Nanos:
        """By the clock of the sources: as of when everything here is."""
        return self._event

    @property
    def active(self) -> tuple[Depeg, ...]:
        """Every depeg that has started and is not over, the oldest first."""
        return self._detector.active

    def hear(self, *messages: Message) -> tuple[DepegChange, ...]:
        """Take messages that came together; returns what turned by them, or by their time."""
        dated = [one for one in messages if not isinstance(one, Fault | Restored)]
        changes: tuple[DepegChange, ...] = ()
        if dated:  # what is said by our clock alone would date events of a recording
            changes = self._pass_time(min([one.seen_at for one in dated]))
        for one in dated:
            self._seen = max(self._seen, one.seen_at)
            # A source whose clock is ahead of ours must not date what others do.
            self._event = max(self._event, min(one.at, one.seen_at))
        for message in messages:
            if not isinstance(message, Tick):
                self._memory.hear(message)  # prices are no evidence
        return changes + self._step(self._consensus.hear(*messages))

    def advance(self, now: Nanos) -> tuple[DepegChange, ...]:
        """Let time pass without messages, to `now` by our clock: sources go stale."""
        changes = self._pass_time(now)
        self._event = self._event_at(now)
        self._seen = max(self._seen, now)
        return changes + self._step(frozenset(self._consensus.assets))

    def rehearse(self) -> None:
        """Work out again what was worked out last, for a few coins; nothing is another one by it.

        It keeps in a processor's caches what the next message needs.
        """
        for view in self._consensus.rehearse(self._newest[:_REHEARSED]):
            self._detector.rehearse(view)

    def _pass_time(self, now: Nanos) -> tuple[DepegChange, ...]:
        """Let what goes stale before `now` do so at its own time, however seldom we are called."""
        changes: tuple[DepegChange, ...] = ()
        due = self._consensus.next_change
        while due is not None and due < now:
            self._event = self._event_at(due)
            self._seen = due
            changes += self._step(self._consensus.pass_time(due))
            due = self._consensus.next_change
        return changes

    def _event_at(self, now: Nanos) -> Nanos:
        return Nanos(self._event + max(now - self._seen, 0))

    def evidence(self, asset: str) -> Evidence:
        """Return what is known of a coin besides its price."""
        return self._memory.evidence(asset, self._event, self._price_of)

    def _price_of(self, coin: str) -> Wad | None:
        view = self.views.get(coin)
        return view.price if isinstance(view, AssetView) else None

    def _step(self, assets: frozenset[str]) -> tuple[DepegChange, ...]:
        changes: list[DepegChange] = []
        for asset in sorted(assets):
            view = self._consensus.view(asset, self._seen)
            self.views[asset] = view
            changes += self._detector.step(view, self._event)
        self._newest = tuple(assets)
        return tuple(changes)
