"""Recorded prices, as the local exchange plays them."""

from collections.abc import Iterable
from decimal import Context, Decimal

import msgspec

from bot.domain.ticks import Message, SourceKind, Tick
from bot.domain.units import Nanos, Wad

_WAD_DIGITS = 18
_EXACT = Context(prec=80)


class RecordedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The top of one book from a moment on; where bid and ask are one, it is their middle."""

    at: Nanos
    venue: str
    pair: str
    bid: Decimal
    ask: Decimal
    depth: Decimal | None = None  # what each side holds within 0.1 %, of the base


def recorded_prices(messages: Iterable[Message]) -> tuple[RecordedPrice, ...]:
    """Return what exchanges said; everything else that a price file may hold is left out."""
    return tuple(
        RecordedPrice(
            at=message.at,
            venue=message.venue,
            pair=message.pair,
            bid=decimal_of(message.bid),
            ask=decimal_of(message.ask),
            depth=decimal_of(message.depth) if message.depth else None,
        )
        for message in messages
        if isinstance(message, Tick) and message.kind is SourceKind.CEX
    )


def decimal_of(wad: Wad) -> Decimal:
    """Return a wad exactly."""
    return Decimal(wad).scaleb(-_WAD_DIGITS, _EXACT)
