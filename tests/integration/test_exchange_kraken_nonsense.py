"""Nonsense asked of the local Kraken is answered as nonsense, and nothing breaks inside."""

import json
from typing import Any

import aiohttp
import pytest
from support.local_venues import ask_raw
from support.nonsense import TEXTS, VALUES, Nonsense

from bot.sandbox.exchange.exchange_options import KRAKEN

QUESTIONS = ("Assets", "AssetPairs", "Depth", "Trades", "OHLC", "Ticker")
METHODS = (
    *("AddOrder", "CancelOrder", "CancelOrderBatch", "CancelAllOrdersAfter", "OpenOrders"),
    *("ClosedOrders", "QueryOrders", "TradesHistory", "QueryTrades", "TradeVolume"),
    *("DepositMethods", "WithdrawMethods", "WithdrawInfo"),
)
FIELDS = (
    *("pair", "type", "ordertype", "volume", "price", "oflags", "timeinforce", "userref"),
    *("cl_ord_id", "txid", "orders", "timeout", "start", "end", "ofs", "asset", "key"),
    *("amount", "validate", "deadline", "trades", "count", "since", "interval"),
)
SOCKET_FIELDS = (
    *("channel", "symbol", "depth", "interval", "snapshot", "event_trigger", "order_type"),
    *("side", "order_qty", "limit_price", "order_id", "cl_ord_id", "order_userref", "deadline"),
    *("time_in_force", "post_only", "cash_order_qty", "validate", "token"),
)
GOOD_ORDER = {"pair": "USDCUSD", "type": "buy", "ordertype": "limit"}
CHANNELS = ("book", "ticker", "trade", "ohlc", "executions", "balances")


def test_every_request_is_answered_with_a_result_or_kraken_s_error() -> None:
    async def script(client: Any, session: aiohttp.ClientSession, url: str) -> list[Any]:
        draw, failed = Nonsense(11), []
        for number in range(400):
            form = draw.fields(FIELDS, TEXTS) | (GOOD_ORDER if draw.often() else {})
            if number % 2:
                path = f"{url}/api.kraken.com/0/public/{draw.one_of(QUESTIONS)}"
                request = session.get(path, params=form)
            else:
                signed = client.sign(draw.one_of(METHODS), ["private"], "POST", form)
                request = session.post(
                    signed["url"], data=signed["body"], headers=signed["headers"]
                )
            async with request as response:
                body = await response.json()
                if response.status != 200 or not ("result" in body or body["error"]):
                    failed.append((form, body))
        return failed

    assert ask_raw(KRAKEN, script) == []


@pytest.mark.parametrize("host", ["ws.kraken.com/v2", "ws-auth.kraken.com/v2"])
def test_a_socket_outlives_whatever_is_said_to_it(host: str) -> None:
    async def script(client: Any, session: aiohttp.ClientSession, url: str) -> Any:
        draw = Nonsense(12)
        token = (await client.private_post_getwebsocketstoken())["result"]["token"]
        async with session.ws_connect(f"{url}/{host}") as socket:
            for _ in range(600):
                params = draw.fields(SOCKET_FIELDS)
                if draw.often():
                    params |= {"token": token, "symbol": ["USDC/USD"], "side": "buy"}
                    params |= {"channel": draw.one_of(CHANNELS)}
                method = draw.one_of(("subscribe", "unsubscribe", "add_order", "cancel_order"))
                message = {"method": method, "params": params if draw.often() else None}
                said = message if draw.often() else draw.one_of(VALUES)
                await socket.send_str(json.dumps(said))
            await socket.send_json({"method": "ping", "req_id": 424_242})
            async for frame in socket:
                if json.loads(frame.data).get("req_id") == 424_242:
                    return frame.type
        return None

    assert ask_raw(KRAKEN, script) is aiohttp.WSMsgType.TEXT
