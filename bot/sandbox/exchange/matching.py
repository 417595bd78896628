"""How one order trades: price-time priority, at the resting order's price, exactly."""

from collections import deque
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from bot.domain.units import Nanos
from bot.sandbox.exchange.act_log import ActLog
from bot.sandbox.exchange.limit_book import BookSide, LimitBook
from bot.sandbox.exchange.orders import ZERO, Fill, Lifetime, Order, OrderSide, OrderState, Trade
from bot.sandbox.exchange.settling import Settlement
from bot.sandbox.exchange.spot_market import Market

_KEPT_TRADES = 5_000  # of each pair


class Matching:
    """The books of a venue and what trades in them. An account never trades with itself."""

    def __init__(
        self, pairs: list[str], settlement: Settlement, log: ActLog, clock: Callable[[], Nanos]
    ) -> None:
        self.books = {pair: LimitBook() for pair in pairs}
        self.trades: dict[str, deque[Trade]] = {p: deque(maxlen=_KEPT_TRADES) for p in pairs}
        self._settlement, self._log, self._clock = settlement, log, clock
        self._trade_ids = dict.fromkeys(pairs, 0)

    def run(self, order: Order, market: Market) -> None:
        """Fill what can be filled now; let the rest lie in the book, or expire."""
        request = order.request
        others = self.books[market.pair].side(request.side.other)
        if request.lifetime is not Lifetime.FOK or _fillable(order, others) >= order.size:
            self._match(order, market, others)
        price = request.price
        if order.size and not order.remaining:
            self.close(order, market, OrderState.FILLED)
        elif price is None or request.lifetime is not Lifetime.GTC or others.is_reached_by(price):
            spent = request.size is None and others.first() is not None and order.filled
            self.close(order, market, OrderState.FILLED if spent else OrderState.EXPIRED)
        else:
            if not order.is_quiet:
                self._settlement.hold(market, order)
            level = self.books[market.pair].side(request.side).add(order, price)
            self._log.note_level(market.pair, request.side, level)

    def cancel(self, order: Order, market: Market) -> None:
        """Take an open order out of its book."""
        side = self.books[market.pair].side(order.request.side)
        level = side.remove(order, order.request.price or ZERO)
        self._log.note_level(market.pair, side.side, level)
        self.close(order, market, OrderState.CANCELLED)

    def close(self, order: Order, market: Market, state: OrderState) -> None:
        """End an order that is in no book."""
        order.state, order.changed_at = state, self._clock()
        if order.is_quiet:
            return
        self._settlement.release(market, order)
        if state is not OrderState.FILLED or not order.size:  # else a fill has told that already
            self._log.note_order(order)

    def resize(self, order: Order, size: Decimal) -> None:
        """Make `size` what remains of a resting order, without asking whether it can be paid."""
        side, price = order.request.side, order.request.price or ZERO
        level = self.books[order.request.pair].side(side).resize(order, price, size)
        self._log.note_level(order.request.pair, side, level)

    def _match(self, order: Order, market: Market, others: BookSide) -> None:
        while (maker := others.first()) is not None:
            price = maker.request.price or ZERO
            if maker.account == order.account or not others.is_reached_by(order.request.price):
                return
            size = min(maker.remaining, _wanted(order, market, price))
            if not size:
                return
            self._trade(order, maker, market, size)
            level = others.take(price, size)
            if not maker.remaining:
                level = others.remove(maker, price)
                self.close(maker, market, OrderState.FILLED)
            self._log.note_level(market.pair, others.side, level)

    def _trade(self, taker: Order, maker: Order, market: Market, size: Decimal) -> None:
        now, price = self._clock(), maker.request.price or ZERO
        self._trade_ids[market.pair] += 1
        trade = Trade(
            id=self._trade_ids[market.pair],
            pair=market.pair,
            price=price,
            size=size,
            taker_side=taker.request.side,
            at=now,
            maker_order=maker.id,
            taker_order=taker.id,
        )
        self.trades[market.pair].append(trade)
        self._log.note_trade(trade)
        for order in (maker, taker):
            self._fill(order, market, trade)

    def _fill(self, order: Order, market: Market, trade: Trade) -> None:
        is_maker = order.id == trade.maker_order
        fees, value = self._settlement.fees, trade.price * trade.size
        rate = fees.maker if is_maker else fees.taker
        fee, currency = self._settlement.fee_of(
            market, order.request.side, (value, trade.size), rate
        )
        fill = Fill(
            trade_id=trade.id,
            price=trade.price,
            size=trade.size,
            fee=fee,
            fee_currency=currency,
            is_maker=is_maker,
            at=trade.at,
        )
        order.filled, order.value = order.filled + trade.size, order.value + value
        order.changed_at = trade.at
        if order.size and not order.remaining:
            order.state = OrderState.FILLED
        self._settlement.settle(market, order, fill)
        if not order.is_quiet:
            order.fills.append(fill)
            self._settlement.hold(market, order)
            self._log.note_order(order, fill)


def _wanted(order: Order, market: Market, price: Decimal) -> Decimal:
    """Return how much more of the base the order asks for at this price."""
    if order.request.size is not None:
        return order.remaining
    left = (order.request.funds or ZERO) - order.value
    return (left / price / market.step).to_integral_value(ROUND_DOWN) * market.step


def _fillable(order: Order, others: BookSide) -> Decimal:
    """Return how much could be filled at once, counted up to what is asked."""
    found, limit = ZERO, order.request.price
    for maker in others.orders():
        price = maker.request.price or ZERO
        is_out = limit is not None and (
            price > limit if order.request.side is OrderSide.BUY else price < limit
        )
        if is_out or found >= order.size or maker.account == order.account:
            break
        found += maker.remaining
    return found
