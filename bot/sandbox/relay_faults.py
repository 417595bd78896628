"""The relay's deliberate misbehaviour, for tests of what a bot does about it."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from bot.sandbox.relay_options import FaultKind, Faults

_PAGES = {
    FaultKind.INTERNAL_ERROR: (500, "application/json", '{"error":"internal server error"}'),
    FaultKind.UNAVAILABLE: (503, "text/plain", "service unavailable"),
    FaultKind.TOO_MANY_REQUESTS: (429, "application/json", '{"error":"rate limit exceeded"}'),
    FaultKind.SIGNATURE_REFUSED: (403, "application/json", '{"error":"error in signature check"}'),
    FaultKind.ERROR_TEXT: (200, "application/json", '{"id":null,"error":"bundle refused"}'),
    FaultKind.HTML: (200, "text/html", "<html><body><h1>Just a moment...</h1></body></html>"),
}


class Spoiler:
    """Decides which requests are hit and ruins their answers."""

    def __init__(self, faults: Faults) -> None:
        self._faults, self._hits = faults, 0

    def use(self, faults: Faults) -> None:
        """Replace what goes wrong, from the next request on."""
        self._faults, self._hits = faults, 0

    def next_is_spoiled(self) -> bool:
        """Count one request; return whether it is hit."""
        if self._faults.kind is None:
            return False
        self._hits += 1
        return self._faults.times is None or self._hits <= self._faults.times

    async def spoil(
        self, request: web.Request, answer: Callable[[web.Request], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """Return what is sent instead of the answer."""
        faults, kind = self._faults, self._faults.kind
        edited = kind in {FaultKind.WRONG_ID, FaultKind.NULL_RESULT}
        response = await answer(request) if faults.takes_first or edited else web.Response()
        if kind is FaultKind.HANG:
            await asyncio.sleep(faults.hang_s)
        if kind is FaultKind.CLOSE and request.transport is not None:
            request.transport.abort()
        if edited:
            message = msgspec.json.decode(response.text or "{}")
            change = {"id": -1} if kind is FaultKind.WRONG_ID else {"result": None}
            return web.json_response(message | change)
        if kind not in _PAGES:
            return response
        status, content_type, text = _PAGES[kind]
        headers = {"Retry-After": str(faults.retry_after_s)} if status in {429, 503} else None
        return web.Response(status=status, content_type=content_type, text=text, headers=headers)
