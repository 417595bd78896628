"""The relay's HTTP side: Flashbots' methods on `/`, builders beside it on `/builders/NAME`.

The sandbox's own levers are on `/admin/`.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from aiohttp import web

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.sandbox.block_builder import BlockBuilder, BuiltBlock
from bot.sandbox.builder_house import BuilderHouse
from bot.sandbox.bundle_pool import BundleOutcome, BundlePool
from bot.sandbox.bundle_requests import parse_call, parse_cancel, parse_send
from bot.sandbox.call_bundle import call_bundle
from bot.sandbox.relay_options import RELAY_NAME, Faults, RelayOptions
from bot.sandbox.rpc_door import Method, RpcDoor, json_response, require_signature
from bot.sandbox.share_desk import ShareDesk
from bot.sandbox.slot_auction import Contender, SlotAuction

_MAX_BODY_BYTES = 1_000_000
_log = structlog.get_logger()


class RelayServer:
    """State of one relay; lives on one event loop, blocking work goes to threads."""

    def __init__(self, node: RpcClient, builder: BlockBuilder, options: RelayOptions) -> None:
        self._node, self._builder, self._options = node, builder, options
        self._outcomes: list[BundleOutcome] = []
        self._pool = BundlePool(RELAY_NAME, self._outcomes)
        self._building = asyncio.Lock()
        self._head = builder.head()
        methods = {
            "eth_sendBundle": Method(options.send_per_minute, self._send_bundle),
            "eth_callBundle": Method(options.call_per_minute, self._call_bundle),
            "eth_cancelBundle": Method(options.cancel_per_minute, self._cancel_bundle),
        }
        self._share = ShareDesk(node, builder, options, self._outcomes)
        methods |= self._share.methods
        door = RpcDoor(methods, options.faults, require_signature)
        houses = {
            one.name: BuilderHouse(one, options, self._outcomes, self._head_for)
            for one in options.builders
        }
        self._doors = {RELAY_NAME: door} | {name: house.door for name, house in houses.items()}
        own = Contender(
            pool=self._pool,
            share=options.share,
            coinbase=options.coinbase,
            is_up=lambda: door.is_up,
        )
        self._auction = SlotAuction(
            [own, *(house.contender for house in houses.values())],
            seed=options.seed,
            misses=options.multiplex_misses,
        )

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        application = web.Application(client_max_size=_MAX_BODY_BYTES)
        router = application.router
        router.add_post("/", self._doors[RELAY_NAME].serve)
        router.add_post("/builders/{name}", self._serve_builder)
        router.add_post("/admin/build", self._serve_build)
        router.add_post("/admin/faults", self._serve_faults)
        router.add_get("/admin/outcomes", self._serve_outcomes)
        router.add_get("/admin/arrivals", self._serve_arrivals)
        router.add_get("/mev-share", self._share.stream.serve)
        router.add_post("/admin/hints/cut", self._serve_cut)
        return application

    async def build(self) -> BuiltBlock:
        """Mine the next block, by whoever wins its slot.

        Raises:
            NodeUnreachable, NodeRefused: it was not built; the bundles are held again.
        """
        async with self._building:
            head = await asyncio.to_thread(self._builder.head)
            for bundle in self._share.bundles(head + 1):
                self._pool.add(bundle, head)
            slot = self._auction.take(head + 1)
            coinbase = slot.winner.coinbase
            try:
                built = await asyncio.to_thread(self._builder.build, slot.bundles, coinbase)
            except (NodeUnreachable, NodeRefused):
                self._auction.put_back(slot)
                raise
            self._head = built.number
            lost = self._auction.settle(slot, built.outcomes)
            ended = self._share.settle(built)
        self._log_outcomes([*built.outcomes, *lost, *ended])
        _log.info("block_built", block=built.number, transactions=built.transactions)
        return msgspec.structs.replace(built, builder=slot.winner.name)

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

    async def _send_bundle(self, params: Any, signer: str) -> dict[str, str]:
        bundle = parse_send(params, signer, self._options)
        decided = self._pool.add(bundle, await self._head_for(bundle.target_block))
        _log.info("bundle_received", bundle=bundle.bundle_hash, target=bundle.target_block)
        self._log_outcomes(decided)
        smart = {"smart": "true"} if bundle.builders else {}
        return {"bundleHash": bundle.bundle_hash, **smart}

    async def _head_for(self, block: int) -> int:
        """Return the newest block, and look again before any is too late: it may be undone."""
        if block <= self._head:
            self._head = await asyncio.to_thread(self._builder.head)
        return self._head

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

    @staticmethod
    def _log_outcomes(outcomes: Sequence[BundleOutcome]) -> None:
        for one in outcomes:
            _log.info(f"bundle_{one.fate}", **msgspec.to_builtins(one))

    def _door(self, name: str) -> RpcDoor:
        if name not in self._doors:
            raise web.HTTPNotFound(text=f'{{"error":"no builder {name[:40]}"}}')
        return self._doors[name]

    async def _serve_builder(self, request: web.Request) -> web.StreamResponse:
        return await self._door(request.match_info["name"]).serve(request)

    async def _serve_build(self, _request: web.Request) -> web.Response:
        try:
            return json_response(await self.build())
        except (NodeUnreachable, NodeRefused) as error:
            return json_response({"error": str(error)}, status=502)

    async def _serve_faults(self, request: web.Request) -> web.Response:
        door = self._door(request.query.get("builder", RELAY_NAME))
        try:
            door.misbehave(msgspec.json.decode(await request.read(), type=Faults))
        except msgspec.DecodeError as error:
            return json_response({"error": str(error)}, status=400)
        return json_response({})

    async def _serve_outcomes(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return json_response({"error": "after must be a number"}, status=400)
        return json_response(self._outcomes[int(after) :])

    async def _serve_cut(self, _request: web.Request) -> web.Response:
        return json_response({"cut": self._share.stream.cut()})

    async def _serve_arrivals(self, request: web.Request) -> web.Response:
        return json_response(self._door(request.query.get("builder", RELAY_NAME)).arrivals)
