"""MEV-Share's stream of hints over HTTP: connected again whenever it ends, fails or is silent."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.feeds.hint_events import EventLines
from bot.feeds.hint_words import Hint, hint_of

log = structlog.get_logger()

_CONNECT_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_OK = 200
_SHOWN = 120  # bytes of what could not be read


class HintFeed:
    """`HintStream` over server-sent events; the other side fills silence with comments."""

    def __init__(self, url: str, *, silence_s: float) -> None:
        """Listen at `url`; nothing for `silence_s`, not even a comment, counts as a dead line."""
        self.url = url
        self._timeout = ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=silence_s)
        self._pause_s = _FIRST_PAUSE_S
        self.malformed = 0  # events that were no hints

    async def __aiter__(self) -> AsyncIterator[Hint]:
        """See `HintStream`."""
        async with ClientSession(timeout=self._timeout) as session:
            while True:
                try:
                    async for hint in self._heard(session):
                        yield hint
                    reason = "the stream ended"
                except (ClientError, OSError, TimeoutError, ValueError) as error:
                    reason = str(error) or type(error).__name__
                log.warning("hints_cut", url=self.url, reason=reason, again_in_s=self._pause_s)
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _heard(self, session: ClientSession) -> AsyncIterator[Hint]:
        lines = EventLines()
        async with session.get(self.url, headers={"Accept": "text/event-stream"}) as answer:
            if answer.status != _OK:
                raise ValueError(f"HTTP {answer.status}")
            log.info("hints_listened_to", url=self.url)
            async for chunk in answer.content.iter_any():
                self._pause_s = _FIRST_PAUSE_S
                for text in lines.feed(chunk):
                    hint = self._read(text)
                    if hint is not None:
                        yield hint

    def _read(self, text: bytes) -> Hint | None:
        try:
            return hint_of(text)
        except ValueError as error:
            self.malformed += 1
            log.warning("hint_malformed", reason=str(error), text=repr(text[:_SHOWN]))
            return None
