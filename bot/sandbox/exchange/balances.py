"""Who owns what on one venue. Exact: what one gains, another loses."""

from decimal import Decimal

import msgspec

from bot.sandbox.exchange.orders import ZERO


class Balance(msgspec.Struct, kw_only=True):
    """Of one currency."""

    total: Decimal = ZERO
    held: Decimal = ZERO  # of the total, for open orders

    @property
    def free(self) -> Decimal:
        """What may be spent."""
        return self.total - self.held


class Account(msgspec.Struct, kw_only=True):
    """One customer of the venue."""

    name: str
    balances: dict[str, Balance] = msgspec.field(default_factory=dict)
    unlimited: bool = False  # may owe: who keeps the books filled

    def of(self, currency: str) -> Balance:
        """Return the balance of a currency, which may be new to the account."""
        return self.balances.setdefault(currency, Balance())

    def affords(self, currency: str, amount: Decimal) -> bool:
        """Whether so much may be spent now."""
        return self.unlimited or self.of(currency).free >= amount
