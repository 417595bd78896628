"""What the order manager asks of others, and how long it waits for them."""

from collections.abc import Callable
from typing import Annotated, Protocol

import msgspec

from bot.domain.orders import ClientId, Order
from bot.domain.risk import Approved, Denied
from bot.execution.exchange_connector import AccountDesk, OrderDesk

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Gate(Protocol):
    """Who says whether an order may be sent."""

    async def judge(self, order: Order) -> Approved | Denied:
        """Approve or refuse an order. An error means no."""
        ...

    def release(self, client_id: ClientId) -> None:
        """Forget what was approved: it was not written down, and is not sent."""
        ...


class OrderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[orders]`: how long is waited for proof."""

    # Not found is proof only after this: longer than any receive window and any delay of a venue.
    proof_s: Seconds = 30.0
    proof_at: dict[str, Seconds] = msgspec.field(default_factory=lambda: {"coinbase": 130.0})
    overlap_s: Seconds = 900.0  # trades are asked for from so long before the newest known one
    look_back_s: Seconds = 86_400.0  # by an empty journal
    asks: Annotated[int, msgspec.Meta(ge=1)] = 6  # a difference must show each time to be one
    follow_asks: Annotated[int, msgspec.Meta(ge=1)] = 4  # until an order that cannot rest is over
    pause_s: Seconds = 0.25  # between the first two of these; doubled each time
    dust: Annotated[float, msgspec.Meta(ge=0)] = 0.000_01  # a venue may hold so much less

    def proof_of(self, venue: str) -> float:
        """Return the seconds of proof at a venue: where requests stay good for longer, more."""
        return self.proof_at.get(venue, self.proof_s)


class TradingAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account at one venue."""

    orders: OrderDesk
    money: AccountDesk | None  # None: it cannot be asked what it holds
    pairs: tuple[str, ...]  # that are traded there; orders on others are found by the journal only
    is_here: Callable[[], bool] = lambda: True  # False: not opened yet; nothing waits for it
