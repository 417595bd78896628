"""Every rule that an entry must keep. A rule returns what is wrong, with figures, or nothing."""

from collections.abc import Callable

from bot.control.entry_facts import Entry
from bot.control.proper import exactly, share_of_bps
from bot.control.worth import is_worse, off_bps, payment
from bot.domain.orders import OrderKind, OrderSide
from bot.domain.risk import Breach
from bot.domain.units import WAD, Wad, human

Rule = Callable[[Entry], str]


def _more(name: str, amount: int, limit: Wad) -> str:
    if amount <= limit:
        return ""
    return f"{name} {human(amount, 18)} usd, at most {human(limit, 18)}"


def is_stopped(entry: Entry) -> str:
    """Breakers and emergencies."""
    return entry.facts.stopped


def is_closed(entry: Entry) -> str:
    """The venue's own word on the pair."""
    return "" if entry.facts.venue_is_trading else f"{entry.order.venue} {entry.order.pair}"


def is_coin_stopped(entry: Entry) -> str:
    """What the token's contract says."""
    return entry.facts.coin or entry.order.base if entry.facts.is_frozen_token else ""


def is_shut_in(entry: Entry) -> str:
    """Withdrawals: shut over every network that the venue tells of; silence is no reason."""
    told = [n.withdrawals_open for n in entry.facts.networks if n.withdrawals_open is not None]
    if not told or any(told):
        return ""
    return f"{entry.order.base} at {entry.order.venue}: none of {len(told)} networks is open"


def is_stale(entry: Entry) -> str:
    """Age of the consensus price and of the book."""
    if not entry.price_age_s <= entry.limits.max_price_age_s:
        return f"price {entry.price_age_s:.1f} s old, at most {entry.limits.max_price_age_s:g}"
    if not entry.book_age_s <= entry.limits.max_book_age_s:
        return f"book {entry.book_age_s:.1f} s old, at most {entry.limits.max_book_age_s:g}"
    return ""


def is_off_book(entry: Entry) -> str:
    """Against the best price that it could take in its own book."""
    order, limit = entry.order, entry.limits.max_off_book_bps
    if order.kind is OrderKind.MARKET:
        return "a market order has no worst price: for flattening only"
    best = entry.ask if order.side is OrderSide.BUY else entry.bid
    if is_worse(order, order.price, best, share_of_bps(limit)):
        return f"{off_bps(order.price, best):+.1f} bps off its book, at most {limit:g}"
    return ""


def is_off_consensus(entry: Entry) -> str:
    """Against the consensus of all sources, both in dollars."""
    limit, price = entry.limits.max_off_consensus_bps, entry.order.price * entry.quote_price
    reference = entry.base_price * WAD
    if is_worse(entry.order, price, reference, share_of_bps(limit)):
        return f"{off_bps(price, reference):+.1f} bps off the consensus, at most {limit:g}"
    return ""


def is_too_large(entry: Entry) -> str:
    """One order's size."""
    return _more("order of", entry.worth, exactly(entry.limits.max_order_usd))


def is_not_earned(entry: Entry) -> str:
    """The size ramp's step."""
    return _more("order of", entry.worth, entry.earned)


def is_much_of_coin(entry: Entry) -> str:
    """All of one coin."""
    return _more("coin", entry.facts.coin_usd + entry.worth, exactly(entry.limits.max_coin_usd))


def is_much_at_venue(entry: Entry) -> str:
    """All at one venue."""
    return _more("venue", entry.facts.venue_usd + entry.worth, exactly(entry.limits.max_venue_usd))


def is_much_of_issuer(entry: Entry) -> str:
    """All coins of one issuer."""
    total = entry.facts.issuer_usd + entry.worth
    return _more("issuer", total, exactly(entry.limits.max_issuer_usd))


def is_much_today(entry: Entry) -> str:
    """All entries of the UTC day."""
    total = entry.facts.day_entries_usd + entry.worth
    return _more("entries today", total, exactly(entry.limits.max_day_usd))


def is_lost_today(entry: Entry) -> str:
    """The UTC day's loss; when the limit is reached there are no more entries."""
    lost, limit = -entry.facts.day_result_usd, exactly(entry.limits.max_daily_loss_usd)
    if lost < limit:
        return ""
    return f"lost today {human(lost, 18)} usd, to stay below {human(limit, 18)}"


def is_leg_too_many(entry: Entry) -> str:
    """Entry orders that are not final, with this one."""
    legs, limit = entry.facts.open_legs + 1, entry.limits.max_open_legs
    return "" if legs <= limit else f"{legs} legs, at most {limit}"


def is_ruin(entry: Entry) -> str:
    """Everything in doubt goes to nothing: the share of equity that is gone then."""
    total = entry.facts.at_risk_usd + entry.worth
    if total * WAD <= entry.equity * exactly(entry.limits.max_terminal_loss):
        return ""
    return f"{total / entry.equity:.2%} of equity, at most {entry.limits.max_terminal_loss:.2%}"


def is_beyond_means(entry: Entry) -> str:
    """What is paid with."""
    needed = payment(entry.order)
    if needed <= entry.free:
        return ""
    return f"needs {human(needed, 18, 6)}, free {human(entry.free, 18, 6)}"


ENTRY_RULES: tuple[tuple[Breach, Rule], ...] = (
    (Breach.STOPPED, is_stopped),
    (Breach.VENUE_CLOSED, is_closed),
    (Breach.COIN_STOPPED, is_coin_stopped),
    (Breach.WITHDRAWALS, is_shut_in),
    (Breach.STALE, is_stale),
    (Breach.BAND, is_off_book),
    (Breach.BAND, is_off_consensus),
    (Breach.ORDER_CAP, is_too_large),
    (Breach.RAMP, is_not_earned),
    (Breach.COIN_CAP, is_much_of_coin),
    (Breach.VENUE_CAP, is_much_at_venue),
    (Breach.ISSUER_CAP, is_much_of_issuer),
    (Breach.DAY_CAP, is_much_today),
    (Breach.DAILY_LOSS, is_lost_today),
    (Breach.OPEN_LEGS, is_leg_too_many),
    (Breach.TERMINAL_LOSS, is_ruin),
    (Breach.NO_FUNDS, is_beyond_means),
)
