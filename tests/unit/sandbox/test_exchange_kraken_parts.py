"""Parts of the local Kraken that need no socket: counters, ids, sums, words."""

import zlib
from decimal import Decimal

import pytest

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.exchange_options import KRAKEN
from bot.sandbox.exchange.kraken_book_channel import checksum
from bot.sandbox.exchange.kraken_ids import KrakenIds
from bot.sandbox.exchange.kraken_limits import KrakenLimits
from bot.sandbox.exchange.kraken_words import (
    KrakenError,
    asset_id,
    decimal_in,
    instant,
    pair_id,
)
from bot.sandbox.exchange.request_meter import RequestLimits

PRO = RequestLimits(weight_per_minute=60, orders_per_ten_s=38)


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> Nanos:
        return Nanos(int(self.now_s * NANOS_PER_S))


def taken(limits: KrakenLimits, method: str) -> int:
    """Count requests until one is refused."""
    for count in range(1_000):
        try:
            limits.charge("trader", method)
        except KrakenError:
            return count
    return 1_000


def test_twenty_requests_fill_the_counter_and_history_counts_double() -> None:
    assert taken(KrakenLimits(PRO, Clock()), "Balance") == 20
    assert taken(KrakenLimits(PRO, Clock()), "TradesHistory") == 10


def test_a_full_counter_takes_one_request_more_each_second() -> None:
    clock = Clock()
    limits = KrakenLimits(PRO, clock)
    taken(limits, "Balance")
    with pytest.raises(KrakenError, match="EAPI:Rate limit exceeded"):
        limits.charge("trader", "Balance")
    clock.now_s += 3
    assert taken(limits, "Balance") == 3


def test_orders_are_counted_by_market_and_not_as_requests() -> None:
    limits = KrakenLimits(PRO, Clock())
    for _ in range(180):
        limits.charge_order("trader", "USDC/USD")
        limits.charge("trader", "AddOrder")
    with pytest.raises(KrakenError, match="EOrder:Rate limit exceeded"):
        [limits.charge_order("trader", "USDC/USD") for _ in range(10)]
    limits.charge_order("trader", "USDT/USD")
    assert taken(limits, "Balance") == 20


def test_a_young_order_s_cancellation_uses_up_more_of_the_market_s_counter() -> None:
    young, old = KrakenLimits(PRO, Clock()), KrakenLimits(PRO, Clock())
    for limits, rested_s in ((young, 1), (old, 400)):
        for _ in range(22):
            limits.charge_cancel("trader", "USDC/USD", rested_s)
    with pytest.raises(KrakenError):
        [young.charge_order("trader", "USDC/USD") for _ in range(10)]
    for _ in range(180):
        old.charge_order("trader", "USDC/USD")


def test_an_id_leads_back_to_its_order_in_the_same_run_alone() -> None:
    ids, later = KrakenIds(1_700_000_000 * NANOS_PER_S), KrakenIds(1_700_000_001 * NANOS_PER_S)
    for number in (1, 35, 36, 36**6, 36**11 - 1):
        text = ids.of_order(number)
        assert [len(part) for part in text.split("-")] == [6, 5, 6]
        assert ids.order_number(text) == number
        assert later.order_number(text) is None


@pytest.mark.parametrize("text", ["", "x", "OAAAAA-AAAAA-AAAAAA", "--", "O00000-0000-0000000"])
def test_what_is_no_id_leads_nowhere(text: str) -> None:
    assert KrakenIds(1_700_000_000 * NANOS_PER_S).order_number(text) is None


def test_the_checksum_is_of_asks_then_bids_without_points_and_leading_zeros() -> None:
    asks = ((Decimal("1.0001"), Decimal("0.00000001")),)
    bids = ((Decimal("0.9999"), Decimal(5)), (Decimal("0.05"), Decimal("12.5")))
    wanted = zlib.crc32(b"10001" + b"1" + b"9999" + b"500000000" + b"500" + b"1250000000")
    assert checksum((4, 8), asks, bids) == wanted


def test_levels_beyond_the_tenth_are_not_summed() -> None:
    levels = tuple((Decimal(n), Decimal(1)) for n in range(1, 13))
    assert checksum((0, 0), levels, ()) == checksum((0, 0), levels[:10], ())
    assert checksum((0, 0), levels, ()) != checksum((0, 0), levels[:9], ())


def test_names_of_fiat_and_of_old_pairs_have_their_letters() -> None:
    assert [asset_id(name) for name in ("USD", "EUR", "USDC")] == ["ZUSD", "ZEUR", "USDC"]
    assert [pair_id(pair) for pair in ("USDT/USD", "EUR/USD", "USDC/USD")] == [
        "USDTZUSD",
        "ZEURZUSD",
        "USDCUSD",
    ]
    assert len({pair_id(market.pair) for market in KRAKEN.markets}) == len(KRAKEN.markets)


def test_times_are_told_to_the_microsecond() -> None:
    assert instant(1_678_518_000_123_456_789) == "2023-03-11T07:00:00.123456Z"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "ten", "0x10", ""])
def test_a_parameter_that_is_no_number_is_named(text: str) -> None:
    with pytest.raises(KrakenError, match="EGeneral:Invalid arguments:volume"):
        decimal_in({"volume": text}, "volume")
