"""One bundle to many builders at once; there is no other way out, least of all a public one."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from eth_utils.crypto import keccak

from bot.domain.builders import Builder, Dialect
from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.units import Nanos
from bot.execution.builder_line import BuilderAnswer, BuilderLine, Delivery, Verdict
from bot.execution.bundle_letters import BundleOrder, Identity, Letter, cancel_letter_of, letter_of
from bot.execution.bundles import BundleReceipt, BundleRelay
from bot.execution.letter_delivery import LetterDelivery, WholeDelivery
from bot.execution.relay_transport import RelayTransport
from bot.execution.send_times import SendTimes, Waiting, by_heads

_FIRST = "flashbots"
_DOUBTS = (Verdict.UNKNOWN,)
_REFUSALS = (Verdict.REFUSED,)


class FanOutOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How builders are spoken to."""

    timeout_s: float  # of one request, and of waiting for the first that accepts
    tokens: Mapping[str, str] = {}  # Authorization headers, by the builder's name: secrets
    refund_percent: int | None = None
    times: SendTimes = msgspec.field(default_factory=by_heads)


class FanOut:
    """`BundleRelay` over a first relay, and builders beside it.

    `told` hears every answer with its bundle's hash, from the builders' threads, also those that
    come after `send_all` has returned.
    """

    def __init__(
        self,
        first: BundleRelay,
        builders: Sequence[Builder],
        identity: Identity,
        options: FanOutOptions,
        told: Callable[[str, BuilderAnswer], None] = lambda _, __: None,
    ) -> None:
        """Open a line to each."""
        self._first, self._identity, self._options = first, identity, options
        self._told = told
        self._builders = tuple(builders)
        self._ways = {
            one.name: RelayTransport(one.url, timeout_s=options.timeout_s) for one in builders
        }
        self._lines = {name: BuilderLine(name, way.connect) for name, way in self._ways.items()}
        self._lines[_FIRST] = BuilderLine(_FIRST)

    def send(
        self, raw_tx: bytes, target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """See `BundleRelay.send`."""
        return self.send_all([raw_tx], target_block, replacement_uuid)

    def send_all(
        self, raw_txs: Sequence[bytes], target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """See `BundleRelay.send_all`: returns with the first that accepts.

        Where a builder's time in the slot is still to come, it is sent then, unless something newer
        comes first; where all are waited with, the receipt says so.

        Raises:
            RelayUnavailable: nobody can have taken it.
            RelayRefused: the same, and at least one refused it.
            OutcomeUnknown: nobody accepted it in time, and somebody may have taken it.
        """
        hashes = [keccak(raw_tx) for raw_tx in raw_txs]
        bundle_hash = "0x" + keccak(b"".join(hashes)).hex()
        order = BundleOrder(
            transactions=tuple(raw_txs),
            target_block=target_block,
            replacement_uuid=replacement_uuid,
            refund_percent=self._options.refund_percent,
        )
        times = self._options.times
        times.clear("a newer bundle took its place")
        dues = {name: times.due(name) for name in self._lines}
        at_once = [line for name, line in self._lines.items() if dues[name] is None]
        answers = _Answers(
            len(self._lines), len(at_once), lambda answer: self._told(bundle_hash, answer)
        )
        for line, delivery in self._deliveries(order):
            due = dues[line.name]
            if due is None:
                line.post(delivery, answers.take)
            else:
                times.postpone(_later(line, delivery, target_block, answers), due)
        for line in reversed(at_once):  # the first relay's has everything to do yet
            line.wake()
        return BundleReceipt(
            bundle_hash=bundle_hash,
            transaction_hash="0x" + hashes[-1].hex(),
            target_block=target_block,
            sent_at=answers.settled(self._options.timeout_s) if at_once else Nanos(0),
            is_postponed=not at_once,
        )

    def _deliveries(self, order: BundleOrder) -> Iterator[tuple[BuilderLine, Delivery]]:
        """Yield every line with what it is to deliver, the first relay's last."""
        letters: dict[tuple[Dialect, str], Letter] = {}
        for builder in self._builders:
            form = (builder.dialect, self._options.tokens.get(builder.name, ""))
            letter = letters.get(form)
            if letter is None:
                letter = letters[form] = letter_of(order, form[0], self._identity, form[1])
            yield self._lines[builder.name], LetterDelivery(self._ways[builder.name], letter)
        whole = (order.transactions, order.target_block, order.replacement_uuid)
        yield self._lines[_FIRST], WholeDelivery(lambda: self._first.send_all(*whole).sent_at)

    def cancel(self, replacement_uuid: str) -> tuple[str, ...]:
        """See `BundleRelay.cancel`: all are asked, the first one's answer is told."""
        self._options.times.clear("it was taken back")
        for builder in self._builders:
            token = self._options.tokens.get(builder.name, "")
            letter = cancel_letter_of(replacement_uuid, 0, builder.dialect, self._identity, token)
            if letter is not None:
                line = self._lines[builder.name]
                line.post(LetterDelivery(self._ways[builder.name], letter), lambda _: None)
                line.wake()
        return self._first.cancel(replacement_uuid)

    def close(self) -> None:
        """See `BundleRelay.close`."""
        self._options.times.close()
        for line in self._lines.values():
            line.close()
        for way in self._ways.values():
            way.close()
        self._first.close()


def _later(
    line: BuilderLine, delivery: Delivery, target_block: int, answers: "_Answers"
) -> Waiting:
    def send() -> None:
        line.post(delivery, answers.take)
        line.wake()

    def refused(why: str) -> None:
        now = Nanos(time.monotonic_ns())
        answers.take(
            BuilderAnswer(builder=line.name, verdict=Verdict.NOT_SENT, reason=why, answered_at=now)
        )

    return Waiting(builder=line.name, target_block=target_block, send=send, refused=refused)


class _Answers:
    """Collects answers of one bundle until somebody accepted it or all asked by now have spoken."""

    def __init__(self, asked: int, at_once: int, told: Callable[[BuilderAnswer], None]) -> None:
        self._asked, self._at_once, self._told = asked, at_once, told
        self._heard: list[BuilderAnswer] = []
        self._settled = threading.Event()

    def take(self, answer: BuilderAnswer) -> None:
        self._heard.append(answer)
        self._told(answer)
        if answer.verdict is Verdict.ACCEPTED or len(self._heard) >= self._at_once:
            self._settled.set()

    def settled(self, timeout_s: float) -> Nanos:
        """Return when the first that accepted it was sent it; raise where none did."""
        self._settled.wait(timeout_s)
        heard = tuple(self._heard)
        accepted = [answer for answer in heard if answer.verdict is Verdict.ACCEPTED]
        if accepted:
            return min(answer.sent_at for answer in accepted)
        reasons = "; ".join(f"{one.builder}: {one.reason}" for one in heard) or "nobody answered"
        if len(heard) < self._asked or any(one.verdict in _DOUBTS for one in heard):
            raise OutcomeUnknown("builders", reasons)
        if any(one.verdict in _REFUSALS for one in heard):
            raise RelayRefused("of every builder", reasons)
        raise RelayUnavailable("of every builder", reasons)
