"""One HTTP endpoint of a relay or builder: methods, signature, limits, deliberate faults."""

import asyncio
import collections
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog
from aiohttp import web

from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.sandbox.bundle_requests import BadParams
from bot.sandbox.bundle_simulation import InvalidTransaction
from bot.sandbox.relay_faults import Spoiler
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.relay_signature import HEADER, SignatureRefused, verified_signer

_WINDOW_S = 60.0
_log = structlog.get_logger()

Run = Callable[[Any, str], Awaitable[Any]]  # parameters and signer to the result


class Method(msgspec.Struct, frozen=True):
    """What may be asked, how often by each client, and who answers."""

    per_minute: int
    run: Run


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose last byte was here, before anything was made of it."""

    at: int  # monotonic ns, the machine's
    method: str


class Refused(Exception):
    """An answer that is no result."""

    def __init__(self, status: int, error: str | dict[str, Any], retry_after_s: int = 0) -> None:
        super().__init__(str(error))
        self.status, self.error, self.retry_after_s = status, error, retry_after_s


class _Rpc(msgspec.Struct):
    method: str
    params: Any = None
    id: int | str | None = None


class RpcDoor:
    """Lives on one event loop."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        faults: Faults,
        admit: Callable[[Mapping[str, str], bytes], str],
        latency_s: float = 0.0,
    ) -> None:
        """Serve `methods`; `admit` returns who signed a body, or raises `Refused`."""
        self._latency_s = latency_s
        self._methods, self._admit = methods, admit
        self._spoiler = Spoiler(faults)
        self._calls: dict[tuple[str, str], collections.deque[float]] = {}
        self.arrivals: list[Arrival] = []
        self.is_up = faults.kind is not FaultKind.DOWN

    def misbehave(self, faults: Faults) -> None:
        """Fail as told from the next request on."""
        self.is_up = faults.kind is not FaultKind.DOWN
        self._spoiler.use(faults)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or spoil its answer."""
        body = await request.read()
        at = time.monotonic_ns()
        self.arrivals.append(Arrival(at=at, method=_method_of(body)))
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if self._spoiler.next_is_spoiled():
            return await self._spoiler.spoil(request, self._answer)
        return await self._answer(request)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            asked, signer = await self._checked(request)
            result = await self._run(asked, signer, request.remote or "")
        except Refused as refused:
            _log.warning("request_refused", status=refused.status, reason=str(refused))
            headers = {"Retry-After": str(refused.retry_after_s)} if refused.retry_after_s else {}
            return json_response({"error": refused.error}, status=refused.status, headers=headers)
        return json_response({"jsonrpc": "2.0", "id": asked.id, **result})

    async def _checked(self, request: web.Request) -> tuple[_Rpc, str]:
        if request.content_type != "application/json":
            raise Refused(415, "content type must be application/json")
        body = await request.read()
        signer = self._admit(request.headers, body)
        try:
            return msgspec.json.decode(body, type=_Rpc), signer
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(400, {"code": -32600, "message": f"invalid request: {error}"}) from error

    async def _run(self, asked: _Rpc, signer: str, client: str) -> dict[str, Any]:
        if asked.method not in self._methods:
            message = f"the method {asked.method[:80]} does not exist"
            raise Refused(400, {"code": -32601, "message": message})
        method = self._methods[asked.method]
        self._require_quota(client, asked.method, method.per_minute)
        try:
            return {"result": await method.run(asked.params, signer)}
        except BadParams as error:
            raise Refused(400, {"code": -32602, "message": str(error)}) from error
        except (InvalidTransaction, NodeRefused) as error:
            return {"error": {"code": -32000, "message": str(error)}}
        except NodeUnreachable as error:
            return {"error": {"code": -32603, "message": str(error)}}

    def _require_quota(self, client: str, method: str, per_minute: int) -> None:
        now = time.monotonic()
        calls = self._calls.setdefault((client, method), collections.deque())
        while calls and calls[0] <= now - _WINDOW_S:
            calls.popleft()
        if len(calls) >= per_minute:
            wait = int(calls[0] + _WINDOW_S - now) + 1
            raise Refused(429, f"rate limit of {per_minute} per minute exceeded", wait)
        calls.append(now)


def require_signature(headers: Mapping[str, str], body: bytes) -> str:
    """Return who signed exactly these bytes, in lower case.

    Raises:
        Refused: nobody did.
    """
    header = headers.get(HEADER, "")
    try:
        return verified_signer(header, body)
    except SignatureRefused as error:
        claimed = header.partition(":")[0][:42]
        raise Refused(403, f"error in signature check {claimed}: {error}") from error


def json_response(
    answer: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Return any value as an answer."""
    return web.Response(
        body=msgspec.json.encode(answer),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def _method_of(body: bytes) -> str:
    _, _, rest = body.partition(b'"method"')
    return rest.partition(b'"')[2].partition(b'"')[0][:40].decode(errors="replace")
