"""The relay's deliberate misbehaviour, for tests of what a bot does about it."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from bot.sandbox.relay_options import FaultKind, Faults

_HUGE_BYTES = 5_000_000
_PAGES = {
    FaultKind.BAD_REQUEST: (
        400,
        "application/json",
        '{"error":{"code":-32602,"message":"invalid bundle"}}',
    ),
    FaultKind.INTERNAL_ERROR: (500, "application/json", '{"error":"internal server error"}'),
    FaultKind.UNAVAILABLE: (503, "text/plain", "service unavailable"),
    FaultKind.TOO_MANY_REQUESTS: (429, "application/json", '{"error":"rate limit exceeded"}'),
    FaultKind.SIGNATURE_REFUSED: (403, "application/json", '{"error":"error in signature check"}'),
    FaultKind.ERROR_TEXT: (200, "application/json", '{"id":null,"error":"bundle refused"}'),
    FaultKind.ERROR_OBJECT: (
        200,
        "application/json",
        '{"id":null,"error":{"code":-32000,"message":"bundle refused"}}',
    ),
    FaultKind.EMPTY: (200, "application/json", ""),
    FaultKind.HUGE: (200, "application/json", '{"result":"' + "ab" * (_HUGE_BYTES // 2) + '"}'),
    FaultKind.HTML: (200, "text/html", "<html><body><h1>Just a moment...</h1></body></html>"),
}
_EDITED = {FaultKind.WRONG_ID: {"id": -1}, FaultKind.NULL_RESULT: {"result": None}}
_CARRIED_OUT = {*_EDITED, FaultKind.SLOW, FaultKind.DUPLICATE}
_CUT = {FaultKind.CLOSE, FaultKind.DOWN}


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
        carried_out = faults.takes_first or kind in _CARRIED_OUT
        response = await answer(request) if carried_out else web.Response()
        if kind is FaultKind.HANG:
            await asyncio.sleep(faults.hang_s)
        if kind is FaultKind.SLOW:
            await asyncio.sleep(faults.slow_s)
        if request.transport is not None:
            if kind in _CUT:
                request.transport.abort()
            if kind is FaultKind.DUPLICATE:  # the second one is what is returned here
                request.transport.write(_on_the_wire(response))
        if kind in _EDITED:
            return web.json_response(msgspec.json.decode(response.text or "{}") | _EDITED[kind])
        if kind not in _PAGES:
            return response
        status, content_type, text = _PAGES[kind]
        told = status in {429, 503} and faults.retry_after_s
        headers = {"Retry-After": str(faults.retry_after_s)} if told else None
        return web.Response(status=status, content_type=content_type, text=text, headers=headers)


def _on_the_wire(response: web.Response) -> bytes:
    text = (response.text or "").encode()
    head = f"HTTP/1.1 {response.status} OK\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text
