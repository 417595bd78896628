"""Nonsense asked of the local Coinbase is answered as nonsense, and nothing breaks inside."""

import json
from typing import Any

import aiohttp
from support.local_venues import ask_raw
from support.nonsense import TEXTS, VALUES, Nonsense

from bot.sandbox.exchange.exchange_options import COINBASE

V3 = "api.coinbase.com/api/v3/brokerage"
GETS = (
    *("market/products", "market/products/USDT-USD", "market/product_book"),
    *("market/products/USDT-USD/candles", "market/products/USDT-USD/ticker"),
    *("products", "product_book", "best_bid_ask", "accounts", "transaction_summary"),
    *("orders/historical/batch", "orders/historical/fills", "orders/historical/none"),
)
FIELDS = (
    *("product_id", "product_ids", "limit", "start", "end", "granularity", "product_type"),
    *("cursor", "order_status", "start_date", "end_date", "order_ids"),
)
CONFIGURATIONS = ("limit_limit_gtc", "sor_limit_ioc", "limit_limit_fok", "market_market_ioc", "x")


def signed(client: Any, method: str, url: str) -> dict[str, str]:
    token = client.create_auth_token(client.seconds(), method, url)
    return {"Authorization": f"Bearer {token}"}


def test_every_question_is_answered_or_refused() -> None:
    async def script(client: Any, session: aiohttp.ClientSession, url: str) -> list[Any]:
        draw, failed = Nonsense(21), []
        for _ in range(250):
            asked = draw.fields(FIELDS, TEXTS)
            if draw.often():
                asked |= {"product_id": "USDT-USD", "granularity": "ONE_MINUTE"}
            path = f"{url}/{V3}/{draw.one_of(GETS)}"
            headers = signed(client, "GET", path)
            async with session.get(path, params=asked, headers=headers) as response:
                if response.status not in {200, 400, 404}:
                    failed.append((path, asked, response.status))
        return failed

    assert ask_raw(COINBASE, script) == []


def test_every_order_is_taken_or_refused() -> None:
    async def script(client: Any, session: aiohttp.ClientSession, url: str) -> list[Any]:
        draw, failed, numbers = Nonsense(22), [], (*VALUES, "100", "0.99")
        for number in range(250):
            body = draw.fields(("client_order_id", "product_id", "side", "order_ids"))
            fields = draw.fields(("base_size", "limit_price", "quote_size", "post_only"), numbers)
            body |= {"order_configuration": {draw.one_of(CONFIGURATIONS): fields}}
            if draw.often():
                names = {"product_id": "USDT-USD", "side": "BUY"}
                body |= {"client_order_id": str(number), **names}
            path = f"{url}/{V3}/{draw.one_of(('orders', 'orders/preview', 'orders/batch_cancel'))}"
            headers = signed(client, "POST", path)
            text = json.dumps(body if draw.often() else draw.one_of(VALUES))
            async with session.post(path, data=text, headers=headers) as response:
                if response.status not in {200, 400, 404}:
                    failed.append((path, text, response.status))
        return failed

    assert ask_raw(COINBASE, script) == []


def test_a_token_that_is_none_opens_nothing() -> None:
    async def script(_: Any, session: aiohttp.ClientSession, url: str) -> list[int]:
        found = []
        for token in ("", "..", "a.b.c", "e30.e30.AA", "é.é.é", "W10.W10.W10"):
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{url}/{V3}/accounts", headers=headers) as response:
                found.append(response.status)
        return found

    assert set(ask_raw(COINBASE, script)) == {401}


def test_a_socket_outlives_whatever_is_said_to_it() -> None:
    async def script(_: Any, session: aiohttp.ClientSession, url: str) -> Any:
        draw, channels = Nonsense(23), ("level2", "user", "ticker", "market_trades", "heartbeats")
        async with session.ws_connect(f"{url}/advanced-trade-ws.coinbase.com") as socket:
            for _ in range(600):
                message = draw.fields(("type", "channel", "product_ids", "jwt"))
                if draw.often():
                    message |= {"type": draw.one_of(("subscribe", "unsubscribe"))}
                    message |= {"channel": draw.one_of(channels)}
                said = message if draw.often() else draw.one_of(VALUES)
                await socket.send_str(json.dumps(said))
            await socket.send_json({"type": "unsubscribe", "channel": "gossip"})
            await socket.send_json(
                {"type": "subscribe", "channel": "level2", "product_ids": ["DAI-USD"]}
            )
            async for frame in socket:
                if "DAI-USD" in frame.data:
                    return frame.type
        return None

    assert ask_raw(COINBASE, script) is aiohttp.WSMsgType.TEXT
