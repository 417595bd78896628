"""What three exchanges say over their sockets, read into one form."""

import json
import random
from typing import Any

import pytest

from bot.domain.ticks import FaultKind
from bot.domain.units import WAD
from bot.feeds.binance_frames import BinanceFrames
from bot.feeds.book_news import NOT_A_NUMBER, BookUpdate, Flaw, Heartbeat, Print, Words
from bot.feeds.coinbase_frames import CoinbaseFrames
from bot.feeds.kraken_frames import KrakenFrames

BINANCE = {
    "e": "depthUpdate",
    "E": 1_678_500_000_123,
    "s": "USDCUSDT",
    "U": 5,
    "u": 7,
    "b": [["0.99990000", "10.00000000"]],
    "a": [["1.00010000", "0.00000000"]],
}
KRAKEN_TEXT = (
    '{"channel":"book","type":"update","data":[{"symbol":"USDC/USD",'
    '"bids":[{"price":0.9999,"qty":10.00000001}],"asks":[],'
    '"checksum":77,"timestamp":"2023-03-11T02:00:00.123456Z"}]}'
)
COINBASE = {
    "channel": "l2_data",
    "timestamp": "2023-03-11T02:00:00.123456789Z",
    "sequence_num": 4,
    "events": [
        {
            "type": "snapshot",
            "product_id": "USDT-USD",
            "updates": [
                {"side": "bid", "price_level": "1.0001", "new_quantity": "3"},
                {"side": "offer", "price_level": "1.0002", "new_quantity": "0.5"},
            ],
        }
    ],
}


def binance() -> BinanceFrames:
    return BinanceFrames({"USDCUSDT": "USDC/USDT"})


def kraken() -> KrakenFrames:
    return KrakenFrames(["USDC/USD"])


def coinbase() -> CoinbaseFrames:
    return CoinbaseFrames({"USDT-USD": "USDT/USD"})


def test_binance_tells_numbered_changes_with_its_own_milliseconds() -> None:
    assert binance().read(json.dumps(BINANCE)) == [
        BookUpdate(
            pair="USDC/USDT",
            bids=[(9999 * 10**14, 10 * WAD)],
            asks=[(10001 * 10**14, 0)],
            whole=False,
            first=5,
            last=7,
            at=1_678_500_000_123_000_000,  # type: ignore[arg-type]
        )
    ]


def test_binance_trades_are_prints_and_its_answers_are_swallowed() -> None:
    trade = {"e": "trade", "E": 9, "s": "USDCUSDT", "p": "0.99", "q": "2", "b": 88, "a": 50}
    assert binance().read(json.dumps(trade)) == [
        Print(pair="USDC/USDT", price=99 * 10**16, size=2 * WAD, at=9_000_000)  # type: ignore[arg-type]
    ]
    assert binance().read('{"result":null,"id":1}') == []
    (refused,) = binance().read('{"error":{"code":2,"msg":"no"},"id":1}') or []
    assert isinstance(refused, Flaw)
    assert refused.what is FaultKind.REFUSED


def test_kraken_numbers_are_read_to_their_last_digit() -> None:
    (update,) = kraken().read(KRAKEN_TEXT) or []
    assert isinstance(update, BookUpdate)
    assert update.bids == [(9999 * 10**14, 10 * WAD + 10**10)]
    assert (update.whole, update.checksum) == (False, 77)
    assert update.at == 1_678_500_000_123_456_000


def test_krakens_heartbeat_is_one_and_its_pong_is_left_to_ccxt() -> None:
    assert kraken().read('{"channel":"heartbeat"}') == [Heartbeat()]
    assert kraken().read('{"method":"pong","req_id":1}') is None


def test_coinbase_offers_are_asks_and_its_snapshot_is_whole() -> None:
    (update,) = coinbase().read(json.dumps(COINBASE)) or []
    assert isinstance(update, BookUpdate)
    assert update.bids == [(10001 * 10**14, 3 * WAD)]
    assert update.asks == [(10002 * 10**14, WAD // 2)]
    assert update.whole
    assert update.at == 1_678_500_000_123_457_000


def test_a_number_that_coinbase_leaves_out_is_a_gap_over_all_channels() -> None:
    frames = coinbase()
    beat = {"channel": "heartbeats", "sequence_num": 4, "events": []}
    assert frames.read(json.dumps(beat)) == [Heartbeat()]
    assert frames.read(json.dumps(beat | {"sequence_num": 5})) == [Heartbeat()]
    gap, _ = frames.read(json.dumps(COINBASE | {"sequence_num": 7})) or []
    assert isinstance(gap, Flaw)
    assert gap.what is FaultKind.GAP
    frames.restart()
    assert frames.read(json.dumps(beat | {"sequence_num": 0})) == [Heartbeat()]


def test_what_is_no_number_is_handed_on_as_none() -> None:
    spoiled = BINANCE | {"b": [["NaN", "1"], ["1", "Infinity"], ["1e999", "1"]]}
    (update,) = binance().read(json.dumps(spoiled)) or []
    assert isinstance(update, BookUpdate)
    assert update.bids == [(NOT_A_NUMBER, WAD), (WAD, NOT_A_NUMBER), (NOT_A_NUMBER, WAD)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(BINANCE | {"s": "BTCUSDT"}),
        json.dumps(BINANCE | {"b": 5}),
        json.dumps(BINANCE | {"U": 8}),
        json.dumps(BINANCE | {"E": "now"}),
        json.dumps(BINANCE)[:40],
        "[" * 100_000,
    ],
)
def test_a_frame_that_cannot_be_true_is_not_read(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        binance().read(text)


NONSENSE: list[Any] = [None, "", "x", -1, 10**40, True, [], {}, [[]], [[None, 1]], "1e9999999", 0.5]


def maimed(value: Any, dice: random.Random) -> Any:
    """Replace one place in a message by nonsense."""
    if dice.random() < 0.25 or not isinstance(value, list | dict) or not value:
        return dice.choice(NONSENSE)
    copy: Any = value.copy()
    key = dice.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
    copy[key] = maimed(copy[key], dice)
    return copy


@pytest.mark.parametrize(
    ("words", "message"),
    [(binance(), BINANCE), (kraken(), json.loads(KRAKEN_TEXT)), (coinbase(), COINBASE)],
    ids=["binance", "kraken", "coinbase"],
)
def test_ten_thousand_maimed_frames_raise_nothing_but_what_is_caught(
    words: Words, message: dict[str, Any]
) -> None:
    dice = random.Random(5)  # noqa: S311 - repeatable nonsense
    refused = 0
    for _ in range(10_000):
        text = json.dumps(maimed(message, dice))
        if dice.random() < 0.2:
            text = text[: dice.randrange(len(text))]
        try:
            words.read(text)
        except (ValueError, ArithmeticError, RecursionError):
            refused += 1
    assert refused > 3_000
