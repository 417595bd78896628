"""Tells breakers and the emergency protocol what the engine sees, and answers what they stop."""

from collections.abc import Callable

import msgspec

from bot.control.breakers import Breakers
from bot.control.condition_watch import ConditionWatch
from bot.control.conditions import Condition, EmergencyParameters, is_thin
from bot.control.emergency import EmergencyProtocol
from bot.domain.depegs import Side
from bot.domain.errors import BooksDisagree, RepegError
from bot.domain.ledger_events import Commanded, LedgerEvent, OrderAnswered, OrderIntended
from bot.domain.orders import OrderState, Purpose
from bot.domain.risk import RiskLimits
from bot.domain.ticks import Fault, Message, Restored
from bot.domain.trade_plans import Held
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.feed import Clock
from bot.risk_facts import RiskFacts, soon
from bot.slippage import slippage_bps
from bot.strategy.ledger import Ledger
from bot.trading_desks import TradingDesks
from bot.venue_markets import VenueMarkets

_DAY_S = 86_400
_THIN_EVERY_S = 5.0


class EmergencyParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine's emergencies are seen by, and told with."""

    ledger: Ledger
    facts: RiskFacts
    desks: TradingDesks
    markets: VenueMarkets
    breakers: Breakers
    protocol: EmergencyProtocol
    conditions: ConditionWatch
    lost_the_day: Callable[[], None]
    limits: RiskLimits
    parameters: EmergencyParameters
    clock: Clock


class EmergencyWatch:
    """Looks once a second; what is told in between is acted on at the next look."""

    def __init__(self, parts: EmergencyParts, blind: Callable[[], frozenset[str]]) -> None:
        """`blind`: the positions whose coin has had no price for too long."""
        self._parts, self._blind = parts, blind
        self._out: dict[tuple[str, str], str] = {}  # venue and pair: what is wrong with the feed
        self._disagree: dict[str, str] = {}  # by venue
        self._fault: str | None = None
        self._kill: str | None = None
        self._counted: set[str] = set()
        self._looked_thin = Nanos(0)
        self._thin: dict[str, str | None] = {}
        self._was_blind: frozenset[str] = frozenset()
        self._shut: set[tuple[str, str]] = set()

    def stopped(self, coin: str, venue: str) -> str:
        """Return why there are no entries of a coin at a venue; empty: there may be."""
        parts = self._parts
        told = parts.protocol.stopped(coin, venue)
        return told or parts.breakers.why_stopped(venue, parts.clock.monotonic())

    async def look(self) -> None:
        """See every condition, and let the protocol do what those that hold ask for."""
        see, parts = self._parts.conditions.see, self._parts
        await see(Condition.ENGINE_FAULT, detail=self._fault)
        commands = parts.ledger.commands
        by_hand = "frozen" if commands.is_frozen else "paused" if commands.is_paused else None
        await see(Condition.STOPPED_BY_HAND, detail=by_hand)
        await see(Condition.KILL_SWITCH, detail=self._kill)
        await self._see_loss()
        held = [parts.ledger.held(name) for name in parts.ledger.open_positions]
        await self._see_coins(held)
        for venue in parts.markets.accounts:
            await see(Condition.BOOKS_DISAGREE, venue=venue, detail=self._disagree.get(venue))
            await see(Condition.EXCHANGE_OUTAGE, venue=venue, detail=self._outage(venue))
            reason = parts.breakers.why_stopped(venue, parts.clock.monotonic())
            await see(Condition.CIRCUIT_BREAKER, venue=venue, detail=reason or None)

    def reasons(self) -> tuple[str, ...]:
        """Return everything that stops entries now, in words."""
        return tuple(
            f"{one.condition.value} {one.coin or one.venue} {one.detail}".replace("  ", " ").strip()
            for one in self._parts.protocol.lasting
        )

    def hear(self, event: LedgerEvent) -> None:
        """Take what was written down: what venues answer, how fills came out, who commands."""
        parts, mono = self._parts, self._parts.clock.monotonic()
        match event:
            case OrderIntended(order=order) if order.purpose is Purpose.ENTRY:
                parts.breakers.began(order.venue, mono)
            case OrderAnswered(client_id=name, state=state) if name in parts.ledger.orders:
                venue = parts.ledger.orders[name].order.venue
                if state in (OrderState.UNKNOWN, OrderState.REJECTED):
                    parts.breakers.failed(venue, event.note or state.value, mono)
                else:
                    parts.breakers.succeeded(venue, mono)
            case Commanded(command="resume"):
                self._fault = self._kill = None
            case Commanded(command="flatten", subject="", by=by):
                self._kill = f"by {by}"
            case _:
                self._count_slippage()

    def hear_message(self, message: Message) -> None:
        """Take what a feed says of itself."""
        if isinstance(message, Fault):
            self._out[message.venue, message.pair] = message.what.value
        elif isinstance(message, Restored):
            for pair in (message.pair, ""):  # where one speaks, the venue does
                self._out.pop((message.venue, pair), None)

    def trouble(self, venue: str, error: RepegError | None) -> None:
        """A venue did not answer a question; None: it did."""
        breakers, mono = self._parts.breakers, self._parts.clock.monotonic()
        if error is None:
            breakers.succeeded(venue, mono)
        else:
            breakers.failed(venue, str(error), mono)

    def books_disagree(self, error: BooksDisagree | None) -> None:
        """Our books are not the venues'; None: they agree again."""
        found = {} if error is None else error.by_venue
        self._disagree = {venue: "; ".join(said) for venue, said in found.items()}

    def engine_fault(self, where: str, error: Exception) -> None:
        """Something was not foreseen."""
        self._fault = f"{type(error).__name__} in {where}"

    def _outage(self, venue: str) -> str | None:
        """A venue is out of reach when every pair of ours there is."""
        account = self._parts.markets.accounts[venue]
        if not account.is_here():
            return "it could not be opened yet"
        pairs = account.pairs
        if (venue, "") in self._out:
            return self._out[venue, ""]
        faults = [self._out.get((venue, pair)) for pair in pairs]
        return faults[0] if faults and None not in faults else None

    async def _see_loss(self) -> None:
        parts = self._parts
        lost = -parts.facts.exposure().day_result_usd / WAD
        limit = parts.limits.max_daily_loss_usd
        detail = f"{lost:,.2f} usd lost today, at most {limit:,.2f}" if lost >= limit else None
        await parts.conditions.see(Condition.DAILY_LOSS, detail=detail)
        if detail is not None:
            passed_s = parts.clock.now() / NANOS_PER_S % _DAY_S
            rest_s = _DAY_S - passed_s
            parts.lost_the_day()
            parts.breakers.lost(detail, parts.clock.monotonic(), rest_of_day_s=rest_s)

    async def _see_coins(self, held: list[Held]) -> None:
        parts, blind = self._parts, self._blind()
        coins = {one.plan.asset for one in held}
        dark = {one.plan.asset for one in held if one.plan.position in blind}
        for coin in sorted(coins | self._was_blind):
            detail = "no price of it" if coin in dark else None
            await parts.conditions.see(Condition.FEED_FAILURE, coin=coin, detail=detail)
        self._was_blind = frozenset(dark)
        await self._see_shut(held)
        if parts.clock.monotonic() - self._looked_thin >= _THIN_EVERY_S * NANOS_PER_S:
            self._looked_thin = parts.clock.monotonic()
            found = {one.plan.asset: await self._thinness(one) for one in held if one.left > 0}
            self._thin = {**dict.fromkeys(self._thin), **found}
        for coin, told in tuple(self._thin.items()):
            await parts.conditions.see(Condition.LIQUIDITY_CRISIS, coin=coin, detail=told)
            if told is None:
                del self._thin[coin]

    async def _see_shut(self, held: list[Held]) -> None:
        """Coins that cannot get away from where they are held; a venue may tell nothing of it."""
        now = {
            (one.plan.asset, venue) for one in held for venue, left in one.at_venues.items() if left
        }
        for coin, venue in sorted(now | self._shut):
            networks = await soon(self._parts.markets.networks, venue, coin) or ()
            told = [one.withdrawals_open for one in networks if one.withdrawals_open is not None]
            is_shut = (coin, venue) in now and bool(told) and not any(told)
            detail = f"none of {len(told)} networks is open" if is_shut else None
            await self._parts.conditions.see(
                Condition.SHUT_IN, coin=coin, venue=venue, detail=detail
            )
            (self._shut.add if is_shut else self._shut.discard)((coin, venue))

    async def _thinness(self, held: Held) -> str | None:
        parts = self._parts
        markets = await parts.desks.markets(held.plan.asset, parts.clock.now())
        books = [one.book for one in markets if held.at_venues.get(one.venue, 0) > 0]
        buys_back = held.plan.side is Side.PREMIUM
        if not books or not is_thin(held.left, books, parts.parameters, buys_back=buys_back):
            return None
        return f"the books take less than {parts.parameters.thin_share:.0%} of what is held"

    def _count_slippage(self) -> None:
        parts = self._parts
        for name in parts.ledger.open_positions:
            plan = parts.ledger.held(name).plan
            entries = [r for r in parts.ledger.orders_of(name) if r.order.purpose is Purpose.ENTRY]
            for record, planned in zip(entries, plan.orders, strict=False):
                slipped = slippage_bps(record, planned)
                if record.client_id in self._counted or slipped is None:
                    continue
                self._counted.add(record.client_id)
                venue, mono = record.order.venue, parts.clock.monotonic()
                parts.breakers.slipped(venue, slipped, mono)
