"""The local Binance is told nonsense: it refuses in its own words, and stays as it was."""

import hashlib
import hmac
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.exchange.binance_account import BinanceAccount
from bot.sandbox.exchange.binance_login import BinanceLogin, signed_text, sorted_text
from bot.sandbox.exchange.binance_markets import BinanceMarkets
from bot.sandbox.exchange.binance_methods import Method, rest_methods
from bot.sandbox.exchange.binance_words import BinanceError
from bot.sandbox.exchange.exchange_options import BINANCE
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.market_maker import MarketMaker
from bot.sandbox.exchange.trading_floor import Floor

LOGIN = BINANCE.logins[0]
NAMES = (
    *("symbol", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "limit"),
    *("orderId", "origClientOrderId", "newClientOrderId", "interval", "startTime", "endTime"),
    *("fromId", "newOrderRespType"),
)
GOOD = {
    "symbol": "USDCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "100",
    "price": "1.0",
    "orderId": "1",
    "interval": "1m",
}
VALUES = st.one_of(
    st.sampled_from(["USDCUSDT", "BUY", "SELL", "LIMIT", "MARKET", "LIMIT_MAKER", "GTC", "FOK"]),
    st.sampled_from(["1", "100", "0.999", "1m", "1d", "ACK", "-1", "0", "NaN", "Infinity", ""]),
    st.sampled_from(["1e999999", "1e-999999", "9" * 50, "١٢", "null", "USDC/USDT", "usdcusdt"]),
    st.text(max_size=8),
)


def floor() -> Floor:
    made = Floor(BINANCE)
    for ladder in MarketMaker(made, LadderShape(levels=3)).ladders.values():
        ladder.set_middle(Decimal(1))
    return made


FLOOR = floor()
MARKETS = BinanceMarkets(FLOOR)
METHODS = rest_methods(FLOOR, MARKETS, BinanceAccount(FLOOR, MARKETS))


@given(
    method=st.sampled_from(METHODS),
    changes=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
)
@settings(max_examples=400)
def test_no_request_brings_it_down(method: Method, changes: dict[str, str]) -> None:
    params = GOOD | changes
    assert method.weight(params) > 0
    try:
        method.run("trader", params)
    except BinanceError as error:
        assert -3_000 < error.code < 0  # noqa: PT017 - an answer is as good
    everyone = [*FLOOR.engine.accounts.values(), FLOOR.engine.takings]
    for currency in ("USDC", "USDT", "EUR", "FDUSD"):
        assert sum(account.of(currency).total for account in everyone) == 1_000_000


def signature(text: str) -> str:
    return hmac.new(LOGIN.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_signature_is_over_query_and_body_as_they_were_sent() -> None:
    made = Floor(BINANCE)
    login = BinanceLogin(made)
    query, body = "symbol=USDCUSDT", urlencode({"timestamp": made.clock.now() // 10**6})
    signed = signed_text(query, f"{body}&signature=whatever")
    assert signed == query + body
    params = {"timestamp": body.partition("=")[2], "signature": signature(signed)}
    assert login.account(LOGIN.key, signed, params) == "trader"
    with pytest.raises(BinanceError) as caught:
        login.account(LOGIN.key, signed + " ", params)
    assert caught.value.code == -1022


def test_over_the_socket_the_signature_is_over_sorted_parameters() -> None:
    sent = {"b": True, "a": 1, "signature": "x", "c": "text"}
    assert sorted_text(sent) == "a=1&b=true&c=text"


@pytest.mark.parametrize(
    ("ahead_ms", "window", "code"),
    [
        (0, None, None),
        (900, None, None),
        (1_100, None, -1021),
        (-4_900, None, None),
        (-5_100, None, -1021),
        (-9_000, "10000", None),
        (0, "60001", -1131),
        (0, "0", -1131),
    ],
)
def test_a_request_is_good_for_its_window(
    ahead_ms: int, window: str | None, code: int | None
) -> None:
    made = Floor(BINANCE)
    moment = made.clock.now()
    made.clock.now = lambda: moment  # type: ignore[method-assign]
    params = {"timestamp": str(moment // 10**6 + ahead_ms)}
    params |= {"recvWindow": window} if window else {}
    text = urlencode(params)
    params["signature"] = signature(text)
    if code is None:
        assert BinanceLogin(made).account(LOGIN.key, text, params) == "trader"
        return
    with pytest.raises(BinanceError) as caught:
        BinanceLogin(made).account(LOGIN.key, text, params)
    assert caught.value.code == code
