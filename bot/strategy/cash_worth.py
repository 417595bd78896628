"""What money in several currencies is worth: by consensus, never by what it calls itself."""

from collections.abc import Mapping

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.trade_plans import Held
from bot.domain.units import WAD, Wad

_DOLLAR = "USD"


def worth_usd(amounts: Mapping[str, Wad], dollars: Mapping[str, Wad]) -> Wad | None:
    """Return what amounts are worth together, rounded down; None: of one of them nobody knows.

    `dollars` are per 1.0 of a currency, by consensus; a dollar is one.
    """
    total = 0
    for currency, amount in amounts.items():
        price = WAD if currency == _DOLLAR else dollars.get(currency)
        if price is None:
            return None
        total += amount * price // WAD
    return Wad(total)


def unpriced_fees(held: Held, dollars: Mapping[str, Wad]) -> dict[str, Wad]:
    """Return what was paid in fees in currencies that nobody knows the worth of, by currency.

    Of currencies that nothing but fees was paid in: of others no result can be told at all.
    """
    return {
        currency: fee
        for currency, fee in held.fees.items()
        if currency not in dollars and currency != _DOLLAR and held.cash.get(currency) == -fee
    }


def left_usd(held: Held, price: Wad, dollars: Mapping[str, Wad]) -> Wad | None:
    """Return what is left of a position at a price in its par currency; below 0: it is owed.

    The inventory that a premium was sold out of has to be bought back.
    """
    owned = held.left if held.plan.side is Side.DISCOUNT else -held.left
    currency = coin_of(held.plan.asset).par.currency
    return worth_usd({currency: Wad(owned * price // WAD)}, dollars)
