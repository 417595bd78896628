"""The relay's HTTP side: Flashbots' methods on `/`, the sandbox's own levers on `/admin/`."""

import asyncio
import collections
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from aiohttp import web

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.sandbox.block_builder import BlockBuilder, BuiltBlock
from bot.sandbox.bundle_pool import BundleOutcome, BundlePool
from bot.sandbox.bundle_requests import BadParams, parse_call, parse_cancel, parse_send
from bot.sandbox.bundle_simulation import InvalidTransaction
from bot.sandbox.call_bundle import call_bundle
from bot.sandbox.relay_faults import Spoiler
from bot.sandbox.relay_options import Faults, RelayOptions
from bot.sandbox.relay_signature import HEADER, SignatureRefused, verified_signer

_WINDOW_S = 60.0
_MAX_BODY_BYTES = 1_000_000
_log = structlog.get_logger()


class _Rpc(msgspec.Struct):
    method: str
    params: Any = None
    id: int | str | None = None


class _Refused(Exception):
    def __init__(self, status: int, error: str | dict[str, Any], retry_after_s: int = 0) -> None:
        super().__init__(str(error))
        self.status, self.error, self.retry_after_s = status, error, retry_after_s


class RelayServer:
    """State of one relay; lives on one event loop, blocking work goes to threads."""

    def __init__(self, node: RpcClient, builder: BlockBuilder, options: RelayOptions) -> None:
        self._node, self._builder, self._options = node, builder, options
        self._pool = BundlePool()
        self._building = asyncio.Lock()
        self._spoiler = Spoiler(options.faults)
        self._head = builder.head()
        self._calls: dict[tuple[str, str], collections.deque[float]] = {}
        self._methods: dict[str, tuple[int, Callable[[Any, str], Awaitable[Any]]]] = {
            "eth_sendBundle": (options.send_per_minute, self._send_bundle),
            "eth_callBundle": (options.call_per_minute, self._call_bundle),
            "eth_cancelBundle": (options.cancel_per_minute, self._cancel_bundle),
        }

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        application = web.Application(client_max_size=_MAX_BODY_BYTES)
        application.router.add_post("/", self._serve)
        application.router.add_post("/admin/build", self._serve_build)
        application.router.add_post("/admin/faults", self._serve_faults)
        application.router.add_get("/admin/outcomes", self._serve_outcomes)
        return application

    async def build(self) -> BuiltBlock:
        """Mine the next block.

        Raises:
            NodeUnreachable, NodeRefused: it was not built; the bundles are held again.
        """
        async with self._building:
            head = await asyncio.to_thread(self._builder.head)
            bundles = self._pool.take(head + 1)
            try:
                built = await asyncio.to_thread(self._builder.build, bundles)
            except (NodeUnreachable, NodeRefused):
                self._pool.put_back(bundles)
                raise
            self._head = built.number
            self._pool.record(list(built.outcomes))
        self._log_outcomes(built.outcomes)
        _log.info("block_built", block=built.number, transactions=built.transactions)
        return built

    async def keep_building(self, block_time_s: float) -> None:
        """Build on time until cancelled; a late block delays the rest, it is not made up for."""
        due = time.monotonic()
        while True:
            due = max(due + block_time_s, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            try:
                await self.build()
            except (NodeUnreachable, NodeRefused) as error:
                _log.warning("block_failed", reason=str(error))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self._spoiler.next_is_spoiled():
            return await self._spoiler.spoil(request, self._answer)
        return await self._answer(request)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            asked, signer = await self._checked(request)
            result = await self._run(asked, signer, request.remote or "")
        except _Refused as refused:
            _log.warning("request_refused", status=refused.status, reason=str(refused))
            headers = {"Retry-After": str(refused.retry_after_s)} if refused.retry_after_s else {}
            return _json({"error": refused.error}, status=refused.status, headers=headers)
        return _json({"jsonrpc": "2.0", "id": asked.id, **result})

    async def _checked(self, request: web.Request) -> tuple[_Rpc, str]:
        if request.content_type != "application/json":
            raise _Refused(415, "content type must be application/json")
        body = await request.read()
        header = request.headers.get(HEADER, "")
        try:
            signer = verified_signer(header, body)
        except SignatureRefused as error:
            claimed = header.partition(":")[0][:42]
            raise _Refused(403, f"error in signature check {claimed}: {error}") from error
        try:
            return msgspec.json.decode(body, type=_Rpc), signer
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Refused(400, {"code": -32600, "message": f"invalid request: {error}"}) from error

    async def _run(self, asked: _Rpc, signer: str, client: str) -> dict[str, Any]:
        if asked.method not in self._methods:
            message = f"the method {asked.method[:80]} does not exist"
            raise _Refused(400, {"code": -32601, "message": message})
        per_minute, run = self._methods[asked.method]
        self._require_quota(client, asked.method, per_minute)
        try:
            return {"result": await run(asked.params, signer)}
        except BadParams as error:
            raise _Refused(400, {"code": -32602, "message": str(error)}) from error
        except (InvalidTransaction, NodeRefused) as error:
            return {"error": {"code": -32000, "message": str(error)}}
        except NodeUnreachable as error:
            return {"error": {"code": -32603, "message": str(error)}}

    async def _send_bundle(self, params: Any, signer: str) -> dict[str, str]:
        bundle = parse_send(params, signer, self._options)
        decided = self._pool.add(bundle, self._head)
        _log.info("bundle_received", bundle=bundle.bundle_hash, target=bundle.target_block)
        self._log_outcomes(decided)
        smart = {"smart": "true"} if params[0].get("builders") else {}
        return {"bundleHash": bundle.bundle_hash, **smart}

    async def _call_bundle(self, params: Any, _signer: str) -> dict[str, Any]:
        request = parse_call(params, self._options)
        return await asyncio.to_thread(
            call_bundle,
            self._node,
            request,
            coinbase=self._options.coinbase,
            chain_id=self._builder.chain_id,
        )

    async def _cancel_bundle(self, params: Any, signer: str) -> list[str]:
        decided = self._pool.cancel(signer, parse_cancel(params), self._head)
        self._log_outcomes(decided)
        return [one.bundle_hash for one in decided]

    def _require_quota(self, client: str, method: str, per_minute: int) -> None:
        now = time.monotonic()
        calls = self._calls.setdefault((client, method), collections.deque())
        while calls and calls[0] <= now - _WINDOW_S:
            calls.popleft()
        if len(calls) >= per_minute:
            wait = int(calls[0] + _WINDOW_S - now) + 1
            raise _Refused(429, f"rate limit of {per_minute} per minute exceeded", wait)
        calls.append(now)

    def _log_outcomes(self, outcomes: tuple[BundleOutcome, ...] | list[BundleOutcome]) -> None:
        for one in outcomes:
            _log.info(f"bundle_{one.fate}", **msgspec.to_builtins(one))

    async def _serve_build(self, _request: web.Request) -> web.Response:
        try:
            return _json(await self.build())
        except (NodeUnreachable, NodeRefused) as error:
            return _json({"error": str(error)}, status=502)

    async def _serve_faults(self, request: web.Request) -> web.Response:
        try:
            self._spoiler.use(msgspec.json.decode(await request.read(), type=Faults))
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, status=400)
        return _json({})

    async def _serve_outcomes(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return _json({"error": "after must be a number"}, status=400)
        return _json(self._pool.outcomes(int(after)))


def _json(answer: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(answer),
        status=status,
        headers=headers,
        content_type="application/json",
    )
