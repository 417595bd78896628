"""A running engine, `repeg run` as a process, whose venues can be made to misbehave."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import structlog
from crash.comparison import differences, faults
from crash.own_books import read_own_books
from crash.true_books import Flows, read_true_books
from msgspec.structs import replace
from support.paper_runs import PaperRun
from support.quick_venues import (
    QUICK,
    QUICK_TRADING,
    WIDE_LIMITS,
    accounts_at,
    keys_of,
    patient,
)

from bot.domain.errors import JournalUnusable
from bot.domain.orders import OrderState, Purpose
from bot.domain.trade_plans import Held
from bot.sandbox.exchange.exchange_options import BINANCE, COINBASE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.local_exchange import start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.spot_market import Market
from bot.strategy.order_records import OrderRecord

CHEAP, BACK, PAR = "0.9700", "0.9998", "1.0000"
PAIRS = {"binance": ("USDC/USDT",), "kraken": ("USDC/USD", "USDC/USDT", "USDT/USD")}
READY_S = 60.0  # two cores, and others at work on them
_SETTINGS = f"""
[costs]
loss_if_never_bps = 200.0
cex_fee_bps = 5.0
[evidence]
hit_shares = {{ USDC = 0.0 }}
[breaker]
open_s = 1.0
longest_open_s = 1.0
{QUICK}{QUICK_TRADING}terms_s = 1.0
reconcile_s = 3.0
{WIDE_LIMITS}max_terminal_loss = 0.01
ramp_usd = [5_000.0]
"""
# Whose dollars are known though a venue is out; nothing is traded there.
_TETHERS = """
[[streams]]
venue = "coinbase"
pairs = ["USDT/USD"]
options = {{ url = "{url}" }}
"""


class FaultStage:
    """Leaving the with-block ends everything."""

    def __init__(self, folder: Path, more: str = "", shape: LadderShape | None = None) -> None:
        venues = (patient(BINANCE), patient(KRAKEN), patient(COINBASE))
        options = LocalExchangeOptions(venues=venues, shape=shape or LadderShape())
        self.exchange = start_exchange(options)
        self.say(PAR)
        self.opening: Flows = read_true_books(self.exchange).totals()
        self.run = PaperRun(folder, more + _SETTINGS + self._venues())
        self.run.environment |= keys_of(self.exchange)
        self.has_run = False

    def start(self, **environment: str) -> Self:
        """Start the engine, and wait until it may trade and has heard all books."""
        before = len(self.run.events("trading_ready")) if self.has_run else 0
        self.has_run = True
        self.run.start(**environment)
        self.until(lambda: len(self.run.events("trading_ready")) > before, READY_S)
        time.sleep(2.0)
        return self

    def say(self, price: str, venues: Mapping[str, tuple[str, ...]] = PAIRS) -> None:
        """Quote the coin so in dollars and tethers; tethers stay at par."""
        for venue, pairs in venues.items():
            for pair in pairs:
                self.exchange.set_price(venue, pair, PAR if pair == "USDT/USD" else price)

    def goes_wrong(
        self, kind: MishapKind, venue: str = "", request: str = "", **how: float
    ) -> None:
        """Let one thing go wrong."""
        self.exchange.misbehave(Mishap(kind=kind, venue=venue, request=request, **how))  # type: ignore[arg-type]

    def set_market(self, venue: str, pair: str, **changes: object) -> None:
        """Change rules or state of a market, as it was first but for `changes`."""
        self.exchange.set_market(venue, replace(self._market(venue, pair), **changes))

    def calm(self) -> None:
        """Mend everything; the coin at par."""
        self.exchange.mend()
        self.exchange.misbehave(Mishap(kind=MishapKind.SKEW, amount=0.0))
        for options in self.exchange.options.venues:
            for pair in PAIRS.get(options.venue, ()):
                self.set_market(options.venue, pair)
            for currency, networks in options.networks.items():
                self.exchange.set_networks(options.venue, currency, networks)
        self.say(PAR)

    def enter(self, price: str = CHEAP) -> Held:
        """Let the coin fall until a position is held; return it."""
        self.say(price)
        self.until(lambda: any(one.left and not one.on_entry for one in self.held))
        return next(one for one in self.held if one.left)

    def leave(self) -> None:
        """Let the coin come back until nothing is held."""
        self.say(BACK)
        self.until(lambda: not self.held)

    @property
    def held(self) -> list[Held]:
        """Open positions that hold something, by the journal."""
        ledger = self.run.ledger()
        found = [ledger.held(name) for name in ledger.open_positions]
        return [one for one in found if one.left > 0]

    def orders(self, purpose: Purpose | None = None) -> list[OrderRecord]:
        """Orders by the journal, all or those of a purpose."""
        records = self.run.ledger().orders.values()
        return [one for one in records if purpose is None or one.order.purpose is purpose]

    def until(self, holds: Callable[[], bool], patience_s: float = 30.0) -> float:
        """Wait for something; return the seconds that took."""
        return self.run.until(_readable(holds), patience_s)

    def disagreements(self) -> list[str]:
        """Return what the journal says otherwise than the venues, to the last unit."""
        own, true = read_own_books(self.run.orders), read_true_books(self.exchange)
        return [*faults(own, true), *differences(own, true, self.opening)]

    def agrees(self, patience_s: float = 20.0) -> None:
        """Require that the journal says what the venues do, as soon as news have arrived."""
        until = time.monotonic() + patience_s
        while (told := self.disagreements()) and time.monotonic() < until:
            time.sleep(0.2)
        assert told == []
        assert not [r for r in self.orders() if r.state is OrderState.UNKNOWN]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.run.__exit__()
        self.exchange.stop()

    def _market(self, venue: str, pair: str) -> Market:
        options = next(one for one in self.exchange.options.venues if one.venue == venue)
        return next(market for market in options.markets if market.pair == pair)

    def _venues(self) -> str:
        url = self.exchange.url
        return accounts_at(url, PAIRS, "timeout_s = 2.0") + _TETHERS.format(url=url)


def _readable(holds: Callable[[], bool]) -> Callable[[], bool]:
    """A journal that is just being made says nothing yet."""

    def asked() -> bool:
        try:
            return holds()
        except JournalUnusable as error:
            structlog.get_logger().debug("not_readable_yet", reason=str(error))
            return False

    return asked
