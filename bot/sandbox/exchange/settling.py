"""What orders hold of balances, and what trades move between accounts."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from bot.sandbox.exchange.balances import Account
from bot.sandbox.exchange.orders import ZERO, Fill, Order, OrderRequest, OrderSide
from bot.sandbox.exchange.spot_market import Fees, Market

_FEE_UNIT = Decimal("0.00000001")  # fees are cut to it


class Settlement:
    """The accounts of a venue, and its own takings."""

    def __init__(self, fees: Fees) -> None:
        self.fees = fees
        self.accounts: dict[str, Account] = {}
        self.takings = Account(name="the venue", unlimited=True)

    def needed(self, request: OrderRequest, asks: Iterable[Order]) -> Decimal:
        """Return what the account must have free of `spent_currency` for this order."""
        if request.side is OrderSide.SELL:
            return request.size if request.size is not None else ZERO
        if request.size is None:
            return self._with_fee(request.funds or ZERO)
        if request.price is not None:
            return self._with_fee(request.price * request.size)
        left, cost = request.size, ZERO
        for order in asks:
            part = min(left, order.remaining)
            left, cost = left - part, cost + part * (order.request.price or ZERO)
            if not left:
                break
        return self._with_fee(cost)

    def hold(self, market: Market, order: Order) -> None:
        """Bring what is held for an order in line with what remains of it."""
        price, remaining = order.request.price, order.remaining
        if price is None or not remaining:
            held = ZERO
        elif order.request.side is OrderSide.SELL:
            held = remaining
        else:
            held = self._with_fee(price * remaining)
        self._hold(market, order, held)

    def release(self, market: Market, order: Order) -> None:
        """Give back all that is held for an order."""
        self._hold(market, order, ZERO)

    def settle(self, market: Market, order: Order, fill: Fill) -> None:
        """Move what one half of a trade moves, its fee to the venue."""
        account, value = self.accounts[order.account], fill.price * fill.size
        sign = 1 if order.request.side is OrderSide.BUY else -1
        account.of(market.base).total += sign * fill.size
        account.of(market.quote).total -= sign * value
        account.of(fill.fee_currency).total -= fill.fee
        self.takings.of(fill.fee_currency).total += fill.fee

    def fee_of(
        self, market: Market, side: OrderSide, amounts: tuple[Decimal, Decimal], rate: Decimal
    ) -> tuple[Decimal, str]:
        """Return fee and its currency for a trade of `amounts`: its value and its size."""
        value, size = amounts
        in_base = side is OrderSide.BUY and not self.fees.in_quote
        fee = ((size if in_base else value) * rate).quantize(_FEE_UNIT, ROUND_DOWN)
        return fee, market.base if in_base else market.quote

    def _with_fee(self, value: Decimal) -> Decimal:
        dearest = max(self.fees.maker, self.fees.taker)
        return value * (1 + dearest) if self.fees.in_quote else value

    def _hold(self, market: Market, order: Order, held: Decimal) -> None:
        account = self.accounts[order.account]
        account.of(spent_currency(market, order.request.side)).held += held - order.held
        order.held = held


def spent_currency(market: Market, side: OrderSide) -> str:
    """Return what an order of this side pays with."""
    return market.quote if side is OrderSide.BUY else market.base
