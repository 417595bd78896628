"""Random orders, facts and limits, close enough to every limit that both answers are common."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from msgspec.structs import replace
from support.risk_cases import network

from bot.domain.orders import ClientId, Order, OrderKind, OrderSide, Purpose
from bot.domain.risk import Facts, RiskLimits
from bot.domain.units import WAD, Nanos, Wad

_NONSENSE = (None, -1, float("nan"), float("inf"), -0.5)
_SHUT, _OPEN = network(withdrawals=False), network(withdrawals=True)
_SILENT = network(withdrawals=None)


def some_limits(random: Random) -> RiskLimits:
    """Return limits of the usual size, none the same."""
    near = random.uniform
    return RiskLimits(
        max_order_usd=near(5_000, 30_000),
        max_coin_usd=near(5_000, 100_000),
        max_venue_usd=near(5_000, 100_000),
        max_issuer_usd=near(5_000, 150_000),
        max_day_usd=near(5_000, 250_000),
        max_daily_loss_usd=near(0, 5_000),
        max_open_legs=random.randrange(6),
        max_terminal_loss=near(0.001, 0.2),
        max_off_book_bps=near(0, 100),
        max_off_consensus_bps=near(0, 300),
        flatten_off_book_bps=near(0, 500),
    )


def random_questions(seed: int, count: int) -> Iterator[tuple[Order, Facts, RiskLimits]]:
    """Yield so many orders with their facts; limits change every thousand."""
    random = Random(seed)  # noqa: S311 - to be asked again
    limits = some_limits(random)
    for number in range(count):
        if number % 1_000 == 0:
            limits = some_limits(random)
        order, facts = _calm(random, limits)
        for _ in range(random.randrange(4)):
            order, facts = random.choice(_CHANGES)(random, order, facts, limits)
        yield order, facts, limits


def _dollars(random: Random, most: float) -> Wad:
    return Wad(int(random.random() * most * 10**6) * 10**12 + random.randrange(3))


def _calm(random: Random, limits: RiskLimits) -> tuple[Order, Facts]:
    price = int(WAD * (0.9 + random.random() * 0.2))
    amount = _dollars(random, random.choice((3_000, 3_000, 3_000, 30_000))) + 1
    sells = random.random() < 0.5
    purpose = random.choice(_PURPOSES)
    order = Order(
        client_id=ClientId("rpaaaaaaaaaae00001"),
        position="aaaaaaaaaa",
        purpose=purpose,
        venue="kraken",
        pair="USDC/USD",
        side=OrderSide.SELL if sells else OrderSide.BUY,
        amount=Wad(amount),
        price=Wad(price),
        made_at=Nanos(1),
    )
    facts = Facts(
        now=Nanos(1),
        is_trading=True,
        equity_usd=Wad(WAD * 1_000_000),
        base_price=Wad(int(price * random.uniform(0.999, 1.001))),
        base_price_age_s=1.0,
        quote_price=Wad(WAD),
        best_bid=Wad(int(price * random.uniform(0.997, 0.9995))),
        best_ask=Wad(int(price * random.uniform(0.9995, 1.002))),
        book_age_s=1.0,
        position_amount=Wad(amount if sells else -amount),
        coin_usd=Wad(0),
        venue_usd=Wad(0),
        issuer_usd=Wad(0),
        day_entries_usd=Wad(0),
        day_result_usd=Wad(0),
        at_risk_usd=Wad(0),
        open_legs=0,
        free=Wad(amount * 2),
        venue_is_trading=True,
        ramp_usd=Wad(int(limits.max_order_usd) * WAD),
    )
    return order, facts


_PURPOSES = (Purpose.ENTRY,) * 5 + (Purpose.EXIT, Purpose.HEDGE, Purpose.FLATTEN)
Change = Callable[[Random, Order, Facts, RiskLimits], tuple[Order, Facts]]


def _sum(fact: str, limit: str) -> Change:
    def change(random: Random, order: Order, facts: Facts, limits: RiskLimits) -> Any:
        most = getattr(limits, limit)
        around = _dollars(random, 1.2 * most)
        exact = Wad(int(most) * WAD - order.amount + random.randrange(-1, 2))
        value = around if random.random() < 0.7 or exact < 0 else exact
        return order, replace(facts, **{fact: value})

    return change


def _set(fact: str, draw: Callable[[Random, Order], Any]) -> Change:
    def change(random: Random, order: Order, facts: Facts, _: RiskLimits) -> Any:
        return order, replace(facts, **{fact: draw(random, order)})

    return change


def _nudged(field: str) -> Change:
    def change(random: Random, order: Order, facts: Facts, _: RiskLimits) -> Any:
        value = int(getattr(order, field) * (1 + random.uniform(-0.06, 0.06)))
        return replace(order, **{field: Wad(value)}), facts

    return change


def _off(fact: str) -> Change:
    def change(random: Random, order: Order, facts: Facts, _: RiskLimits) -> Any:
        value = int(order.price * (1 + random.uniform(-0.06, 0.06)))
        return order, replace(facts, **{fact: Wad(value)})

    return change


def _nonsense(random: Random, order: Order, facts: Facts, _: RiskLimits) -> tuple[Order, Facts]:
    if order.purpose is not Purpose.ENTRY:
        fact = random.choice(("base_price", "best_bid", "best_ask", "book_age_s", "quote_price"))
        return order, replace(facts, **{fact: None})
    fact = random.choice(_NUMBERS)
    return order, replace(facts, **{fact: random.choice(_NONSENSE)})


def _market(_: Random, order: Order, facts: Facts, __: RiskLimits) -> tuple[Order, Facts]:
    return replace(order, kind=OrderKind.MARKET), facts


def _about(amount: int, random: Random) -> Wad:
    return Wad(int(amount * random.uniform(0.5, 1.5)))


_NUMBERS = ("equity_usd", "base_price", "base_price_age_s", "quote_price", "best_bid", "best_ask")
_NUMBERS += ("book_age_s", "coin_usd", "venue_usd", "issuer_usd", "day_entries_usd", "free")
_NUMBERS += ("at_risk_usd", "ramp_usd", "pending_exit")
_NETWORKS = ((), (_SHUT,), (_SHUT, _OPEN), (_SILENT,), (_SILENT, _SHUT))
_CHANGES: tuple[Change, ...] = (
    _sum("coin_usd", "max_coin_usd"),
    _sum("venue_usd", "max_venue_usd"),
    _sum("issuer_usd", "max_issuer_usd"),
    _sum("day_entries_usd", "max_day_usd"),
    _sum("ramp_usd", "max_order_usd"),
    _set("day_result_usd", lambda random, _: Wad(-_dollars(random, 6_000))),
    _set("at_risk_usd", lambda random, _: _dollars(random, 200_000)),
    _set("equity_usd", lambda random, _: _dollars(random, 100_000)),
    _set("open_legs", lambda random, _: random.randrange(7)),
    _set("free", lambda random, order: _about(order.amount, random)),
    _set("position_amount", lambda random, order: _about(order.amount, random)),
    _set("position_amount", lambda random, order: Wad(-_about(order.amount, random))),
    _set("pending_exit", lambda random, order: _about(order.amount // 10, random)),
    _set("base_price_age_s", lambda random, _: random.uniform(0, 8)),
    _set("book_age_s", lambda random, _: random.uniform(0, 8)),
    _set("quote_price", lambda random, _: Wad(int(WAD * random.uniform(0.97, 1.03)))),
    _set("is_trading", lambda random, _: random.random() < 0.5),
    _set("is_frozen", lambda random, _: random.random() < 0.5),
    _set("stopped", lambda random, _: random.choice(("", "breaker"))),
    _set("venue_is_trading", lambda random, _: random.choice((True, False, None))),
    _set("is_frozen_token", lambda random, _: random.choice((True, False, None))),
    _set("networks", lambda random, _: random.choice(_NETWORKS)),
    _off("base_price"),
    _off("best_bid"),
    _off("best_ask"),
    _nudged("price"),
    _nudged("amount"),
    _nonsense,
    _market,
)
