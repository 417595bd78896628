"""What Binance's REST can be asked, what it weighs, and who may ask.

Source of weights: Binance spot API documentation and ccxt's table of costs.
"""

import enum
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from bot.sandbox.exchange.binance_account import BinanceAccount
from bot.sandbox.exchange.binance_markets import BinanceMarkets
from bot.sandbox.exchange.binance_tickers import BinanceTickers
from bot.sandbox.exchange.binance_words import Params, number
from bot.sandbox.exchange.spot_market import Network
from bot.sandbox.exchange.trading_floor import Floor

Run = Callable[[str, Params], Any]


class Kind(enum.Enum):
    """Who may ask."""

    PUBLIC = "anyone"
    SIGNED = "who has signed"
    ORDER = "who has signed; counted as an order"


class Method(msgspec.Struct, frozen=True):
    """One thing that can be asked; `run` takes the account and the parameters."""

    verb: str
    path: str
    kind: Kind
    weight: Callable[[Mapping[str, str]], int]
    run: Run


def rest_methods(
    floor: Floor, markets: BinanceMarkets, account: BinanceAccount
) -> tuple[Method, ...]:
    """Return all of them."""
    return (
        *_public_methods(markets, BinanceTickers(floor, markets)),
        *_signed_methods(account),
        Method(
            "GET",
            "/sapi/v1/capital/config/getall",
            Kind.SIGNED,
            _flat(10),
            lambda name, _: coins(floor, name),
        ),
        *_empty_methods(),
    )


def coins(floor: Floor, account: str) -> list[dict[str, Any]]:
    """Return every currency with its ways in and out."""
    balances = floor.engine.accounts[account].balances
    names = {c for market in floor.engine.markets.values() for c in (market.base, market.quote)}
    return [
        {
            "coin": name,
            "name": name,
            "depositAllEnable": any(n.deposits_open for n in floor.networks.get(name, ())),
            "withdrawAllEnable": any(n.withdrawals_open for n in floor.networks.get(name, ())),
            "free": number(balances[name].free if name in balances else Decimal(0)),
            "locked": number(balances[name].held if name in balances else Decimal(0)),
            "trading": True,
            "isLegalMoney": name in {"EUR", "USD"},
            "networkList": [_network(name, one) for one in floor.networks.get(name, ())],
        }
        for name in sorted(names)
    ]


def _public_methods(markets: BinanceMarkets, tickers: BinanceTickers) -> list[Method]:
    rows: tuple[tuple[str, Callable[[Params], Any], Callable[[Params], int]], ...] = (
        ("ping", lambda _: {}, _flat(1)),
        ("time", markets.time, _flat(1)),
        ("exchangeInfo", markets.info, _flat(20)),
        ("depth", markets.depth, _depth_weight),
        ("trades", markets.trades, _flat(25)),
        ("aggTrades", markets.aggregate_trades, _flat(4)),
        ("klines", markets.candles, _flat(2)),
        ("ticker/24hr", tickers.day_tickers, _by_symbol(2, 80)),
        ("ticker/bookTicker", tickers.book_tickers, _by_symbol(2, 4)),
        ("ticker/price", tickers.prices, _by_symbol(2, 4)),
    )
    return [
        Method("GET", f"/api/v3/{path}", Kind.PUBLIC, weight, _without_account(run))
        for path, run, weight in rows
    ]


def _signed_methods(account: BinanceAccount) -> list[Method]:
    rows: tuple[tuple[str, str, Run, Callable[[Params], int]], ...] = (
        ("POST", "/api/v3/order", account.place, _flat(1)),
        ("DELETE", "/api/v3/order", account.cancel, _flat(1)),
        ("GET", "/api/v3/order", account.order, _flat(4)),
        ("GET", "/api/v3/openOrders", account.open_orders, _by_symbol(6, 80)),
        ("DELETE", "/api/v3/openOrders", account.cancel_all, _flat(1)),
        ("GET", "/api/v3/allOrders", account.all_orders, _flat(20)),
        ("GET", "/api/v3/myTrades", account.my_trades, _flat(20)),
        ("GET", "/api/v3/account", account.balances, _flat(20)),
        ("GET", "/sapi/v1/asset/tradeFee", account.trade_fees, _flat(1)),
        ("GET", "/sapi/v1/account/apiRestrictions", account.key_rights, _flat(1)),
    )
    return [
        Method(verb, path, Kind.ORDER if verb == "POST" else Kind.SIGNED, weight, run)
        for verb, path, run, weight in rows
    ]


def _empty_methods() -> list[Method]:
    """Return what ccxt asks while it loads markets, and we have nothing of."""
    nothing: tuple[tuple[str, Any], ...] = (
        ("/sapi/v1/margin/allPairs", []),
        ("/sapi/v1/margin/isolated/allPairs", []),
        ("/sapi/v1/system/status", {"status": 0, "msg": "normal"}),
        ("/fapi/v1/exchangeInfo", {"symbols": []}),
        ("/dapi/v1/exchangeInfo", {"symbols": []}),
        ("/eapi/v1/exchangeInfo", {"optionSymbols": [], "optionContracts": []}),
    )
    return [
        Method("GET", path, Kind.PUBLIC, _flat(1), _constant(answer)) for path, answer in nothing
    ]


def _network(coin: str, network: Network) -> dict[str, Any]:
    return {
        "network": network.name,
        "name": network.name,
        "coin": coin,
        "isDefault": network.name == "ETH",
        "depositEnable": network.deposits_open,
        "withdrawEnable": network.withdrawals_open,
        "withdrawFee": number(network.withdraw_fee),
        "withdrawMin": number(network.withdraw_min),
        "withdrawMax": "10000000",
        "withdrawIntegerMultiple": "0.000001",
        "minConfirm": network.confirmations,
        "unLockConfirm": network.confirmations,
        "busy": False,
    }


def _flat(weight: int) -> Callable[[Params], int]:
    return lambda _: weight


def _by_symbol(one: int, every: int) -> Callable[[Params], int]:
    return lambda params: one if "symbol" in params else every


def _depth_weight(params: Params) -> int:
    text = params.get("limit", "100")
    limit = int(text) if text.isdecimal() and len(text) < 9 else 100
    return next(
        (weight for most, weight in ((100, 5), (500, 25), (1_000, 50)) if limit <= most), 250
    )


def _without_account(run: Callable[[Params], Any]) -> Run:
    return lambda _, params: run(params)


def _constant(answer: Any) -> Run:
    return lambda _account, _params: answer
