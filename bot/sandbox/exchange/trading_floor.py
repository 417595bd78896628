"""One venue as its dialect sees it: the engine, the clock, who may log in, what goes wrong."""

from decimal import Decimal

import msgspec

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.candle_book import CandleBook
from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.mishaps import Mishaps
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.spot_market import Fees, Market, Network
from bot.sandbox.exchange.venue_clock import VenueClock
from bot.sandbox.exchange.venue_engine import Engine


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Credentials of one account, in the venue's own form. They open nothing but the sandbox."""

    key: str
    secret: str
    account: str = "trader"
    may_withdraw: bool = False  # only told: nothing can be withdrawn here


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one venue lists, charges and knows."""

    venue: str  # a ccxt id
    markets: tuple[Market, ...]
    fees: Fees = Fees()
    limits: RequestLimits = RequestLimits()
    networks: dict[str, tuple[Network, ...]] = {}  # by currency; none: neither in nor out
    logins: tuple[Login, ...] = ()
    balances: dict[str, Decimal] = {}  # of every account that may log in


class Floor:
    """Lives on one event loop."""

    def __init__(self, options: VenueOptions, clock: VenueClock | None = None) -> None:
        self.venue, self.options = options.venue, options
        self.clock = clock or VenueClock()
        self.mishaps = Mishaps()
        self.engine = Engine(options.markets, options.fees, self.clock.event_time)
        self.networks = dict(options.networks)
        self.logins = {login.key: login for login in options.logins}
        self.candles = {market.pair: CandleBook() for market in options.markets}
        self.sockets: set[FrameSocket] = set()
        self.requests = 0
        for login in options.logins:
            if login.account not in self.engine.accounts:
                self.engine.open_account(login.account, options.balances)

    def open_socket(self) -> FrameSocket:
        """Return a socket for one client that is about to connect."""
        socket = FrameSocket(self.mishaps)
        self.sockets.add(socket)
        socket.on_close.append(lambda: self.sockets.discard(socket))
        return socket

    def order_mishap(self, mishap: Mishap) -> None:
        """Let something go wrong, at once where it needs no message to happen."""
        if mishap.kind is MishapKind.SKEW:
            self.clock.skew = Nanos(int(mishap.amount * NANOS_PER_S))
        elif mishap.kind is MishapKind.DISCONNECT:
            self.cut_sockets()
        else:
            self.mishaps.order(mishap)
            if mishap.kind is MishapKind.DOWN:
                self.cut_sockets()

    def mend(self) -> None:
        """Let nothing be wrong any more."""
        self.clock.skew = Nanos(0)
        self.mishaps.mend()

    def cut_sockets(self) -> None:
        """Cut all connections without a word."""
        for socket in tuple(self.sockets):
            socket.cut()
