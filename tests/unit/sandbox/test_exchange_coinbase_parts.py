"""Parts of the local Coinbase that need no socket: tokens, ids, order forms, words."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.coinbase_limits import CoinbaseLimits
from bot.sandbox.exchange.coinbase_login import CoinbaseLogin, sandbox_login
from bot.sandbox.exchange.coinbase_order_forms import OrderDenied, order_request
from bot.sandbox.exchange.coinbase_words import (
    CoinbaseError,
    CoinbaseIds,
    instant,
    moment_of,
    number,
)
from bot.sandbox.exchange.exchange_options import COINBASE
from bot.sandbox.exchange.orders import Lifetime
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.trading_floor import Floor
from bot.sandbox.exchange.venue_clock import VenueClock

NOW_S = 1_700_000_000
PATH = "/api.coinbase.com/api/v3/brokerage/accounts"


@pytest.fixture
def login() -> CoinbaseLogin:
    return CoinbaseLogin(Floor(COINBASE, VenueClock(wall=lambda: NOW_S * NANOS_PER_S)))


def token(at_s: int = NOW_S, path: str = PATH, method: str = "GET", **key: str) -> str:
    """Return a token that ccxt signs at a time for a request."""
    own = sandbox_login()
    client: Any = ccxt.coinbase({"apiKey": own.key, "secret": own.secret, **key})
    signed: str = client.create_auth_token(at_s, method, f"http://127.0.0.1:8080{path}")
    return signed


def test_the_login_is_the_same_at_every_start() -> None:
    assert sandbox_login() == sandbox_login() == COINBASE.logins[0]


def test_a_token_for_this_request_names_the_account(login: CoinbaseLogin) -> None:
    assert login.account(token(), ("GET", PATH)) == "trader"


@pytest.mark.parametrize(
    "wrong",
    [
        token(NOW_S - 121),
        token(NOW_S + 30),
        token(path=PATH + "/more"),
        token(method="POST"),
        token(apiKey="organizations/of/apiKeys/another"),
        token()[:-4],
        token().replace(".", "", 1),
        "",
    ],
    ids=["over", "early", "elsewhere", "another verb", "unknown", "cut", "one part", "empty"],
)
def test_any_other_token_opens_nothing(login: CoinbaseLogin, wrong: str) -> None:
    with pytest.raises(CoinbaseError) as caught:
        login.account(wrong, ("GET", PATH))
    assert caught.value.status == 401


def test_a_token_whose_claims_were_changed_opens_nothing(login: CoinbaseLogin) -> None:
    head, _, signature = token().split(".")
    claims = token(NOW_S + 1).split(".")[1]
    with pytest.raises(CoinbaseError):
        login.account(f"{head}.{claims}.{signature}", ("GET", PATH))


def test_an_id_leads_back_to_its_order_in_the_same_run_alone() -> None:
    ids, later = CoinbaseIds(NOW_S * NANOS_PER_S), CoinbaseIds((NOW_S + 1) * NANOS_PER_S)
    for order in (1, 255, 16**12 - 1):
        assert ids.order_number(ids.of_order(order)) == order
        assert later.order_number(ids.of_order(order)) is None
    assert ids.order_number("never-placed") is None


def test_what_a_market_order_may_spend_includes_its_fee() -> None:
    form = {"side": "BUY", "order_configuration": {"market_market_ioc": {"quote_size": "1001"}}}
    request = order_request(form, "USDT/USD", COINBASE.fees)
    assert request.funds == Decimal(1_000)
    assert (request.size, request.price) == (None, None)


@pytest.mark.parametrize(
    ("kind", "lifetime"),
    [
        ("limit_limit_gtc", Lifetime.GTC),
        ("sor_limit_ioc", Lifetime.IOC),
        ("limit_limit_fok", Lifetime.FOK),
    ],
)
def test_a_limit_order_lives_as_its_configuration_says(kind: str, lifetime: Lifetime) -> None:
    fields = {"base_size": "5", "limit_price": "0.99", "post_only": True}
    form = {"side": "SELL", "order_configuration": {kind: fields}}
    request = order_request(form, "USDT/USD", COINBASE.fees)
    assert (request.lifetime, request.size, request.price) == (lifetime, 5, Decimal("0.99"))


@pytest.mark.parametrize(
    "configuration",
    [
        {"limit_limit_gtc": {"base_size": "5"}},
        {"market_market_ioc": {"base_size": "5", "quote_size": "5"}},
        {"market_market_ioc": {}},
        {"stop_limit_stop_limit_gtc": {"base_size": "5"}},
    ],
)
def test_an_order_that_is_not_served_is_denied(configuration: dict[str, Any]) -> None:
    form = {"side": "BUY", "order_configuration": configuration}
    with pytest.raises(OrderDenied) as caught:
        order_request(form, "USDT/USD", COINBASE.fees)
    assert caught.value.response["error"] == "UNSUPPORTED_ORDER_CONFIGURATION"


def test_each_second_has_an_allowance_of_its_own() -> None:
    now = [NOW_S * NANOS_PER_S]
    limits = CoinbaseLimits(RequestLimits(weight_per_minute=120), lambda: Nanos(now[0]))
    assert [limits.charge("trader") for _ in range(3)] == [0, 0, 1]
    assert limits.charge("another") == 0
    now[0] += NANOS_PER_S
    assert limits.charge("trader") == 0


def test_numbers_are_written_without_needless_zeros() -> None:
    values = (Decimal("10.500"), Decimal("1E+3"), Decimal("0E-8"), Decimal("NaN"))
    assert [number(value) for value in values] == ["10.5", "1000", "0", "NaN"]


def test_a_time_is_told_to_the_nanosecond_and_understood_in_either_form() -> None:
    assert instant(1_678_518_000_123_456_789) == "2023-03-11T07:00:00.123456789Z"
    for told in ("1678518000", "1678518000000", "2023-03-11T07:00:00Z", "2023-03-11T07:00:00.000Z"):
        assert moment_of(told, "start") == 1_678_518_000 * NANOS_PER_S
    with pytest.raises(CoinbaseError, match="start is no time"):
        moment_of("yesterday", "start")
