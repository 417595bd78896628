"""A connection to one venue that closes at the worst moment."""

import asyncio

import pytest
from support.local_venues import running_fixture

from bot.feeds.exchange_line import ExchangeLine
from bot.feeds.stream_options import StreamOptions
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange

running = running_fixture(LocalExchangeOptions(venues=(BINANCE,), breath_s=None))


@pytest.mark.parametrize("closing", [True, False], ids=["closing", "open"])
def test_a_subscription_said_into_a_closing_socket_ends_the_listening_and_nothing_else(
    running: LocalExchange, *, closing: bool
) -> None:
    async def script() -> str:
        line = ExchangeLine("binance", ["USDC/USDT"], StreamOptions(url=running.url))
        await line.open()
        dial = line._client.client

        def dialled(url: str) -> object:
            socket = dial(url)
            send = socket.send

            async def sent(words: object) -> None:
                socket.connection._writer.transport.close()
                await send(words)

            socket.send = sent if closing else send
            return socket

        line._client.client = dialled
        try:
            async with asyncio.timeout(2):
                return await line.listen(lambda _: False, lambda _: None)
        except TimeoutError:
            return "it listens"
        finally:
            await line.close()

    reason = asyncio.run(script())
    assert ("Cannot write to closing transport" in reason) is closing
    assert (reason == "it listens") is not closing
