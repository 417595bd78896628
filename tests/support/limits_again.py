"""The limits worked out a second time, in fractions and in other words, to hold the rules against.

Written from docs/risk.md, not from the rules.
"""

from fractions import Fraction
from math import isfinite

from bot.domain.orders import Order, OrderKind, OrderSide, Purpose
from bot.domain.risk import Facts, RiskLimits

_E18 = 10**18


class Ceilings:
    """Limits as whole numbers of the smallest unit, rounded down."""

    def __init__(self, limits: RiskLimits) -> None:
        self.dollars = {
            name: int(Fraction(getattr(limits, name)) * _E18)
            for name in RiskLimits.__struct_fields__
            if name.endswith("_usd") and name != "ramp_usd"
        }
        self.limits = limits
        self.ruin = Fraction(limits.max_terminal_loss)
        self.book = int(Fraction(limits.max_off_book_bps) / 10_000 * _E18)
        self.consensus = int(Fraction(limits.max_off_consensus_bps) / 10_000 * _E18)
        self.flatten = int(Fraction(limits.flatten_off_book_bps) / 10_000 * _E18)


def broken(order: Order, facts: Facts, ceilings: Ceilings) -> str:
    """Return the first limit that an order breaks, empty for none."""
    if facts.is_frozen and order.purpose is not Purpose.FLATTEN:
        return "frozen"
    if order.purpose is Purpose.ENTRY:
        return _broken_entry(order, facts, ceilings)
    return _broken_leaving(order, facts, ceilings)


def _broken_entry(order: Order, facts: Facts, top: Ceilings) -> str:
    if not _sane(facts) or not facts.is_trading or facts.stopped or facts.is_frozen_token:
        return "state"
    if not facts.venue_is_trading or order.kind is OrderKind.MARKET:
        return "venue"
    told = {n.withdrawals_open for n in facts.networks}
    if False in told and True not in told:
        return "withdrawals"
    if facts.base_price_age_s > top.limits.max_price_age_s:  # type: ignore[operator]
        return "old price"
    if facts.book_age_s > top.limits.max_book_age_s:  # type: ignore[operator]
        return "old book"
    return _broken_band(order, facts, top) or _broken_cap(order, facts, top)


def _sane(facts: Facts) -> bool:
    positive = (facts.equity_usd, facts.base_price, facts.quote_price)
    positive += (facts.best_bid, facts.best_ask)
    sums = (facts.coin_usd, facts.venue_usd, facts.issuer_usd, facts.day_entries_usd)
    sums += (facts.at_risk_usd, facts.open_legs, facts.pending_exit, facts.free, facts.ramp_usd)
    for value in (*positive, *sums):
        if not isinstance(value, int) or value < 0:
            return False
    if 0 in positive or not isinstance(facts.day_result_usd, int):
        return False
    if not isinstance(facts.position_amount, int):
        return False
    for age in (facts.base_price_age_s, facts.book_age_s):
        if age is None or not isfinite(age) or age < 0:
            return False
    if facts.venue_is_trading is None or facts.is_frozen_token is None:
        return False
    return bool(facts.best_ask >= facts.best_bid)  # type: ignore[operator]


def _broken_band(order: Order, facts: Facts, top: Ceilings) -> str:
    dollars = order.price * facts.quote_price  # type: ignore[operator]
    fair = facts.base_price * _E18  # type: ignore[operator]
    if order.side is OrderSide.BUY:
        over_book = order.price - facts.best_ask  # type: ignore[operator]
        if over_book * _E18 > top.book * facts.best_ask:
            return "far over the book"
        return "far over consensus" if (dollars - fair) * _E18 > top.consensus * fair else ""
    under_book = facts.best_bid - order.price  # type: ignore[operator]
    if under_book * _E18 > top.book * facts.best_bid:
        return "far under the book"
    return "far under consensus" if (fair - dollars) * _E18 > top.consensus * fair else ""


def _broken_cap(order: Order, facts: Facts, top: Ceilings) -> str:
    by_price = order.price * facts.quote_price  # type: ignore[operator]
    by_price = (by_price + _E18 - 1) // _E18
    value = order.amount * max(by_price, facts.base_price)
    spent = value // _E18 + bool(value % _E18)
    for name, before in (
        ("max_order_usd", 0),
        ("max_coin_usd", facts.coin_usd),
        ("max_venue_usd", facts.venue_usd),
        ("max_issuer_usd", facts.issuer_usd),
        ("max_day_usd", facts.day_entries_usd),
    ):
        if before > top.dollars[name] - spent:
            return name
    if spent > facts.ramp_usd:  # type: ignore[operator]
        return "ramp"
    if facts.day_result_usd + top.dollars["max_daily_loss_usd"] <= 0:
        return "daily loss"
    if facts.open_legs >= top.limits.max_open_legs:
        return "open legs"
    if (spent + facts.at_risk_usd) > int(top.ruin * _E18) * facts.equity_usd // _E18:  # type: ignore[operator]
        return "terminal loss"
    takes = order.amount * (order.price if order.side is OrderSide.BUY else _E18)
    return "funds" if takes > facts.free * _E18 else ""  # type: ignore[operator]


def _broken_leaving(order: Order, facts: Facts, top: Ceilings) -> str:
    if facts.venue_is_trading is False:
        return "venue"
    sign = 1 if order.side is OrderSide.SELL else -1
    if sign * facts.position_amount < order.amount + facts.pending_exit:
        return "does not reduce"
    if order.purpose is Purpose.FLATTEN:
        return _broken_flatten(order, facts, top, sign)
    return _broken_exit(order, facts, top, sign)


def _broken_flatten(order: Order, facts: Facts, top: Ceilings, sign: int) -> str:
    best = facts.best_bid if sign > 0 else facts.best_ask
    if best is None:
        return _broken_by_consensus(order, facts, top.flatten, sign)
    return "band" if sign * (best - order.price) * _E18 > top.flatten * best else ""


def _broken_exit(order: Order, facts: Facts, top: Ceilings, sign: int) -> str:
    best = facts.best_bid if sign > 0 else facts.best_ask
    if best is None or facts.book_age_s is None or facts.base_price_age_s is None:
        return "not known"
    if facts.book_age_s > top.limits.max_book_age_s or order.kind is OrderKind.MARKET:
        return "old or without a price"
    if facts.base_price_age_s > top.limits.max_price_age_s:
        return "old"
    if sign * (best - order.price) * _E18 > top.book * best:
        return "band"
    return _broken_by_consensus(order, facts, top.consensus, sign)


def _broken_by_consensus(order: Order, facts: Facts, band: int, sign: int) -> str:
    if facts.base_price is None or facts.quote_price is None:
        return "not known"
    fair = facts.base_price * _E18
    off = fair - order.price * facts.quote_price
    return "consensus" if sign * off * _E18 > band * fair else ""
