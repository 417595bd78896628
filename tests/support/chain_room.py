"""The position engine between the real pools of the local mainnet and the local exchange."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.trading_room import Talker

from bot.config import RELAY_KEY, WALLET_KEY, Config, load_config
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.ledger_events import Commanded
from bot.domain.orders import Purpose
from bot.domain.ticks import Message, Redemption
from bot.domain.units import Nanos, Raw, Wad, Wei
from bot.execution.account_options import Credentials
from bot.execution.signing import Operator
from bot.modes import Mode
from bot.position_app import PositionSide, build_positions
from bot.position_assembly import Outside
from bot.sandbox.exchange.exchange_options import BINANCE
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.faucet import balance_of, fund_eth, fund_token
from bot.sandbox.world import World, sandbox_account
from bot.strategy.ledger import Ledger

COINS = 1_000_000
PATIENCE_S = 15.0
SETTINGS: dict[str, Any] = {
    "streams": [],
    "detection": {"hold_s": 0.3},
    "trading": {"look_s": 0.1, "pause_s": 0.2, "poll_s": 0.3, "reconcile_s": 5.0},
    "orders": {"proof_s": 1.5, "pause_s": 0.1, "follow_asks": 3},
    "hedge": {
        "enabled": True,
        "least_usd": 5.0,
        "max_usd": 3_000.0,
        "hedge_s": 3.0,
        "flatten_s": 3.0,
    },
}


class Teller:
    """A feed: says the same of rails five times a second."""

    def __init__(self, said: list[Redemption]) -> None:
        self.said = said

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            now = Nanos(time.time_ns())
            for one in self.said:
                yield Redemption(
                    venue=one.venue,
                    asset=one.asset,
                    currency=one.currency,
                    value=one.value,
                    at=now,
                    seen_at=now,
                )
            await asyncio.sleep(0.2)


class ChainRoom:
    """One engine; blocks are built by hand."""

    def __init__(
        self,
        world: World,
        exchange: LocalExchange,
        folder: Path,
        patch: pytest.MonkeyPatch,
        **settings: Any,
    ) -> None:
        self.world, self.exchange = world, exchange
        self.wallet = Operator(sandbox_account("wallet"))
        fund_eth(world.rpc, self.wallet.address, Wei(10**19))
        for token in (USDC, USDT, DAI):
            fund_token(world.rpc, token, self.wallet.address, Raw(COINS * 10**token.decimals))
        patch.setenv(WALLET_KEY, sandbox_account("wallet").key.hex())
        patch.setenv(RELAY_KEY, sandbox_account("relay identity").key.hex())
        patch.setenv("REPEG_STATE_DIR", str(folder / "state"))
        self.prices = {
            ("kraken", "USDC/USD"): "1.0",
            ("kraken", "USDT/USD"): "1.0",
            ("kraken", "DAI/USD"): "1.0",
            ("binance", "USDC/USDT"): "1.0",
        }
        self.rails: list[Redemption] = []
        self.config = self._config(folder, settings)
        self.side: PositionSide | None = None
        self.orders_before = exchange.account("binance").orders

    def play(self, story: Callable[["ChainRoom"], Awaitable[None]]) -> None:
        """Run the engine for as long as the story takes."""
        with ExitStack() as opened:
            self.side = build_positions(self.config, self._outside(), opened)
            asyncio.run(self._played(story))

    @property
    def ledger(self) -> Ledger:
        assert self.side is not None
        return self.side._books.ledger

    @property
    def position(self) -> str:
        return self.ledger.positions[-1]

    @property
    def set_aside(self) -> dict[str, Wad]:
        """What the gate counts as lost while a leg is open."""
        assert self.side is not None
        assert self.side.engine is not None
        return dict(self.side.engine._parts.hedges._parts.gate._losses)

    def command(self, word: str) -> None:
        assert self.side is not None
        at = Nanos(time.time_ns())
        self.side._books.write(Commanded(command=word, by="operator", at=at))

    def refuse_orders(self, kind: MishapKind, request: str = "POST ") -> None:
        """Let requests to the exchange go wrong: those that place orders, or others."""
        self.exchange.misbehave(
            Mishap(kind=kind, venue="binance", request=f"{request}/api.binance.com/api/v3")
        )

    def events(self) -> list[Any]:
        assert self.side is not None
        return list(self.side._books._journal.events())

    def orders(self, purpose: Purpose) -> list[Any]:
        records = self.ledger.orders_of(self.position)
        return [record for record in records if record.order.purpose is purpose]

    def held(self, token: Token) -> Raw:
        return balance_of(self.world.rpc, token, self.wallet.address)

    def at_exchange(self, currency: str) -> Decimal:
        return self.exchange.account("binance").totals[currency]

    def build(self) -> None:
        self.world.relay.build()

    async def until(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s
            await asyncio.sleep(0.02)

    async def until_sent(self) -> None:
        """Wait until a leg on chain is with the relay."""
        await self.until(lambda: bool(self.ledger.open_positions))
        await self.until(lambda: any(r.order_id for r in self.orders(Purpose.ENTRY)))

    async def until_closed(self, *, building: bool = False) -> None:
        while self.ledger.open_positions:
            if building:
                self.build()
            await asyncio.sleep(0.3)

    async def _played(self, story: Callable[["ChainRoom"], Awaitable[None]]) -> None:
        assert self.side is not None
        side = self.side
        running = asyncio.create_task(side.run())
        try:
            await self.until(lambda: side.engine is not None and side.engine.is_ready)
            self.build()  # nothing that was sent before may still land
            self.build()
            async with asyncio.timeout(PATIENCE_S + 5.0):
                await story(self)
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await side.close()

    def _outside(self) -> Outside:
        login = BINANCE.logins[0]
        feeds: Sequence[Any] = (Talker(self.prices), Teller(self.rails))
        keys = {"binance": Credentials(login.key, login.secret)}
        return Outside(mode=Mode.PAPER, credentials=keys, feeds=feeds)

    def _config(self, folder: Path, settings: dict[str, Any]) -> Config:
        own = {
            "journal": str(folder / "repeg.sqlite"),
            "node": {"http_url": self.world.anvil.url, "ws_url": self.world.anvil.ws_url},
            "relay": {"url": self.world.relay.url},
            "wallet": {"trade": True, "pairs": ["USDC/USDT", "USDC/DAI"]},
            "accounts": [
                {
                    "venue": "binance",
                    "pairs": ["USDC/USDT"],
                    "url": self.exchange.url,
                    "timeout_s": 1.0,
                    "requests_per_s": 1000,
                    "burst": 1000,
                }
            ],
        }
        merged = {**SETTINGS, **own}
        for name, value in settings.items():
            known = merged.get(name)
            merged[name] = {**known, **value} if isinstance(known, dict) else value
        return load_config(None, **merged)
