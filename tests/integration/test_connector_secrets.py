"""Planted keys: nothing that leaves the connector, by whatever way, shows any part of one."""

import asyncio
import gc
import io
import logging
import traceback
from collections.abc import Awaitable, Callable
from pickle import dumps
from typing import Any

import pytest
import structlog
from support.trader_fixtures import exchange, trader
from support.trading_accounts import PLACING, Trader

from bot.domain.errors import BadConfiguration, RepegError
from bot.execution.account_options import Credentials, credentials_of
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.ccxt_order_stream import CcxtOrderStream
from bot.sandbox.exchange.mishap import MishapKind

__all__ = ["exchange", "trader"]

MISHAPS = (
    MishapKind.SERVER_ERROR,
    MishapKind.WEB_PAGE,
    MishapKind.HANG,
    MishapKind.CLOSE,
    MishapKind.DONE_THEN_TIMEOUT,
    MishapKind.TRUNCATED,
    MishapKind.GIANT,
)


def secrets_of(credentials: Credentials) -> list[str]:
    parts = [credentials.key, *credentials.secret.split("\n")]
    return [part for part in parts if len(part) > 8 and not part.startswith("-----")]


@pytest.fixture
def told() -> Any:
    """Everything that is logged, at any level, by any library."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=stream))
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)
    structlog.reset_defaults()


def texts_of(error: BaseException) -> str:
    """Return all that a crash would print of an error, and of all that hangs on it."""
    found, seen = ["".join(traceback.format_exception(error))], set[int]()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        found += [repr(one), str(one), repr(vars(one))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(found)


def test_no_error_and_no_log_of_any_path_shows_a_key(trader: Trader, told: io.StringIO) -> None:
    credentials, order = trader.credentials, trader.order()

    async def script(desk: CcxtConnector) -> list[str]:
        acts: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: desk.place(trader.order()),
            lambda: desk.cancel(order, "17"),
            lambda: desk.find(order, ""),
            desk.balances,
            lambda: desk.rules(trader.pair),
            lambda: desk.book("NO/PAIR", 5),
            lambda: desk.networks("NONE"),
            desk.can_withdraw,
        )
        said = [repr(desk), repr(desk.line), repr(desk.line.budget)]
        for kind in MISHAPS:
            trader.goes_wrong(kind)
            for act in acts:
                try:
                    await act()
                except RepegError as error:
                    said.append(texts_of(error))
            trader.exchange.mend()
        return said

    said = trader.run(script, timeout_s=0.2, burst=5_000)
    assert len(said) > 20
    everything = "\n".join((*said, told.getvalue(), repr(credentials), str(credentials)))
    for secret in secrets_of(credentials):
        assert secret not in everything


def test_a_stream_that_may_not_listen_shows_no_key(trader: Trader, told: io.StringIO) -> None:
    credentials = trader.credentials
    credentials.key = credentials.key.replace("local", "wrong-and-planted")

    async def script() -> None:
        async with CcxtConnector(trader.options(), credentials) as desk:
            news = CcxtOrderStream(desk).news()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(news), 1.5)
            await news.aclose()

    asyncio.run(script())
    gc.collect()
    assert "order_stream_lost" in told.getvalue()
    for secret in secrets_of(credentials):
        assert secret not in told.getvalue()


def test_a_venue_that_echoes_a_key_is_not_repeated(trader: Trader) -> None:
    async def script(desk: CcxtConnector) -> str:
        return desk.line.hidden(f"no such key {trader.credentials.key} or {'x' * 1_000}")

    shown = trader.run(script)
    assert trader.credentials.key not in shown
    assert len(shown) <= 200


def test_a_secret_that_cannot_sign_refuses_and_says_nothing_of_itself(trader: Trader) -> None:
    credentials = Credentials(trader.credentials.key, "planted-and-no-secret")
    order = trader.order()

    async def script() -> str:
        async with CcxtConnector(trader.options(pairs=()), credentials) as desk:
            try:
                await desk.place(order)
            except RepegError as error:
                return texts_of(error)
            return ""

    said = asyncio.run(script())
    assert said
    assert "planted" not in said
    assert trader.placed(order) == 0
    assert PLACING[trader.venue]


def test_credentials_come_from_the_environment_and_are_never_written() -> None:
    found = credentials_of(
        {"REPEG_KRAKEN_KEY": "planted-key", "REPEG_KRAKEN_SECRET": "one\\ntwo"}, "kraken"
    )
    assert (found.key, found.secret, found.password) == ("planted-key", "one\ntwo", "")
    assert "planted" not in f"{found} {found!r}"
    with pytest.raises(TypeError):
        dumps(found)
    with pytest.raises(BadConfiguration, match="REPEG_KRAKEN_KEY"):
        credentials_of({"REPEG_KRAKEN_SECRET": "planted"}, "kraken")
