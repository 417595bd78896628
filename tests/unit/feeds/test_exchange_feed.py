"""Quotes through unmodified ccxt from a real socket, in good days and bad ones."""

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from fakes.loopback_kraken import BOOK, LoopbackKraken

from bot.domain.errors import (
    BadConfiguration,
    BadQuote,
    RepegError,
    StaleQuote,
    VenueRefused,
    VenueUnavailable,
)
from bot.domain.quotes import Quote
from bot.domain.units import WAD, Nanos, Wad
from bot.feeds.exchange_feed import ExchangeFeed, ExchangeOptions, wad_down, wad_up

DEADLINE_S = 0.4
MAX_AGE_S = 120.0


@pytest.fixture
def kraken() -> Iterator[LoopbackKraken]:
    with LoopbackKraken() as exchange:
        yield exchange


def options_for(url: str | None) -> ExchangeOptions:
    return ExchangeOptions(url=url, timeout_s=DEADLINE_S, max_age_s=MAX_AGE_S)


async def _with_feed(url: str, pairs: tuple[str, ...]) -> tuple[Quote | RepegError, ...]:
    feed = ExchangeFeed("kraken", pairs, options_for(url))
    feed._client.timeout_on_exit = 0  # ccxt's courtesy to WebSockets, of which there are none
    async with feed:
        return await feed.read()


def read(url: str, *pairs: str) -> tuple[Quote | RepegError, ...]:
    return asyncio.run(_with_feed(url, pairs))


def read_error(kraken: LoopbackKraken) -> RepegError:
    found = read(kraken.url, "USDC/USD")[0]
    assert isinstance(found, RepegError)
    return found


def book(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> Any:
    return [[*level, 0] for level in bids], [[*level, 0] for level in asks]


def test_a_quote_is_the_top_of_the_book_to_the_last_digit(kraken: LoopbackKraken) -> None:
    (quote,) = read(kraken.url, "USDC/USD")
    assert isinstance(quote, Quote)
    assert (quote.venue, quote.pair) == ("kraken", "USDC/USD")
    assert quote.bid == Wad(999_900_000_000_000_000)
    assert quote.ask == Wad(1_000_100_000_000_000_000)
    assert quote.bid_size == Wad(1_200_500_000_000_000_000_000)
    assert quote.ask_size == Wad(10_000_000_000)
    assert abs(quote.age(Nanos(time.time_ns()))) < 2 * 10**9
    assert quote.middle == WAD
    assert quote.spread_bps == pytest.approx(2.0)


def test_digits_that_a_float_would_lose_are_kept(kraken: LoopbackKraken) -> None:
    bids, asks = [("0.123456789012345678", "123456789.12345678")], [("10.1", "1"), ("9.9", "2")]
    kraken.books["USDCUSD"] = book(bids, asks)
    (quote,) = read(kraken.url, "USDC/USD")
    assert isinstance(quote, Quote)
    assert quote.bid == 123_456_789_012_345_678
    assert quote.bid_size == 123_456_789_123_456_780_000_000_000
    assert quote.ask == 9_900_000_000_000_000_000  # sorted by value, not by text


def test_only_the_loopback_is_asked_and_markets_are_listed_once(kraken: LoopbackKraken) -> None:
    assert len(read(kraken.url, "USDC/USD", "USDT/USD")) == 2
    assert [path.partition("?")[0].rpartition("/")[2] for path in kraken.asked] == [
        "AssetPairs",
        "Depth",
        "Depth",
    ]


def test_one_bad_pair_does_not_hide_the_others(kraken: LoopbackKraken) -> None:
    kraken.books["USDCUSD"] = ([], BOOK[1])
    bad, good = read(kraken.url, "USDC/USD", "USDT/USD")
    assert isinstance(bad, BadQuote)
    assert "a side is empty" in str(bad)
    assert isinstance(good, Quote)


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([("1.0001", "5")], [("1.0000", "5")]),
        ([("0", "5")], [("1.0000", "5")]),
        ([("-1", "5")], [("1.0000", "5")]),
        ([("0.9999", "0")], [("1.0000", "5")]),
        ([("NaN", "5")], [("1.0000", "5")]),
        ([("0.9999", "5")], [("Infinity", "5")]),
        ([("cheap", "5")], [("1.0000", "5")]),
    ],
    ids=["crossed", "zero", "negative", "nothing behind", "NaN", "infinite", "not a number"],
)
def test_a_book_that_cannot_be_true_is_refused(
    kraken: LoopbackKraken, bids: list[tuple[str, str]], asks: list[tuple[str, str]]
) -> None:
    kraken.books["USDCUSD"] = book(bids, asks)
    assert isinstance(read_error(kraken), BadQuote)


def test_a_locked_book_is_a_quote(kraken: LoopbackKraken) -> None:
    kraken.books["USDCUSD"] = book([("1.0", "5")], [("1.0", "5")])
    assert isinstance(read(kraken.url, "USDC/USD")[0], Quote)


@pytest.mark.parametrize("shift_s", [-200, 200])
def test_a_book_far_from_now_by_the_venues_own_time_is_stale(
    kraken: LoopbackKraken, shift_s: int
) -> None:
    kraken.level_time_s = time.time() + shift_s
    assert isinstance(read_error(kraken), StaleQuote)


def test_a_book_just_inside_the_limit_is_not_stale(kraken: LoopbackKraken) -> None:
    kraken.level_time_s = time.time() - 100
    assert isinstance(read(kraken.url, "USDC/USD")[0], Quote)


@pytest.mark.parametrize("drip", [False, True], ids=["silent", "a byte at a time"])
def test_a_venue_that_hangs_is_given_up_at_the_deadline(kraken: LoopbackKraken, drip: bool) -> None:  # noqa: FBT001 - a parameter of the test
    kraken.delay_s, kraken.drip = (0.0 if drip else 5.0), drip
    started = time.monotonic()
    error = read_error(kraken)
    assert isinstance(error, VenueUnavailable)
    assert "RequestTimeout" in str(error)
    assert time.monotonic() - started < 4 * DEADLINE_S


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, '{"error":["EGeneral:Internal error"]}', VenueUnavailable),
        (200, '{"error":["EQuery:Unknown asset pair"]}', VenueRefused),
        (200, '{"error":["EAPI:Rate limit exceeded"]}', VenueUnavailable),
        (429, "{}", VenueUnavailable),
        (503, "<html>down</html>", VenueUnavailable),
        (520, "", VenueUnavailable),
        (200, "<html>maintenance</html>", BadQuote),
        (200, '{"error":[],"result":{}}', BadQuote),
        (200, '{"error":[],"result":null}', BadQuote),
        (200, '{"error":[],"result":{"USDCUSD":{"bids":7,"asks":"x"}}}', VenueRefused),
        (200, '{"error":[],"result":{"USDCUSD":{"bids":[[]],"asks":[[]]}}}', BadQuote),
        (200, '{"error":[],"result":{"USDCUSD":{"bids":[null],"asks":[{}]}}}', BadQuote),
        (200, '{"error":[],"result":[1,2]}', BadQuote),
        (200, "[]", BadQuote),
        (200, "", BadQuote),
        (200, '{"error":[],"resu', BadQuote),
        (200, '{"error":7}', VenueRefused),
        (200, '{"error":null}', VenueRefused),
    ],
)
def test_every_bad_answer_is_one_of_our_errors(
    kraken: LoopbackKraken, status: int, body: str, kind: type[RepegError]
) -> None:
    kraken.status, kraken.body = status, body
    assert isinstance(read_error(kraken), kind)


def test_a_venue_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(VenueUnavailable, match="ExchangeNotAvailable"):
        read("http://127.0.0.1:9", "USDC/USD")


@pytest.mark.parametrize("pair", ["FOO/USD", "DAI/USD"], ids=["unknown", "halted"])
def test_a_pair_that_cannot_be_traded_is_a_configuration_error(
    kraken: LoopbackKraken, pair: str
) -> None:
    with pytest.raises(BadConfiguration, match=pair):
        read(kraken.url, pair)


def test_an_exchange_that_ccxt_does_not_know_is_a_configuration_error() -> None:
    with pytest.raises(BadConfiguration, match="mtgox"):
        ExchangeFeed("mtgox", ["USDC/USD"], options_for(None))


def test_no_url_of_any_host_is_left_when_one_is_given() -> None:
    for venue in ("binance", "kraken", "coinbase", "bybit", "okx"):
        feed = ExchangeFeed(venue, [], options_for("http://127.0.0.1:1/"))
        left: list[str] = []
        pending: list[Any] = [feed._client.urls["api"]]
        while pending:
            node = pending.pop()
            pending.extend(node.values() if isinstance(node, dict) else ())
            left.extend([node] if isinstance(node, str) and "http" in node else [])
        assert left
        assert all(url.startswith("http://127.0.0.1:1/") for url in left)


def test_rounding_is_down_for_sellers_and_up_for_buyers() -> None:
    assert wad_down(Decimal("0.9999999999999999999")) == WAD - 1
    assert wad_up(Decimal("0.9999999999999999991")) == WAD
    assert wad_down(Decimal("1.5")) == wad_up(Decimal("1.5")) == 1_500_000_000_000_000_000


def test_a_quote_refuses_to_be_crossed() -> None:
    good = {
        "venue": "v",
        "asset": "USDC",
        "currency": "USD",
        "bid": Wad(1),
        "ask": Wad(1),
        "bid_size": Wad(1),
        "ask_size": Wad(1),
        "observed_at": Nanos(5),
    }
    assert Quote(**good).age(Nanos(7)) == 2
    for change in ({"bid": 2}, {"bid": 0}, {"ask_size": 0}, {"bid_size": -1}):
        with pytest.raises(ValueError, match="USDC/USD"):
            msgspec.structs.replace(Quote(**good), **change)
