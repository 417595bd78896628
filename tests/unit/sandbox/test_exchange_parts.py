"""Request limits, clocks, candles and mishaps of the local exchange, each by itself."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.candle_book import Bar, CandleBook
from bot.sandbox.exchange.hostile_frames import maimed_frame
from bot.sandbox.exchange.ladder import Ladder, LadderShape
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.mishaps import Mishaps
from bot.sandbox.exchange.orders import OrderSide, Trade
from bot.sandbox.exchange.request_meter import RequestLimits, RequestMeter
from bot.sandbox.exchange.spot_market import Fees, Market
from bot.sandbox.exchange.venue_clock import VenueClock
from bot.sandbox.exchange.venue_engine import Engine

LIMITS = RequestLimits(weight_per_minute=100, refusals_before_ban=2, ban_s=90)
MARKET = Market(base="USDC", quote="USDT")
BIDS = ((Decimal("0.999"), Decimal(10)), (Decimal("0.998"), Decimal(20)))
ASKS = ((Decimal("1.001"), Decimal(10)), (Decimal("1.002"), Decimal(20)))


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.s = 0.0

    def nanos(self) -> Nanos:
        return Nanos(int(self.s * NANOS_PER_S))


def test_a_client_beyond_its_weight_waits_until_the_minute_is_over() -> None:
    now = Now()
    meter = RequestMeter(LIMITS, now.nanos)
    assert meter.charge("us", 100).wait_s == 0
    now.s = 42.5
    charge = meter.charge("us", 1)
    assert (charge.wait_s, charge.banned) == (18, False)
    now.s = 60.0
    assert meter.charge("us", 100).wait_s == 0


def test_who_goes_on_asking_is_banned_and_later_let_in_again() -> None:
    now = Now()
    meter = RequestMeter(LIMITS, now.nanos)
    charges = [meter.charge("us", 60) for _ in range(4)]
    assert [(one.wait_s, one.banned) for one in charges] == [
        (0, False),
        (60, False),
        (60, False),
        (90, True),
    ]
    now.s = 89.0
    assert meter.charge("us", 1).banned
    assert meter.charge("them", 1).wait_s == 0
    now.s = 90.0
    assert meter.charge("us", 1).wait_s == 0


def test_event_time_runs_at_the_speed_of_the_recording_and_never_past_the_next_moment() -> None:
    now = Now()
    clock = VenueClock(wall=lambda: 10**18, monotonic=now.nanos)
    clock.set_moment(Nanos(1_000), speed=2.0, until=Nanos(1_000 + 5 * NANOS_PER_S))
    assert clock.event_time() == 1_000
    now.s = 2.0
    assert clock.event_time() == 1_000 + 4 * NANOS_PER_S
    now.s = 9.0
    assert clock.event_time() == 1_000 + 5 * NANOS_PER_S
    clock.leave_recording()
    assert clock.event_time() == clock.now() == 10**18


def trade(at_s: int, price: str, size: int, side: OrderSide = OrderSide.BUY) -> Trade:
    return Trade(
        id=1,
        pair="USDC/USDT",
        price=Decimal(price),
        size=Decimal(size),
        taker_side=side,
        at=Nanos(at_s * NANOS_PER_S),
        maker_order=1,
        taker_order=2,
    )


def test_candles_are_what_the_trades_of_their_time_were() -> None:
    book = CandleBook()
    for one in (
        trade(60, "1.0", 10),
        trade(90, "1.2", 5, OrderSide.SELL),
        trade(119, "0.9", 5),
        trade(120, "1.1", 1),
    ):
        book.add(one)
    minutes = book.read(60, 10)
    first = minutes[0]
    told = (first.open, first.high, first.low, first.close)
    assert told == (Decimal("1.0"), Decimal("1.2"), Decimal("0.9"), Decimal("0.9"))
    assert (first.volume, first.bought, first.trades) == (20, 15, 3)
    assert [bar.open_s for bar in minutes] == [60, 120]
    joined = book.read(300, 10)
    assert [(bar.open_s, bar.close, bar.trades) for bar in joined] == [(0, Decimal("1.1"), 4)]
    assert book.read(60, 10)[0].trades == 3  # reading changes nothing


def test_candles_are_read_from_a_start_on_or_up_to_an_end() -> None:
    book, price = CandleBook(), Decimal(1)
    for minute in (9, 0, 1, 2, 3, 7, 8):
        book.put(Bar(open_s=minute * 60, open=price, high=price, low=price, close=price))
    assert [bar.open_s // 60 for bar in book.read(60, 2, start_s=61)] == [2, 3]
    assert [bar.open_s // 60 for bar in book.read(60, 2)] == [8, 9]
    assert [bar.open_s // 60 for bar in book.read(60, 2, end_s=7 * 60 + 59)] == [3, 7]
    assert [bar.open_s // 60 for bar in book.read(60, 9, start_s=120, end_s=420)] == [2, 3, 7]


def test_a_mishap_ends_after_its_number_or_its_time() -> None:
    now = Now()
    mishaps = Mishaps(lambda: now.s)
    mishaps.order(Mishap(kind=MishapKind.GAP, times=2))
    mishaps.order(Mishap(kind=MishapKind.STALL, for_s=5.0))
    assert [mishaps.take(MishapKind.GAP) is not None for _ in range(3)] == [True, True, False]
    now.s = 4.9
    assert mishaps.take(MishapKind.STALL) is not None
    now.s = 5.0
    assert mishaps.take(MishapKind.STALL) is None


def test_a_mishap_hits_only_what_it_is_meant_for() -> None:
    mishaps = Mishaps()
    mishaps.order(Mishap(kind=MishapKind.GAP, pair="USDC/USDT"))
    mishaps.order(Mishap(kind=MishapKind.HANG, request="POST /x/order"))
    assert mishaps.take(MishapKind.GAP, pair="DAI/USD") is None
    assert mishaps.take(MishapKind.GAP, pair="USDC/USDT") is not None
    assert mishaps.take(MishapKind.HANG, request="GET /x/order") is None
    assert mishaps.take(MishapKind.HANG, request="POST /x/order/7") is not None


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (MishapKind.CROSSED, lambda bid, ask: bid >= ask),
        (MishapKind.ZERO, lambda bid, _: bid == 0),
        (MishapKind.NEGATIVE, lambda bid, _: bid < 0),
        (MishapKind.NOT_A_NUMBER, lambda bid, _: bid.is_nan()),
        (MishapKind.SHIFTED, lambda bid, ask: (bid, ask) == (Decimal("9.99"), Decimal("10.01"))),
    ],
)
def test_a_spoiled_book_is_wrong_in_the_way_it_was_told(
    kind: MishapKind, check: Callable[[Decimal, Decimal], bool]
) -> None:
    mishaps = Mishaps()
    mishaps.order(Mishap(kind=kind, times=1))
    bids, asks = mishaps.spoil_levels("USDC/USDT", BIDS, ASKS)
    assert check(bids[0][0], asks[0][0])
    assert mishaps.spoil_levels("USDC/USDT", BIDS, ASKS) == (BIDS, ASKS)


def test_maimed_frames_differ_from_the_true_one_and_repeat_by_number() -> None:
    frame = msgspec.json.encode({"e": "depthUpdate", "b": [["1.0", "2.0"]], "u": 7}).decode()
    maimed = [maimed_frame(frame, number) for number in range(500)]
    assert maimed == [maimed_frame(frame, number) for number in range(500)]
    assert len(set(maimed)) > 50
    assert sum(one == frame for one in maimed) < 5


def test_a_ladder_quotes_the_told_top_and_grows_away_from_it() -> None:
    engine = Engine([MARKET], Fees(), lambda: Nanos(0))
    shape = LadderShape(levels=3, size=Decimal(100), growth=Decimal(2))
    ladder = Ladder(engine, MARKET, shape)
    ladder.set_top(Decimal("0.99954"), Decimal("1.00011"))
    book = engine.books["USDC/USDT"]
    assert book.bids.levels() == tuple(
        (Decimal(price), Decimal(size))
        for price, size in (("0.9995", 100), ("0.9994", 200), ("0.9993", 400))
    )
    assert book.asks.levels(1) == ((Decimal("1.0002"), Decimal(100)),)
    ladder.set_middle(Decimal("0.9000"))
    assert (book.bids.levels(1)[0][0], book.asks.levels(1)[0][0]) == (
        Decimal("0.8999"),
        Decimal("0.9001"),
    )


@pytest.mark.parametrize(("bid", "ask"), [("1", "1"), ("1.1", "1"), ("0", "1"), ("NaN", "1")])
def test_a_ladder_takes_no_top_that_is_none(bid: str, ask: str) -> None:
    engine = Engine([MARKET], Fees(), lambda: Nanos(0))
    ladder = Ladder(engine, MARKET, LadderShape())
    with pytest.raises(ValueError, match="bid"):
        ladder.set_top(Decimal(bid), Decimal(ask))
    assert engine.books["USDC/USDT"].bids.levels() == ()


def test_a_told_depth_lies_within_a_tenth_of_a_percent_of_the_top() -> None:
    engine = Engine([MARKET], Fees(), lambda: Nanos(0))
    ladder = Ladder(engine, MARKET, LadderShape())
    ladder.set_top(Decimal("0.9998"), Decimal("1.0000"), Decimal(50_000))
    book = engine.books["USDC/USDT"]
    near = [size for price, size in book.asks.levels() if price <= Decimal("1.001")]
    assert len(near) == 11
    assert abs(sum(near) - 50_000) <= 1
    ladder.clear()
    assert (book.asks.levels(), book.bids.levels()) == ((), ())
