"""The watch over prices, with a verdict on every depeg that it finds: in replay and live."""

from collections import deque

import msgspec

from bot.domain.depegs import Depeg, DepegChange, Turn
from bot.domain.ticks import Message, Redemption
from bot.domain.units import NANOS_PER_S, Nanos
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.detection_verdicts import Verdict, verdict_on, with_verdict
from bot.strategy.price_watch import PriceWatch

_EVERY = Nanos(60 * NANOS_PER_S)  # of event time, where nothing new is heard of a depeg
_COMING_AND_GOING = (Turn.WORSENING, Turn.RECOVERING)  # without end, while the others are few
_RESOLVED_KEPT = 1_000
_VERDICTS_KEPT = 1_000  # of one depeg: those of its beginning go first


class DepegRecord(msgspec.Struct, kw_only=True):
    """One depeg as far as it is known; grows while it lasts."""

    depeg: Depeg
    changes: list[DepegChange] = []  # but for its comings and goings
    verdicts: tuple[Verdict, ...] = ()  # while it was active: each that differs, and the last
    settled: tuple[Verdict, ...] = ()  # of them, those by all that was said at their time

    @property
    def verdict(self) -> Verdict | None:
        """What was thought of it last, while it was active."""
        return self.verdicts[-1] if self.verdicts else None


class JudgedWatch:
    """Hears messages and keeps a record of each depeg: all active ones, the newest of the rest."""

    def __init__(self, watch: PriceWatch, classifier: OpportunityClassifier) -> None:
        """Use a watch that has heard nothing yet."""
        self.watch = watch
        self.classifier = classifier
        self._records: dict[str, DepegRecord] = {}
        self._resolved: deque[str] = deque()
        self._unsettled = False  # judged while more may be said of the same time
        self._settle_at = Nanos(0)  # of event time, unless something turns before

    @property
    def records(self) -> tuple[DepegRecord, ...]:
        """Every depeg that is remembered, by its start."""
        return tuple(sorted(self._records.values(), key=lambda r: (r.depeg.start, r.depeg.id)))

    def hear(self, *messages: Message) -> tuple[DepegChange, ...]:
        """Take messages that came together; returns what turned."""
        if max([message.at for message in messages]) > self.watch.event_time:
            self._settle()
        changes = self.watch.hear(*messages)
        is_paid = any(isinstance(message, Redemption) for message in messages)
        return self._take(changes, at_once=is_paid)

    def advance(self, now: Nanos) -> tuple[DepegChange, ...]:
        """Let time pass without messages, to `now` by our clock; returns what turned."""
        self._settle()
        return self._take(self.watch.advance(now), at_once=False)

    def rehearse(self) -> None:
        """Work out again what is known; nothing is another one by it."""
        self.watch.rehearse()

    def judge(self) -> None:
        """Judge every active depeg now."""
        for depeg in self.watch.active:
            self._judge(depeg)

    def _settle(self) -> None:
        """Judge by all that was said at one time, in whatever order, before the next one comes."""
        now = self.watch.event_time
        if now < self._settle_at and not self._unsettled:
            return
        self._settle_at = Nanos(now + _EVERY)
        for depeg in self.watch.active:
            record = self._records[depeg.id]
            known = record.settled
            if self._unsettled or not known or now - known[-1].at >= _EVERY:
                self._judge(depeg)
                record.settled = record.verdicts
            self._settle_at = min(self._settle_at, Nanos(record.settled[-1].at + _EVERY))
        self._unsettled = False

    def _take(self, changes: tuple[DepegChange, ...], *, at_once: bool) -> tuple[DepegChange, ...]:
        for change in changes:
            self._follow(change)
        if changes or at_once:
            self.judge()
            self._unsettled = True
        return changes

    def _follow(self, change: DepegChange) -> None:
        record = self._records.get(change.depeg.id)
        if record is None:
            record = self._records[change.depeg.id] = DepegRecord(depeg=change.depeg)
        record.depeg = change.depeg
        if change.turn not in _COMING_AND_GOING:
            record.changes.append(change)
        if change.turn is Turn.RESOLVED:
            # It may have been judged since then, for what was said of others: by chance of order.
            record.verdicts = record.settled
            self._resolved.append(change.depeg.id)
            if len(self._resolved) > _RESOLVED_KEPT:
                del self._records[self._resolved.popleft()]

    def _judge(self, depeg: Depeg) -> None:
        record = self._records[depeg.id]
        record.depeg = depeg
        evidence = self.watch.evidence(depeg.asset)
        verdict = verdict_on(depeg, self.watch.views[depeg.asset], evidence, self.classifier)
        record.verdicts = with_verdict(record.settled, verdict)[-_VERDICTS_KEPT:]
