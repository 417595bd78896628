"""How fills came out beside what was planned."""

from bot.domain.orders import OrderSide
from bot.domain.trade_plans import PlannedOrder
from bot.strategy.order_records import OrderRecord

_BPS = 1e4


def slippage_bps(record: OrderRecord, planned: PlannedOrder) -> float | None:
    """Return by how much an order was filled worse than expected; None: it is not over."""
    average = record.average_price
    if not record.state.is_final or record.missing or average is None:
        return None
    way = 1 if record.order.side is OrderSide.BUY else -1
    return way * (average - planned.expected_price) / planned.expected_price * _BPS
