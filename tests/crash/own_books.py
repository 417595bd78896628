"""What our own files say, read by another process and folded once more, apart from the bot."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
from crash.true_books import Flows, TradeFacts, TradeKey, trade_number

from bot.domain.assets import Token
from bot.domain.ledger_events import FillHeard, LedgerEvent, OrderIntended
from bot.domain.orders import Fill, Order, OrderSide
from bot.strategy.ledger import Ledger

_WAD = Decimal(10**18)
_EVENTS = "SELECT seq, payload FROM order_events WHERE seq > ? ORDER BY seq"
_BUNDLES = (
    "SELECT transaction_hash, target_block, nonce, fate, profit_raw, plan_json FROM bundles"
    " ORDER BY rowid"
)
_DECODER: msgspec.json.Decoder[LedgerEvent] = msgspec.json.Decoder(LedgerEvent)


class SentBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the journal of bundles."""

    transaction_hash: str
    target_block: int
    nonce: int
    fate: str
    profit: int
    token: Token  # in which it is made


class _Plan(msgspec.Struct, frozen=True):
    token: Token


class OwnBooks:
    """The ledger as its journal tells it, and plain sums that owe nothing to the ledger's fold."""

    def __init__(self, events: list[LedgerEvent]) -> None:
        self.events, self.ledger = events, Ledger()
        self.intents: dict[str, Order] = {}
        self.fills: dict[TradeKey, Fill] = {}
        for event in events:
            self.ledger.apply(event)
            if isinstance(event, OrderIntended):
                self.intents.setdefault(event.order.client_id, event.order)
            elif isinstance(event, FillHeard):
                fill = event.fill
                number = trade_number(fill.venue, fill.order_id, fill.trade_id)
                self.fills.setdefault((fill.venue, fill.pair, number), fill)

    def trades(self) -> dict[TradeKey, TradeFacts]:
        """Return every trade that was heard, with the order that the ledger gave it to."""
        return {key: _facts(fill, self.ledger.owner_of(fill)) for key, fill in self.fills.items()}

    def flows(self) -> Flows:
        """Return what all trades moved."""
        sums: Flows = {}
        for fill in self.fills.values():
            base, _, quote = fill.pair.partition("/")
            sign = 1 if fill.side is OrderSide.BUY else -1
            amount = fill.amount / _WAD
            _add(sums, (fill.venue, base), sign * amount)
            _add(sums, (fill.venue, quote), -sign * amount * (fill.price / _WAD))
            _add(sums, (fill.venue, fill.fee_currency), -(fill.fee / _WAD))
        return sums


def read_events(path: Path, after: int = 0) -> list[tuple[int, LedgerEvent]]:
    """Return (number, event) of what was written after an event; nothing is locked or changed."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            rows = connection.execute(_EVENTS, (after,)).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []  # it is being made
            raise
    return [(seq, _DECODER.decode(payload)) for seq, payload in rows]


def read_own_books(path: Path) -> OwnBooks:
    """Return all of the journal of orders."""
    return OwnBooks([event for _, event in read_events(path)])


def read_bundles(path: Path) -> list[SentBundle]:
    """Return every row of the journal of bundles, oldest first."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            rows = connection.execute(_BUNDLES).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
    return [
        SentBundle(
            transaction_hash=row[0],
            target_block=row[1],
            nonce=row[2],
            fate=row[3],
            profit=int(row[4] or 0),
            token=msgspec.json.decode(row[5], type=_Plan).token,
        )
        for row in rows
    ]


def _facts(fill: Fill, owner: str | None) -> TradeFacts:
    return TradeFacts(
        client_id=owner or "nobody's",
        side=fill.side.value,
        amount=fill.amount,
        price=fill.price,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
    )


def _add(sums: Flows, key: tuple[str, str], amount: Decimal) -> None:
    sums[key] = sums.get(key, Decimal(0)) + amount
