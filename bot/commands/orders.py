"""`repeg orders`: every order that was written down, and what is known of it."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.commands.history_options import JSON
from bot.commands.journal_options import chosen, journal_options
from bot.commands.position_figures import decimal
from bot.history.journal_export import export_journal
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord


class OrderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it is printed; amounts and prices as exact decimals."""

    client_id: str
    order_id: str
    position: str
    purpose: str
    venue: str
    pair: str
    side: str
    amount: str
    price: str
    state: str
    filled: str
    average_price: str | None
    note: str


@click.command()
@journal_options
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the whole journal as lines of JSON with their checksums.",
)
@JSON
def orders(
    path: Path | None, journal: str | None, word: str | None, target: Path | None, *, as_json: bool
) -> None:
    """Show orders, oldest first, or export the journal of them."""
    _, _, file = chosen(path, journal, word)
    kept = OrderJournal(file, Use.READ)
    try:
        if target is not None:
            head = export_journal(kept, target)
            click.echo(f"{head.count} events, checksum {head.checksum}, in {target}")
            return
        ledger = Ledger()
        for event in kept.events():
            ledger.apply(event)
    finally:
        kept.close()
    if as_json:
        for figures in figures_of(ledger):
            click.echo(msgspec.json.encode(figures).decode())
        return
    Console().print(_table(figures_of(ledger)))


def figures_of(ledger: Ledger) -> Iterator[OrderFigures]:
    """Yield every order, oldest first."""
    for record in ledger.orders.values():
        yield _figures(record)


def _figures(record: OrderRecord) -> OrderFigures:
    order, average = record.order, record.average_price
    return OrderFigures(
        client_id=order.client_id,
        order_id=record.order_id,
        position=order.position,
        purpose=order.purpose.value,
        venue=order.venue,
        pair=order.pair,
        side=order.side.value,
        amount=decimal(order.amount),
        price=decimal(order.price),
        state=record.state.value,
        filled=decimal(record.filled),
        average_price=None if average is None else decimal(average),
        note=record.note,
    )


def _table(shown: Iterator[OrderFigures]) -> Table:
    table = Table(box=None)
    for name in ("order", "purpose", "where", "side", "amount", "price", "state", "filled", "at"):
        table.add_column(name, no_wrap=name in ("order", "where"))
    for one in shown:
        table.add_row(
            one.client_id,
            one.purpose,
            f"{one.venue} {one.pair}",
            one.side,
            one.amount,
            one.price,
            one.state,
            one.filled,
            one.average_price or one.note,
        )
    return table
