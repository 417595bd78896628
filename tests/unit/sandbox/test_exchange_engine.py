"""The local exchange's matching engine: who trades with whom, at what price, and who pays."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import Nanos
from bot.sandbox.exchange.orders import (
    BookChanged,
    Happening,
    Lifetime,
    OrderChanged,
    OrderRefused,
    OrderRequest,
    OrderSide,
    OrderState,
    Refusal,
    Trade,
)
from bot.sandbox.exchange.spot_market import Fees, Market, MarketState
from bot.sandbox.exchange.venue_engine import Engine

PAIR = "USDC/USDT"
MARKET = Market(base="USDC", quote="USDT", step=Decimal(1), min_size=Decimal(1))
BUY, SELL = OrderSide.BUY, OrderSide.SELL


def engine(fees: Fees | None = None, *accounts: str) -> Engine:
    made = Engine([MARKET], fees or Fees(), lambda: Nanos(7))
    for name in accounts or ("ann", "bob", "cy"):
        made.open_account(name, {"USDC": Decimal(10_000), "USDT": Decimal(10_000)})
    return made


def ask(side: OrderSide, size: int, price: str | None = None, **changes: object) -> OrderRequest:
    limit = None if price is None else Decimal(price)
    return OrderRequest(pair=PAIR, side=side, size=Decimal(size), price=limit, **changes)  # type: ignore[arg-type]


def refusal_of(made: Engine, account: str, request: OrderRequest) -> Refusal:
    with pytest.raises(OrderRefused) as caught:
        made.place(account, request)
    return caught.value.why


def test_the_better_price_trades_first_and_of_equal_ones_the_older() -> None:
    made = engine()
    late_but_better = "0.9990"
    first = made.place("ann", ask(SELL, 10, "1.0000"))
    second = made.place("bob", ask(SELL, 10, "1.0000"))
    best = made.place("bob", ask(SELL, 10, late_but_better))
    made.place("cy", ask(BUY, 15, "1.0000"))
    assert (best.filled, first.filled, second.filled) == (10, 5, 0)


def test_a_taker_gets_the_resting_price_not_its_own_limit() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    order = made.place("bob", ask(BUY, 10, "1.0100"))
    assert (order.state, order.average_price) == (OrderState.FILLED, Decimal("0.9990"))


def test_what_is_not_filled_of_a_limit_order_rests_at_its_price() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    order = made.place("bob", ask(BUY, 25, "0.9995"))
    assert (order.state, order.filled) == (OrderState.OPEN, 10)
    assert made.books[PAIR].bids.levels() == ((Decimal("0.9995"), Decimal(15)),)


def test_immediate_or_cancel_leaves_nothing_behind() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    order = made.place("bob", ask(BUY, 25, "0.9995", lifetime=Lifetime.IOC))
    assert (order.state, order.filled) == (OrderState.EXPIRED, 10)
    assert made.books[PAIR].bids.levels() == ()


@pytest.mark.parametrize(("size", "filled"), [(30, 0), (20, 20)])
def test_fill_or_kill_fills_all_or_nothing(size: int, filled: int) -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    made.place("ann", ask(SELL, 10, "0.9995"))
    made.place("ann", ask(SELL, 90, "0.9996"))
    order = made.place("bob", ask(BUY, size, "0.9995", lifetime=Lifetime.FOK))
    assert order.filled == filled
    assert order.state is (OrderState.FILLED if filled else OrderState.EXPIRED)


def test_a_market_order_takes_several_levels_and_expires_when_the_book_is_empty() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    made.place("bob", ask(SELL, 10, "1.0000"))
    order = made.place("cy", ask(BUY, 30))
    assert (order.state, order.filled) == (OrderState.EXPIRED, 20)
    assert order.value == Decimal("19.99")


def test_a_market_order_by_funds_never_spends_more_than_them() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10_000, "0.9990"))
    request = OrderRequest(pair=PAIR, side=BUY, funds=Decimal(100))
    order = made.place("bob", request)
    assert (order.state, order.filled) == (OrderState.FILLED, 100)  # 100.1 cut to whole steps
    assert order.value <= 100


def test_post_only_is_refused_where_it_would_match_and_rests_a_tick_away() -> None:
    made = engine()
    made.place("ann", ask(SELL, 10, "0.9990"))
    assert refusal_of(made, "bob", ask(BUY, 10, "0.9990", post_only=True)) is Refusal.WOULD_TAKE
    made.place("bob", ask(BUY, 10, "0.9989", post_only=True))


def test_an_account_never_trades_with_itself() -> None:
    made = engine()
    own = made.place("ann", ask(SELL, 10, "0.9990"))
    order = made.place("ann", ask(BUY, 10, "0.9990"))
    assert (own.filled, order.filled, order.state) == (0, 0, OrderState.EXPIRED)


def test_an_order_holds_what_it_may_spend_until_it_is_cancelled() -> None:
    made = engine()
    order = made.place("ann", ask(BUY, 1_000, "0.9990"))
    assert made.accounts["ann"].of("USDT").free == 9_001
    made.cancel("ann", order.id)
    assert made.accounts["ann"].of("USDT").free == 10_000


def test_an_order_that_the_balance_does_not_cover_changes_nothing() -> None:
    made = engine()
    heard: list[Happening] = []
    made.listen(heard.append)
    assert refusal_of(made, "ann", ask(BUY, 10_011, "0.9990")) is Refusal.NO_FUNDS
    assert refusal_of(made, "ann", ask(SELL, 10_001, "0.9990")) is Refusal.NO_FUNDS
    assert heard == []


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ask(BUY, 10, "0.99901"), Refusal.BAD_PRICE),
        (ask(BUY, 10, "-1"), Refusal.BAD_PRICE),
        (ask(BUY, 10, "NaN"), Refusal.BAD_PRICE),
        (ask(BUY, 0, "1"), Refusal.BAD_SIZE),
        (ask(BUY, 4, "1"), Refusal.TOO_SMALL),
        (OrderRequest(pair="USDC/DAI", side=BUY, size=Decimal(10)), Refusal.UNKNOWN_MARKET),
        (OrderRequest(pair=PAIR, side=BUY), Refusal.BAD_SIZE),
    ],
)
def test_an_order_outside_of_the_rules_is_refused(request_: OrderRequest, why: Refusal) -> None:
    assert refusal_of(engine(), "ann", request_) is why


def test_a_halted_market_takes_cancellations_only() -> None:
    made = engine()
    order = made.place("ann", ask(BUY, 10, "0.9990"))
    made.set_market(Market(base="USDC", quote="USDT", state=MarketState.HALTED))
    assert refusal_of(made, "ann", ask(BUY, 10, "0.9990")) is Refusal.HALTED
    assert made.cancel("ann", order.id).state is OrderState.CANCELLED


def test_nobody_can_cancel_the_order_of_another() -> None:
    made = engine()
    order = made.place("ann", ask(BUY, 10, "0.9990"))
    with pytest.raises(OrderRefused) as caught:
        made.cancel("bob", order.id)
    assert caught.value.why is Refusal.NO_SUCH_ORDER


@pytest.mark.parametrize(("in_quote", "currency"), [(True, "USDT"), (False, "USDC")])
def test_a_buyer_pays_its_fee_in_the_currency_of_the_venue(in_quote: bool, currency: str) -> None:  # noqa: FBT001 - a table
    made = engine(Fees(maker=Decimal(0), taker=Decimal("0.001"), in_quote=in_quote))
    made.place("ann", ask(SELL, 1_000, "0.9990"))
    order = made.place("bob", ask(BUY, 1_000))
    fee = Decimal("0.999") if in_quote else Decimal(1)
    assert [(fill.fee, fill.fee_currency) for fill in order.fills] == [(fee, currency)]
    assert made.takings.of(currency).total == fee


def test_a_requote_is_one_change_and_keeps_the_place_of_levels_that_stay() -> None:
    made = engine()
    made.open_account("maker", {}, unlimited=True)
    stays, goes = (Decimal("0.9990"), Decimal(50)), (Decimal("0.9980"), Decimal(50))
    made.requote("maker", PAIR, bids=[stays, goes], asks=[])
    later = made.place("ann", ask(BUY, 50, "0.9990"))
    heard: list[Happening] = []
    made.listen(heard.append)
    made.requote("maker", PAIR, bids=[stays, (Decimal("0.9970"), Decimal(50))], asks=[])
    made.place("bob", ask(SELL, 50))
    changes = [one for one in heard if isinstance(one, BookChanged)]
    assert changes[0].bids == ((Decimal("0.9980"), Decimal(0)), (Decimal("0.9970"), Decimal(50)))
    assert later.filled == 0


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cy"]),
        st.sampled_from([BUY, SELL]),
        st.integers(10, 3_000),
        st.one_of(st.none(), st.integers(9_980, 10_020)),
        st.sampled_from(list(Lifetime)),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(acts=ACTS, in_quote=st.booleans())
def test_nothing_is_made_or_lost_whatever_is_ordered(acts: list, in_quote: bool) -> None:  # type: ignore[type-arg]  # noqa: FBT001 - drawn
    made = engine(Fees(maker=Decimal("0.0007"), taker=Decimal("0.0013"), in_quote=in_quote))
    heard: list[Happening] = []
    made.listen(heard.append)
    for account, side, size, ticks, lifetime, cancels in acts:
        price = None if ticks is None else str(Decimal(ticks) / 10_000)
        try:
            made.place(account, ask(side, size, price, lifetime=lifetime))
        except OrderRefused as refused:
            assert refused.why is Refusal.NO_FUNDS  # noqa: PT017 - the others cannot come here
        is_open = [o for o in made.orders_of(account) if o.state is OrderState.OPEN]
        for order in is_open[: cancels if cancels == 1 else 0]:
            made.cancel(account, order.id)
    _assert_money_is_all_there(made)
    _assert_the_book_is_what_was_told(made, heard)


def _assert_money_is_all_there(made: Engine) -> None:
    for currency in ("USDC", "USDT"):
        everyone = [*made.accounts.values(), made.takings]
        assert sum(account.of(currency).total for account in everyone) == 30_000
    for name, account in made.accounts.items():
        is_open = [o for o in made.orders_of(name) if o.state is OrderState.OPEN]
        for currency, side in (("USDC", SELL), ("USDT", BUY)):
            held = sum(o.held for o in is_open if o.request.side is side)
            assert account.of(currency).held == held
            assert account.of(currency).free >= 0


def _assert_the_book_is_what_was_told(made: Engine, heard: list[Happening]) -> None:
    book, told = made.books[PAIR], {BUY: {}, SELL: {}}  # type: ignore[var-annotated]
    changes = [one for one in heard if isinstance(one, BookChanged)]
    for change in changes:
        told[BUY].update(change.bids)
        told[SELL].update(change.asks)
    for side in (BUY, SELL):
        levels = dict(book.side(side).levels())
        assert levels == {price: size for price, size in told[side].items() if size}
    assert all(later.first == earlier.last + 1 for earlier, later in pairwise(changes))
    if book.bids.levels() and book.asks.levels():
        assert book.bids.levels()[0][0] < book.asks.levels()[0][0]
    trades = [one for one in heard if isinstance(one, Trade)]
    fills = [one for one in heard if isinstance(one, OrderChanged) and one.fill is not None]
    assert len(fills) == 2 * len(trades)


def test_a_requote_resizes_a_level_in_its_place_and_tells_its_new_size() -> None:
    made = engine()
    made.open_account("maker", {}, unlimited=True)
    price = Decimal("0.9990")
    made.requote("maker", PAIR, bids=[(price, Decimal(50))], asks=[])
    made.place("ann", ask(BUY, 50, "0.9990"))
    made.requote("maker", PAIR, bids=[(price, Decimal(80))], asks=[])
    assert made.books[PAIR].bids.levels() == ((price, Decimal(130)),)
    sold = made.place("bob", ask(SELL, 70))
    made.requote("maker", PAIR, bids=[(price, Decimal(20))], asks=[])
    assert sold.filled == 70
    assert made.books[PAIR].bids.levels() == ((price, Decimal(70)),)  # ann's 50, untouched


def test_a_market_order_by_funds_is_told_filled_at_its_end() -> None:
    made = engine()
    made.place("ann", ask(SELL, 1_000, "0.9990"))
    heard: list[Happening] = []
    made.listen(heard.append)
    made.place("bob", OrderRequest(pair=PAIR, side=BUY, funds=Decimal(100)))
    states = [one.order.state for one in heard if isinstance(one, OrderChanged)]
    assert states[-1] is OrderState.FILLED


def test_funds_that_leave_nothing_for_the_fee_are_refused_where_fees_are_in_the_quote() -> None:
    made = engine(Fees(maker=Decimal(0), taker=Decimal("0.01"), in_quote=True))
    made.place("ann", ask(SELL, 10_000, "1"))
    request = OrderRequest(pair=PAIR, side=BUY, funds=Decimal(9_950))
    assert refusal_of(made, "bob", request) is Refusal.NO_FUNDS
    made.place("bob", OrderRequest(pair=PAIR, side=BUY, funds=Decimal(9_900)))
    assert made.accounts["bob"].of("USDT").free == 1
