"""Kraken's order and trade ids: letters and digits, 6-5-6."""

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.orders import Fill, Order

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class KrakenIds:
    """Ids of one run of the venue: another run gives the same order another id."""

    def __init__(self, opened_at: int) -> None:
        self._run = _in_36(opened_at // NANOS_PER_S, 5)

    def of_order(self, number: int) -> str:
        """Return the transaction id of an order."""
        text = _in_36(number, 11)
        return f"O{self._run}-{text[:5]}-{text[5:]}"

    def of_fill(self, order: Order, fill: Fill) -> str:
        """Return the transaction id of one half of a trade."""
        text = _in_36(order.id, 6) + _in_36(fill.trade_id, 5)
        return f"T{self._run}-{text[:5]}-{text[5:]}"

    def order_number(self, text: str) -> int | None:
        """Return the engine's number of an order; None: no id of this run."""
        parts = text.split("-")
        if [len(part) for part in parts] != [6, 5, 6] or parts[0] != f"O{self._run}":
            return None
        digits = parts[1] + parts[2]
        return int(digits, 36) if set(digits) <= set(_DIGITS) else None


def _in_36(number: int, width: int) -> str:
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
