"""Puts the parts of the position engine together: gate, rounds, emergencies, status."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bot.account_desks import Desk, market_accounts, trading_accounts
from bot.coin_prices import CoinPrices
from bot.config import Config
from bot.control.alerts import Notifier
from bot.control.breakers import Breakers
from bot.control.condition_watch import ConditionWatch
from bot.control.emergency import EmergencyProtocol
from bot.control.ledger_hands import LedgerHands
from bot.control.risk_gate import RiskGate
from bot.control.size_ramp import RAMP, SizeRamp
from bot.domain.errors import RepegError
from bot.domain.ticks import Redemption, Tick
from bot.domain.venues import CHAIN_VENUE
from bot.emergency_watch import EmergencyParts, EmergencyWatch
from bot.execution.account_options import Credentials
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.feed import Clock, Feed
from bot.feeds.steady_clock import SteadyClock
from bot.flash_board import FlashBoard
from bot.heard_books import HeardBooks
from bot.hedge_round import HedgeRound
from bot.hedge_search import HedgeParts
from bot.modes import Mode
from bot.monitor import Monitor
from bot.order_poll import OrderPoll
from bot.other_prices import OtherPrices
from bot.position_engine import EngineParts, PositionEngine
from bot.position_exits import ExitParts, ExitRound
from bot.position_round import EntryParts, EntryRound
from bot.position_status import StatusParts, StatusTeller
from bot.ramp_keeper import RampKeeper
from bot.report_keeper import ReportKeeper
from bot.risk_facts import RiskFacts, Standing
from bot.strategy.entry_planning import EntryPlanner
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.sizing import PositionSizer
from bot.token_sources import open_token_watch, stoppable
from bot.trading_desks import TradingDesks
from bot.venue_markets import VenueMarkets

Recorded = Tick | Redemption
_GATE_PATIENCE_S = 2.0


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from one run to the next: the mode, keys, and in a recording its time."""

    mode: Mode
    credentials: Mapping[str, Credentials]
    clock: Clock = SteadyClock()
    feeds: Sequence[Feed] = ()  # beside those of the configuration
    before: Sequence[Recorded] = ()  # what was said before, told at once
    flash: FlashBoard | None = None  # of the atomic engine, where one runs beside
    only_leaves: bool = False  # whatever may be entered, this process does not


class Assembly:
    """Puts the engine together; a class, for its parts need one another."""

    def __init__(
        self, config: Config, outside: Outside, books: LedgerBooks, monitor: Monitor
    ) -> None:
        self._config, self._books, self._monitor = config, books, monitor
        self._clock, self._mode = outside.clock, outside.mode
        self._only_leaves = outside.only_leaves
        self._board = outside.flash or FlashBoard(outside.clock)
        self._emergency: EmergencyWatch | None = None
        self._engine: PositionEngine | None = None

    def engine(self, desks: Mapping[str, Desk], notifier: Notifier, status: Path) -> PositionEngine:
        """Return the engine; without desks it only watches and judges."""
        config, clock, ledger = self._config, self._clock, self._books.ledger
        pairs = {venue: desk.pairs for venue, desk in desks.items()}
        markets = VenueMarkets(
            market_accounts(config, desks),
            clock,
            self._trouble,
            self._heard_books().book,
            terms_s=config.trading.terms_s,
        )
        prices = CoinPrices(self._monitor.watch.watch, clock)
        ramp = SizeRamp(config.risk, ledger.decided(RAMP), is_live=self._mode is Mode.LIVE)
        breakers = Breakers(config.breaker)
        tokens = open_token_watch(config, stoppable(pairs), clock, on_chain=CHAIN_VENUE in desks)
        standing = Standing(
            is_ready=self._is_ready,
            stopped=self._stopped,
            ramp_usd=ramp.earned,
            is_frozen_token=tokens.is_stopped,
        )
        facts = RiskFacts(ledger, markets, prices, standing, clock)
        gate = RiskGate(config.risk, facts, ledger.orders.__contains__, patience_s=_GATE_PATIENCE_S)
        manager = OrderManager(self._books, trading_accounts(desks), gate, clock, config.orders)
        trading = TradingDesks(markets, prices, facts, standing)
        entries, exits = self._rounds(trading, gate, manager)
        hedges = HedgeRound(
            HedgeParts(
                desks=trading,
                gate=gate,
                books=self._books,
                manager=manager,
                clock=clock,
                limits=config.risk,
                options=config.trading,
                parameters=config.hedge,
                coins=tuple(
                    sorted({pair.partition("/")[0] for pair in pairs.get(CHAIN_VENUE, ())})
                ),
            ),
            notifier.tell,
        )
        hands = LedgerHands(self._books, manager, exits.look)
        protocol = EmergencyProtocol(hands, notifier.tell, clock.now, config.emergency)
        keeper = RampKeeper(ramp, self._books, prices, clock)
        self._emergency = EmergencyWatch(
            EmergencyParts(
                ledger=ledger,
                facts=facts,
                desks=trading,
                markets=markets,
                breakers=breakers,
                protocol=protocol,
                conditions=ConditionWatch(protocol, clock.now, clock.monotonic),
                lost_the_day=keeper.lost_the_day,
                limits=config.risk,
                parameters=config.emergency,
                clock=clock,
            ),
            lambda: exits.blind,
        )
        teller = StatusTeller(
            StatusParts(
                mode=self._mode,
                path=status,
                ledger=ledger,
                facts=facts,
                prices=prices,
                ramp=ramp,
                emergency=self._emergency,
                progress=exits.progress,
            )
        )
        self._engine = PositionEngine(
            EngineParts(
                monitor=self._monitor,
                prices=prices,
                books=self._books,
                manager=manager,
                entries=entries,
                exits=exits,
                hedges=hedges,
                markets=markets,
                emergency=self._emergency,
                ramp=keeper,
                reports=ReportKeeper(self._books, prices, clock),
                teller=teller,
                tokens=tokens,
                poll=OrderPoll(
                    {venue: desk.orders for venue, desk in desks.items()},
                    self._books,
                    manager,
                    clock,
                ),
                arrived=next(filter(None, (d.arrived for d in desks.values())), asyncio.Event()),
                others=OtherPrices(ledger, markets, prices, clock),
                streams=tuple(desk.stream for desk in desks.values() if desk.stream),
                clock=clock,
                options=config.trading,
            )
        )
        return self._engine

    def _heard_books(self) -> HeardBooks:
        feeds = self._monitor.feeds
        return HeardBooks([f for f in feeds if isinstance(f, ExchangeStream)], self._clock)

    def _rounds(
        self, desks: TradingDesks, gate: RiskGate, manager: OrderManager
    ) -> tuple[EntryRound, ExitRound]:
        config, watch = self._config, self._monitor.watch
        sizer = PositionSizer(config.sizing, config.risk, config.exits)
        entries = EntryRound(
            EntryParts(
                watch=watch,
                classifier=watch.classifier,
                desks=desks,
                planner=EntryPlanner(sizer, config.exits),
                gate=gate,
                books=self._books,
                detection=config.detection,
                manager=manager,
                clock=self._clock,
                options=config.trading,
                flash=lambda coin: self._board.offer_for(coin, desks.dollar),
            )
        )
        exits = ExitRound(
            ExitParts(
                watch=watch,
                classifier=watch.classifier,
                exits=ExitWatch(config.exits, config.costs),
                desks=desks,
                limits=config.risk,
                books=self._books,
                manager=manager,
                clock=self._clock,
                options=config.trading,
            )
        )
        return entries, exits

    def _trouble(self, venue: str, error: RepegError | None) -> None:
        if self._emergency is not None:
            self._emergency.trouble(venue, error)

    def _stopped(self, coin: str, venue: str) -> str:
        if self._only_leaves:
            return "this process only leaves"
        if self._emergency is None:
            return "the engine is not put together yet"
        return self._emergency.stopped(coin, venue)

    def _is_ready(self) -> bool:
        return self._engine is not None and self._engine.is_ready
