"""What can wait until a head is dealt with: one thing after the other, none in another's way."""

from collections.abc import Callable

import structlog

from bot.domain.errors import RetryableError, SkipError
from bot.domain.messages import Head

log = structlog.get_logger()

Act = Callable[[Head], object]


class Afterwards:
    """Does all of it at every head, whatever becomes of one."""

    def __init__(self, *acts: Act) -> None:
        self._acts = acts

    def __call__(self, head: Head) -> None:
        """Do it; what fails is left to the next head.

        Raises:
            HaltError: a person must act.
        """
        for act in self._acts:
            try:
                act(head)
            except (RetryableError, SkipError) as error:
                log.warning("afterwards_failed", block=head.number, reason=str(error))
