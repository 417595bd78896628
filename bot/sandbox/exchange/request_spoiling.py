"""Mishaps of requests: what goes back instead of an answer, or after one was thrown away."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.exchange.dialect import Dialect
from bot.sandbox.exchange.hostile_frames import giant_frame
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.trading_floor import Floor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGES = {
    MishapKind.SERVER_ERROR: (500, "text/plain", "internal server error"),
    MishapKind.UNAVAILABLE: (503, "text/plain", "service unavailable"),
    MishapKind.WEB_PAGE: (502, "text/html", "<html><body><h1>Bad gateway</h1></body></html>"),
}
_OF_REQUESTS = (
    *_PAGES,
    MishapKind.HANG,
    MishapKind.CLOSE,
    MishapKind.LIMITED,
    MishapKind.BANNED,
    MishapKind.DONE_THEN_TIMEOUT,
    MishapKind.DONE_THEN_CLOSE,
    MishapKind.DOWN,
)
_OF_ANSWERS = (MishapKind.TRUNCATED, MishapKind.GIANT)
_HANG_S = 600.0
_GIANT_BYTES = 20_000_000


async def spoiled_answer(
    request: web.Request, handler: Handler, floor: Floor, dialect: Dialect
) -> web.StreamResponse:
    """Answer a request, or do what the mishap that hits it says."""
    name = f"{request.method} {request.path}"
    if "upgrade" in request.headers.get("Connection", "").lower():
        is_down = floor.mishaps.take(MishapKind.DOWN, request=name)
        return _closed(request) if is_down else await handler(request)
    floor.requests += 1
    mishap = floor.mishaps.take(*_OF_REQUESTS, *_OF_ANSWERS, request=name)
    if mishap is None:
        return await handler(request)
    if mishap.kind in _OF_ANSWERS:
        return await _ruined(request, await handler(request), mishap)
    if mishap.kind in {MishapKind.DONE_THEN_TIMEOUT, MishapKind.DONE_THEN_CLOSE}:
        await handler(request)
        is_cut = mishap.kind is MishapKind.DONE_THEN_CLOSE
        return _closed(request) if is_cut else dialect.outcome_unknown()
    return await _refused(request, dialect, mishap)


async def _refused(request: web.Request, dialect: Dialect, mishap: Mishap) -> web.StreamResponse:
    if mishap.kind in {MishapKind.LIMITED, MishapKind.BANNED}:
        wait_s = int(mishap.amount or 2)
        return dialect.limited(wait_s, banned=mishap.kind is MishapKind.BANNED)
    if mishap.kind is MishapKind.HANG:
        await asyncio.sleep(mishap.amount or _HANG_S)
    if mishap.kind not in _PAGES:
        return _closed(request)
    status, content_type, text = _PAGES[mishap.kind]
    return web.Response(status=status, content_type=content_type, text=text)


async def _ruined(
    request: web.Request, response: web.StreamResponse, mishap: Mishap
) -> web.StreamResponse:
    body = response.body if isinstance(response, web.Response) else b""
    whole = body if isinstance(body, bytes) else b""
    if mishap.kind is MishapKind.GIANT:
        text = giant_frame(int(mishap.amount) or _GIANT_BYTES)
        return web.Response(text=text, content_type="application/json")
    short = web.StreamResponse(headers={"Content-Type": "application/json"})
    short.content_length = len(whole)
    await short.prepare(request)
    await short.write(whole[: len(whole) // 2])
    return _closed(request)


def _closed(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()  # what was written so far still leaves
    return web.Response()
