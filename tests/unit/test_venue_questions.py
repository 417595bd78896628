"""What venues are asked: once while it is fresh, and a venue that fails is said to."""

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.order_desk import FakeClock
from fakes.trading_room import QuotedDesk
from support.price_messages import tick

from bot.coin_prices import CoinPrices
from bot.domain.errors import NodeUnreachable, RepegError
from bot.domain.ticks import SourceKind
from bot.domain.units import Nanos
from bot.feeds.order_book import OrderBook
from bot.heard_books import HeardBooks
from bot.risk_facts import soon
from bot.strategy.price_watch import PriceWatch
from bot.token_watch import TokenWatch
from bot.venue_markets import Account, VenueMarkets

PAIR = "USDC/USDT"


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.desk = QuotedDesk({("binance", PAIR): "0.99"})
        self.said: list[RepegError | None] = []
        account = Account(venue="binance", desk=self.desk, pairs=(PAIR,))
        self.markets = VenueMarkets([account], self.clock, lambda _, error: self.said.append(error))


@pytest.fixture
def world() -> World:
    return World()


def run(act: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(act)


def test_a_book_is_asked_again_once_it_is_old_and_says_how_old_it_is(world: World) -> None:
    run(world.markets.book("binance", PAIR))
    world.clock.pass_s(0.05)
    book, age_s = run(world.markets.book("binance", PAIR))
    assert age_s == pytest.approx(0.05)
    world.clock.pass_s(0.1)
    assert run(world.markets.book("binance", PAIR))[1] == 0
    assert list(world.desk.asked) == ["book", "book"]
    assert book.pair == PAIR


def test_a_book_that_a_socket_tells_is_not_asked_for_while_it_is_whole_and_fresh() -> None:
    world, book = World(), OrderBook()
    book.bids.apply([(98 * 10**16, 5 * 10**18), (97 * 10**16, 10**18)])
    book.asks.apply([(99 * 10**16, 10**18)])
    watch = SimpleNamespace(
        streams=True, heard_at=world.clock.monotonic(), guard=SimpleNamespace(book=book)
    )
    stream: Any = SimpleNamespace(venue="binance", pairs={PAIR: watch})
    heard = HeardBooks([stream], world.clock)
    markets = VenueMarkets(
        tuple(world.markets.accounts.values()), world.clock, lambda *_: None, heard.book
    )
    world.clock.pass_s(0.5)
    told, age_s = run(markets.book("binance", PAIR))
    assert [level.price for level in told.bids] == [98 * 10**16, 97 * 10**16]
    assert age_s == pytest.approx(0.5)
    assert list(world.desk.asked) == []
    for doubt in ({"streams": False}, {"heard_at": Nanos(0)}):
        vars(watch).update(doubt)
        assert heard.book("binance", PAIR) is None
    run(markets.book("binance", PAIR))
    assert list(world.desk.asked) == ["book"]


def test_money_is_asked_anew_after_it_moved(world: World) -> None:
    for _ in range(3):
        run(world.markets.free("binance", "USDT"))
    assert list(world.desk.asked) == ["balances"]
    world.markets.forget("binance")
    run(world.markets.free("binance", "USDT"))
    assert list(world.desk.asked) == ["balances", "balances"]
    assert run(world.markets.free("binance", "XYZ")) == 0


def test_a_venue_that_does_not_answer_is_none_and_told_and_its_last_word_kept(
    world: World,
) -> None:
    run(world.markets.book("binance", PAIR))
    world.clock.pass_s(60)
    world.desk.silent.add("book")
    assert run(world.markets.book("binance", PAIR)) is None
    assert [error is None for error in world.said] == [True, False]
    last = world.markets.last_book("binance", PAIR)
    assert last is not None
    assert last[1] == pytest.approx(60)


def test_a_venue_without_an_account_is_not_asked(world: World) -> None:
    assert run(world.markets.book("kraken", PAIR)) is None
    assert world.said == []
    assert world.markets.pairs_of("USDC") == (("binance", PAIR),)
    assert world.markets.pairs_of("USDT") == ()


def test_a_question_that_takes_too_long_is_given_up() -> None:
    async def never() -> int | None:
        await asyncio.Event().wait()
        return 1

    assert run(soon(never, patience_s=0.01)) is None


def test_a_price_is_as_old_as_the_coin_heard_of_longest_ago() -> None:
    clock = FakeClock()
    prices = CoinPrices(PriceWatch(), clock)
    assert prices.age_s("USDC", "USD") is None
    prices.hear(tick("kraken USDC/USD", "0.99"))
    clock.pass_s(3)
    prices.hear(tick("kraken USDT/USD", "1.0"))
    prices.hear(tick("chainlink USDC/USD", "1.0", kind=SourceKind.ORACLE))
    assert prices.age_s("USDC", "USDT") == pytest.approx(3)
    assert prices.age_s("USDT", "USD") == pytest.approx(0)
    assert prices.now("USD") == 10**18
    assert prices.now("USDC") is None


def test_a_coin_with_another_par_has_no_price_in_dollars() -> None:
    watch = PriceWatch()
    for at in (1, 2):
        watch.hear(tick("kraken EURC/EUR", "0.99", at))
    assert CoinPrices(watch, FakeClock()).now("EURC") is None


@pytest.mark.parametrize("said", [True, False, None])
def test_a_coin_that_can_be_stopped_is_what_its_contract_says(said: bool | None) -> None:  # noqa: FBT001
    clock = FakeClock()
    tokens = TokenWatch(("USDC",), lambda _: said, clock)
    assert tokens.is_stopped("USDC") is None
    assert tokens.is_stopped("DAI") is False
    run(tokens._look("USDC"))
    assert tokens.is_stopped("USDC") is said
    clock.pass_s(600)
    assert tokens.is_stopped("USDC") is None


def test_a_node_that_does_not_answer_leaves_a_coin_unknown() -> None:
    def ask(_: str) -> bool | None:
        raise NodeUnreachable("http://node", "gone")

    clock = FakeClock()
    tokens = TokenWatch(("USDC",), ask, clock)
    clock.steady = Nanos(0)  # a machine that has just been started
    run(tokens._look("USDC"))
    assert tokens.is_stopped("USDC") is None
