"""A letter on its way: on the wire at once where a connection is ready."""

from collections.abc import Callable

from bot.chain.http import Posted
from bot.domain.errors import OutcomeUnknown
from bot.execution.bundle_letters import Letter
from bot.execution.relay_transport import RelayTransport


class LetterDelivery:
    """`Delivery` of one letter over one builder's connections."""

    def __init__(self, way: RelayTransport, letter: Letter) -> None:
        self._way, self._letter = way, letter
        self._posted: Posted | None = None
        self._doubt: OutcomeUnknown | None = None

    def begin(self) -> None:
        """See `Delivery.begin`."""
        try:
            self._posted = self._way.begin_kept(self._letter.body, self._letter.headers)
        except OutcomeUnknown as error:
            self._doubt = error

    def finish(self) -> int:
        """See `Delivery.finish`."""
        if self._doubt is not None:
            raise self._doubt
        if self._posted is None:
            self._way.post(self._letter.body, self._letter.headers)
        else:
            self._way.finish(self._posted, self._letter.body)
        return self._way.sent_at

    def abandon(self) -> None:
        """See `Delivery.abandon`."""
        if self._posted is not None:
            with self._posted:  # unread, so that its connection is closed
                pass


class WholeDelivery:
    """`Delivery` of what can only be done in one piece, by the line's own thread."""

    def __init__(self, deliver: Callable[[], int]) -> None:
        self._deliver = deliver

    def begin(self) -> None:
        """See `Delivery.begin`."""

    def finish(self) -> int:
        """See `Delivery.finish`."""
        return self._deliver()

    def abandon(self) -> None:
        """See `Delivery.abandon`."""
