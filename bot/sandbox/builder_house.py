"""A builder beside the relay: its own form of the bundle methods, its own bundles."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.domain.builders import Cancel, Dialect
from bot.sandbox.bundle_pool import BundleOutcome, BundlePool
from bot.sandbox.dialect_requests import parse_sent, parse_taken_back
from bot.sandbox.relay_options import BuilderOptions, RelayOptions
from bot.sandbox.rpc_door import Method, Refused, RpcDoor, require_signature
from bot.sandbox.slot_auction import Contender, coinbase_of

_TAKEN_BACK = 200  # what such builders answer, whether there was anything to take back or not
_log = structlog.get_logger()


class BuilderHouse:
    """Lives on the relay's event loop; `head` tells the newest block, for a bundle's target."""

    def __init__(
        self,
        builder: BuilderOptions,
        limits: RelayOptions,
        outcomes: list[BundleOutcome],
        head: Callable[[int], Awaitable[int]],
    ) -> None:
        """Write into `outcomes` what becomes of its bundles."""
        self._builder, self._limits, self._head = builder, limits, head
        self._pool = BundlePool(builder.name, outcomes)
        dialect = builder.dialect
        methods = {dialect.method: Method(limits.send_per_minute, self._send)}
        if dialect.cancel is Cancel.METHOD:
            methods[Cancel.METHOD.value] = Method(limits.cancel_per_minute, self._take_back)
        self.door = RpcDoor(methods, builder.faults, _admission(dialect), builder.latency_s)
        self.contender = Contender(
            pool=self._pool,
            share=builder.share,
            coinbase=coinbase_of(builder.name),
            is_up=lambda: self.door.is_up,
        )

    async def _send(self, params: Any, signer: str) -> Any:
        sent = parse_sent(params, self._builder.dialect, signer, self._limits)
        if isinstance(sent, str):
            self._pool.cancel(signer, sent, await self._head(0))
            return _TAKEN_BACK
        self._pool.add(sent, await self._head(sent.target_block))
        _log.info(
            "bundle_received",
            bundle=sent.bundle_hash,
            target=sent.target_block,
            builder=self._builder.name,
        )
        return {"bundleHash": sent.bundle_hash}

    async def _take_back(self, params: Any, signer: str) -> int:
        uuid = parse_taken_back(params, self._builder.dialect)
        self._pool.cancel(signer, uuid, await self._head(0))
        return _TAKEN_BACK


def _admission(dialect: Dialect) -> Callable[[Mapping[str, str], bytes], str]:
    """Return who is let in: where no signature is read, all are one."""

    def admit(headers: Mapping[str, str], body: bytes) -> str:
        if dialect.authorized and not headers.get("Authorization"):
            raise Refused(401, "no authorization")
        return require_signature(headers, body) if dialect.signed else ""

    return admit
