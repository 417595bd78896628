"""Our connector before a server that answers anything but what was asked for."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support.trading_accounts import PAIRS, Trader, new_order

from bot.domain.errors import OutcomeUnknown, RepegError, VenueRefused, VenueUnavailable
from bot.domain.orders import MarketRules, OrderSide
from bot.domain.units import Wad
from bot.execution.account_options import AccountOptions, Credentials
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.kraken_desk import KrakenDesk
from bot.sandbox.exchange.coinbase_login import sandbox_login
from bot.sandbox.exchange.spot_market import decimals_of

ANSWERS = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"17",
    b'"yes"',
    b"[[[[",
    b"[" * 100_000,
    b'{"error":[]}',
    b'{"error":[],"result":{}}',
    b'{"error":[],"result":null}',
    b'{"error":"no list","result":{}}',
    b'{"error":[],"result":{"txid":[],"open":[],"closed":7,"count":"many"}}',
    b'{"code":"-1013","msg":7}',
    b'{"code":-99999,"msg":"a code nobody knows"}',
    b'{"symbol":"USDCUSDT","orderId":"x","status":"NEW"}',
    b'{"orderId":1,"clientOrderId":"a","status":"DREAMT","executedQty":"NaN"}',
    b'{"success":true}',
    b'{"success":true,"success_response":{"order_id":17}}',
    b'{"success":false,"error_response":{"error":"UNKNOWN_FAILURE_REASON"}}',
    b'{"orders":[{"order_id":1}],"cursor":"","fills":[{}],"accounts":[{}],"has_next":true}',
    b'{"balances":[{"asset":"USDC","free":"1e999","locked":"-1"}],"bids":[["1","NaN"]],"asks":[]}',
    b"\xff\xfe\x00",
    b"<html>welcome</html>",
)


@contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[str]:
    """Serve one answer to everything, and yield where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET  # noqa: N815 - names of the library

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _trader(venue: str) -> Trader:
    return Trader(None, venue)  # type: ignore[arg-type]  # no exchange is asked


def _rules(trader: Trader) -> MarketRules:
    step = Wad(10 ** (18 - decimals_of(trader.market.step)))
    return MarketRules(
        venue=trader.venue,
        pair=trader.pair,
        tick=Wad(10 ** (18 - decimals_of(trader.market.tick))),
        step=step,
        min_amount=step,
        min_value=Wad(0),
        maker_fee_bps=0.0,
        taker_fee_bps=0.0,
        is_trading=True,
    )


def _errors(trader: Trader, url: str) -> dict[str, RepegError | None]:
    order = new_order(trader.venue, trader.pair, OrderSide.BUY)

    async def script() -> dict[str, RepegError | None]:
        secret = sandbox_login().secret if trader.venue == "coinbase" else "d29yZA=="
        options = AccountOptions(venue=trader.venue, pairs=(trader.pair,), url=url, timeout_s=2.0)
        async with CcxtConnector(options, Credentials("organizations/1/key", secret)) as desk:
            desk._rules[trader.pair] = _rules(trader)
            if isinstance(desk.orders, KrakenDesk):
                desk.orders._names._altnames[trader.pair] = "USDCUSD"
            acts: dict[str, Callable[[], Awaitable[Any]]] = {
                "place": lambda: desk.place(order),
                "cancel": lambda: desk.cancel(order, "OABC-1"),
                "find": lambda: desk.find(order, "OABC-1"),
                "look": lambda: desk.find(order, ""),
                "open_orders": lambda: desk.open_orders(trader.pair),
                "fills": lambda: desk.fills(trader.pair, order.made_at),
                "balances": desk.balances,
                "rules": lambda: desk.rules(trader.pair),
                "book": lambda: desk.book(trader.pair, 3),
                "networks": lambda: desk.networks("USDC"),
                "can_withdraw": desk.can_withdraw,
                "open": desk.open,
            }
            return {name: await _error(act) for name, act in acts.items()}

    return asyncio.run(script())


async def _error(act: Callable[[], Awaitable[Any]]) -> RepegError | None:
    try:
        await act()
    except RepegError as error:
        return error
    return None


@pytest.mark.parametrize("venue", sorted(PAIRS))
@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
def test_nonsense_after_an_order_is_unknown_and_nonsense_elsewhere_is_no_answer(
    venue: str, body: bytes
) -> None:
    with answering(body) as url:
        errors = _errors(_trader(venue), url)
    assert isinstance(errors.pop("place"), OutcomeUnknown)
    acted = errors.pop("cancel")
    assert acted is None or isinstance(acted, OutcomeUnknown)
    for name, error in errors.items():
        assert error is None or isinstance(error, VenueRefused | VenueUnavailable), name


@pytest.mark.parametrize("venue", sorted(PAIRS))
@pytest.mark.parametrize("status", [301, 400, 403, 404, 408, 500, 502, 503, 504, 520, 530])
def test_a_status_that_no_code_explains_leaves_an_order_unknown(venue: str, status: int) -> None:
    with answering(b"<html>no</html>", status) as url:
        errors = _errors(_trader(venue), url)
    assert isinstance(errors["place"], OutcomeUnknown)
    assert isinstance(errors["cancel"], OutcomeUnknown)


@pytest.mark.parametrize("venue", sorted(PAIRS))
def test_a_limit_told_by_the_wall_before_a_venue_is_no_order(venue: str) -> None:
    with answering(b"slow down", 429) as url:
        errors = _errors(_trader(venue), url)
    assert {type(error) for name, error in errors.items() if name != "networks"} == {
        VenueUnavailable
    }
