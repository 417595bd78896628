"""A recording played to a position: one decision a minute, carried out on a thin book at once."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from support.held_positions import entry_plan, wad

from bot.domain.coins import coin_of
from bot.domain.depegs import Depeg, Side
from bot.domain.orders import Level, MarketRules, VenueBook
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import Held, Leave, PlannedOrder
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.domain.views import AssetView
from bot.feeds.replay_feed import read_prices
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters
from bot.operations.detection_run import paced
from bot.strategy.cash_worth import worth_usd
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence_memory import EvidenceMemory, EvidenceParameters
from bot.strategy.exit_ladders import ExitMeans
from bot.strategy.exit_orders import exit_orders
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for
from bot.strategy.exit_situation import situation_of
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.price_watch import PriceWatch
from bot.strategy.trading_means import Market

_MINUTE = 60 * NANOS_PER_S
_FEE_BPS = 10
_VENUE = "kraken"


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """One decision to leave, and what it brought."""

    leave: Leave
    price: float  # consensus
    order: PlannedOrder


class Played(msgspec.Struct, kw_only=True):
    """What became of the position."""

    held: Held
    lowest: float  # consensus while it was held
    exits: list[Exit] = []

    @property
    def gain_usd(self) -> float:
        """Of what is closed, net of fees."""
        worth = worth_usd(self.held.cash, {})
        assert worth is not None
        return worth / WAD


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """When to enter, and by what to leave."""

    asset: str
    since: Nanos
    low: float  # entered at the first price between these
    high: float
    usd: float = 10_000.0
    parameters: ExitParameters = ExitParameters()
    hit_share: float | None = None
    is_trusted: bool = False  # taken for a coin that stands on something, whatever it does


class ExitPlay:
    """Hears a price file; enters once, and asks every minute whether to leave."""

    def __init__(self, prices: Path, wish: Wish) -> None:
        self._messages = read_prices(prices)
        self._wish = wish
        hit = {} if wish.hit_share is None else {wish.asset: wish.hit_share}
        memory = EvidenceMemory(EvidenceParameters(hit_shares=hit, rail_age_s=None))
        consensus = Consensus(paced(self._messages, ConsensusParameters()))
        self._watch = PriceWatch(consensus, DepegDetector(), memory)
        self._model, self._exits = read_model(), ExitWatch(wish.parameters)
        self._depeg: Depeg | None = None
        self.played: Played | None = None

    def run(self) -> Played:
        """Play all of it."""
        for _ in self._minutes():
            view = self._watch.views.get(self._wish.asset)
            if not isinstance(view, AssetView):
                continue
            if self.played is None:
                self._enter(view)
            elif self.played.held.left:
                self._decide(self.played, view)
        assert self.played is not None, "it was never at that price"
        return self.played

    def _minutes(self) -> Iterator[Nanos]:
        due = self._wish.since
        for message in self._messages:
            if message.at >= due and self._watch.event_time:
                yield due
                due = Nanos(message.at + _MINUTE)
            for change in self._watch.hear(message):
                if change.depeg.asset == self._wish.asset:
                    self._depeg = change.depeg

    def _enter(self, view: AssetView) -> None:
        wish, price = self._wish, view.price
        if not wish.low <= price / WAD <= wish.high or self._depeg is None:
            return
        now, evidence = self._watch.event_time, self._watch.evidence(wish.asset)
        belief = self._model.belief(self._depeg, evidence, now)
        entry = Entry(side=Side.DISCOUNT, price=price, par=coin_of(wish.asset).par)
        plan = entry_plan(exit_plan_for(entry, belief, wish.parameters, now), asset=wish.asset)
        coins = wad(int(wish.usd * WAD / price))
        paid = coins * price * (10_000 + _FEE_BPS) // (10_000 * WAD)
        held = Held(
            plan=plan,
            bought=coins,
            left=coins,
            at_venues={_VENUE: coins},
            cash={"USD": Wad(-paid)},
            fees={},
            opened_at=now,
        )
        self.played = Played(held=held, lowest=price / WAD)

    def _decide(self, played: Played, view: AssetView) -> None:
        assert self._depeg is not None
        held = played.held
        played.lowest = min(played.lowest, view.price / WAD)
        now = situation_of(held, self._watch, self._depeg, self._model)
        if self._wish.is_trusted:
            coin = msgspec.structs.replace(coin_of("DAI"), symbol=self._wish.asset)
            sound = msgspec.structs.replace(now.evidence, coin=coin, hit_share=0.0)
            outlook = self._model.outlook(now.depeg, sound, now.now)
            now = msgspec.structs.replace(now, evidence=sound, outlook=outlook)
        found = self._exits.decide(held, now)
        if isinstance(found, Leave):
            self._leave(played, found, view)

    def _leave(self, played: Played, leave: Leave, view: AssetView) -> None:
        held = played.held
        means = ExitMeans(
            markets=(_market(held, view),), dollars={}, limits=RiskLimits(), now=view.at
        )
        for order in exit_orders(leave, held, means).orders:
            got = order.amount * order.expected_price * (10_000 - _FEE_BPS) // (10_000 * WAD)
            left = Wad(held.left - order.amount)
            played.held = msgspec.structs.replace(
                held,
                left=left,
                at_venues={_VENUE: left},
                cash={"USD": Wad(held.cash["USD"] + got)},
                closed_at=None if left else leave.at,
            )
            played.exits.append(Exit(leave=leave, price=view.price / WAD, order=order))


def _market(held: Held, view: AssetView) -> Market:
    """A book around the consensus: 2,000 coins a basis point, from one basis point on."""
    pair, unit = f"{held.plan.asset}/USD", 10**14
    steps = [Wad(view.price * (10_000 - n) // 10_000 // unit * unit) for n in range(1, 30)]
    bids = tuple(Level(price=price, amount=wad(2_000)) for price in dict.fromkeys(steps))
    asks = (Level(price=Wad(view.price + 2 * unit), amount=wad(2_000)),)
    rules = MarketRules(
        venue=_VENUE,
        pair=pair,
        tick=Wad(unit),
        step=wad(0.01),
        min_amount=wad(5),
        min_value=Wad(0),
        maker_fee_bps=0.0,
        taker_fee_bps=float(_FEE_BPS),
        is_trading=True,
    )
    book = VenueBook(venue=_VENUE, pair=pair, bids=bids, asks=asks, at=view.at)
    return Market(rules=rules, book=book, free_base=held.left)
