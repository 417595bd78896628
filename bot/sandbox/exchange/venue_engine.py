"""One venue's engine: accounts, orders and books, without I/O and without a clock of its own.

Every act ends with what happened, told to all listeners: trades and orders in their sequence, then
one change per book.
"""

import decimal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from bot.domain.units import Nanos
from bot.sandbox.exchange.act_log import ActLog, Listener
from bot.sandbox.exchange.balances import Account, Balance
from bot.sandbox.exchange.limit_book import LimitBook
from bot.sandbox.exchange.matching import Matching
from bot.sandbox.exchange.order_checks import check_request
from bot.sandbox.exchange.orders import (
    ZERO,
    Level,
    Order,
    OrderRefused,
    OrderRequest,
    OrderSide,
    OrderState,
    Refusal,
    Trade,
)
from bot.sandbox.exchange.settling import Settlement, spent_currency
from bot.sandbox.exchange.spot_market import Fees, Market

_EXACT = decimal.Context(prec=80)


class Engine:
    """Takes orders, matches them, keeps the accounts."""

    def __init__(self, markets: Sequence[Market], fees: Fees, clock: Callable[[], Nanos]) -> None:
        self.markets = {market.pair: market for market in markets}
        self.clock = clock  # event time: what happens is stamped with it
        self._log = ActLog(clock)
        self._settlement = Settlement(fees)
        self._matching = Matching(list(self.markets), self._settlement, self._log, clock)
        self._orders: dict[int, Order] = {}
        self._last_id = 0

    @property
    def fees(self) -> Fees:
        """What the venue keeps of a trade."""
        return self._settlement.fees

    @property
    def takings(self) -> Account:
        """What the venue has kept so far."""
        return self._settlement.takings

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By name."""
        return self._settlement.accounts

    @property
    def books(self) -> Mapping[str, LimitBook]:
        """By pair."""
        return self._matching.books

    @property
    def trades(self) -> Mapping[str, deque[Trade]]:
        """The newest of each pair, oldest first."""
        return self._matching.trades

    def open_account(
        self, name: str, totals: Mapping[str, Decimal], *, unlimited: bool = False
    ) -> Account:
        """Add a customer with these balances.

        The orders of an unlimited one hold nothing, are told to nobody and cannot be asked for.
        """
        balances = {currency: Balance(total=total) for currency, total in totals.items()}
        account = Account(name=name, balances=balances, unlimited=unlimited)
        self._settlement.accounts[name] = account
        return account

    def set_market(self, market: Market) -> None:
        """Change the rules or the state of a market that exists."""
        self.markets[market.pair] = market

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with whatever happens from now on; return how to end that."""
        self._log.listeners.append(listener)
        return lambda: self._log.listeners.remove(listener)

    def place(self, account: str, request: OrderRequest) -> Order:
        """Accept an order and match it at once; what is left rests or expires.

        Raises:
            OrderRefused: nothing was accepted.
        """
        with decimal.localcontext(_EXACT):
            self._check(account, request)
            order = self._new_order(account, request)
            if not order.is_quiet:
                self._orders[order.id] = order
                self._log.note_order(order)
            self._matching.run(order, self.markets[request.pair])
        self._log.close(self._matching.books)
        return order

    def cancel(self, account: str, order_id: int) -> Order:
        """Close an open order of the account's.

        Raises:
            OrderRefused: it is not there, or closed already.
        """
        order = self.order(account, order_id)
        if order.state is not OrderState.OPEN:
            raise OrderRefused(Refusal.NOT_OPEN, order.state.value)
        with decimal.localcontext(_EXACT):
            self._matching.cancel(order, self.markets[order.request.pair])
        self._log.close(self._matching.books)
        return order

    def order(self, account: str, order_id: int) -> Order:
        """Return an order of the account's.

        Raises:
            OrderRefused: it has none of this id.
        """
        order = self._orders.get(order_id)
        if order is None or order.account != account:
            raise OrderRefused(Refusal.NO_SUCH_ORDER, str(order_id))
        return order

    def orders_of(self, account: str, pair: str | None = None) -> list[Order]:
        """Return all orders of an account, oldest first."""
        return [
            order
            for order in self._orders.values()
            if order.account == account and pair in {None, order.request.pair}
        ]

    def requote(
        self, account: str, pair: str, bids: Sequence[Level], asks: Sequence[Level]
    ) -> None:
        """Make the account's resting orders in one market these levels, as one act.

        Levels at prices that stay keep their place in the queue. What crosses others' orders
        trades with them. No balance is checked and the orders cannot be asked for: this is for
        who keeps a book filled.
        """
        market = self.markets[pair]
        wanted = {OrderSide.BUY: dict(bids), OrderSide.SELL: dict(asks)}
        with decimal.localcontext(_EXACT):
            for side, levels in wanted.items():
                for order in self._resting(account, pair, side):
                    size = levels.pop(order.request.price or ZERO, None)
                    if size is None:
                        self._matching.cancel(order, market)
                    elif size != order.remaining:
                        self._matching.resize(order, size)
            for side, levels in wanted.items():
                for price, size in levels.items():
                    request = OrderRequest(pair=pair, side=side, price=price, size=size)
                    self._matching.run(self._new_order(account, request), market)
        self._log.close(self._matching.books)

    def _resting(self, account: str, pair: str, side: OrderSide) -> list[Order]:
        resting = self._matching.books[pair].side(side).orders()
        return [order for order in resting if order.account == account]

    def _check(self, account: str, request: OrderRequest) -> None:
        market = self.markets.get(request.pair)
        if market is None:
            raise OrderRefused(Refusal.UNKNOWN_MARKET, request.pair)
        check_request(market, request)
        book = self._matching.books[request.pair]
        if request.post_only and book.side(request.side.other).is_reached_by(request.price):
            raise OrderRefused(Refusal.WOULD_TAKE)
        needed = self._settlement.needed(request, book.asks.orders())
        if not self.accounts[account].affords(spent_currency(market, request.side), needed):
            raise OrderRefused(Refusal.NO_FUNDS, f"{needed} needed")

    def _new_order(self, account: str, request: OrderRequest) -> Order:
        self._last_id += 1
        now = self.clock()
        size = request.size or ZERO
        return Order(
            id=self._last_id,
            account=account,
            request=request,
            size=size,
            is_quiet=self.accounts[account].unlimited,
            placed_at=now,
            changed_at=now,
        )
