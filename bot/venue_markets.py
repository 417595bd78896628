"""What the venues of our accounts say now: books, rules, balances, networks; asked, not guessed.

What was asked a moment ago is not asked again; what a venue does not tell is None, and the reason
is told to who listens.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any

import msgspec

from bot.domain.errors import RepegError
from bot.domain.orders import Balance, MarketRules, NetworkStatus, VenueBook
from bot.domain.ticks import SourceKind
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.execution.exchange_connector import AccountDesk
from bot.feeds.feed import Clock

_BOOK_AGE_S = 0.1  # younger ones are used again
_MONEY_AGE_S = 15.0  # unless something was ordered or filled since
TERMS_AGE_S = 60.0  # rules and networks
_SHUT_AGE_S = 2.0  # of rules that say that nothing is traded
_LEVELS = 100
_LONG_AGO = Nanos(-(2**62))

Heard = Callable[[str, str], tuple[VenueBook, float] | None]
Trouble = Callable[[str, RepegError | None], None]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One venue where we have money."""

    venue: str
    desk: AccountDesk
    pairs: tuple[str, ...]
    kind: SourceKind = SourceKind.CEX
    fixed_usd: Wad = Wad(0)  # of one order, whatever its size: gas
    is_here: Callable[[], bool] = lambda: True  # False: not opened yet; nothing waits for it


class _Answer(msgspec.Struct, frozen=True):
    """What was told, and when by the monotonic clock."""

    told: Any
    at: Nanos


class VenueMarkets:
    """Asks each account's desk, a question at a time for each thing that is asked."""

    def __init__(
        self,
        accounts: Sequence[Account],
        clock: Clock,
        trouble: Trouble,
        heard: Heard = lambda _venue, _pair: None,
        *,
        terms_s: float = TERMS_AGE_S,
    ) -> None:
        """Rules and networks are asked for again after `terms_s`.

        `trouble` hears of every question to a venue: why it was not answered, None if it was.

        `heard` returns a book that needs no question, and its age; None where there is none.
        """
        self._heard, self._terms_s = heard, terms_s
        self.accounts: Mapping[str, Account] = {one.venue: one for one in accounts}
        self._clock, self._trouble = clock, trouble
        self._answers: dict[Hashable, _Answer] = {}
        self._asking: dict[Hashable, asyncio.Lock] = {}

    def pairs_of(self, asset: str) -> tuple[tuple[str, str], ...]:
        """Return venue and pair of every market whose base is the coin."""
        return tuple(
            (venue, pair)
            for venue, account in self.accounts.items()
            for pair in account.pairs
            if account.is_here() and pair.partition("/")[0] == asset
        )

    async def book(self, venue: str, pair: str) -> tuple[VenueBook, float] | None:
        """Return the book, and its age in seconds, by our monotonic clock."""
        account = self.accounts.get(venue)
        if account is None:
            return None
        told = self._heard(venue, pair)
        if told is not None:
            return told
        found = await self._asked(
            ("book", venue, pair), _BOOK_AGE_S, venue, lambda: account.desk.book(pair, _LEVELS)
        )
        return None if found is None else (found.told, self._age_s(found))

    async def rules(self, venue: str, pair: str) -> MarketRules | None:
        """Return what the venue takes, as it said lately; of a halted market, just now."""
        account = self.accounts.get(venue)
        if account is None:
            return None
        key = ("rules", venue, pair)
        known = self._answers.get(key)
        is_shut = known is not None and not known.told.is_trading
        age_s = _SHUT_AGE_S if is_shut else self._terms_s
        found = await self._asked(key, age_s, venue, lambda: account.desk.rules(pair))
        return None if found is None else found.told

    async def balances(self, venue: str) -> Mapping[str, Balance] | None:
        """Return what we have there by currency."""
        account = self.accounts.get(venue)
        if account is None:
            return None
        found = await self._asked(("money", venue), _MONEY_AGE_S, venue, account.desk.balances)
        return None if found is None else {one.currency: one for one in found.told}

    async def free(self, venue: str, currency: str) -> Wad | None:
        """Return what can be spent there of a currency; None: not told."""
        balances = await self.balances(venue)
        if balances is None:
            return None
        return balances[currency].free if currency in balances else Wad(0)

    async def networks(self, venue: str, currency: str) -> tuple[NetworkStatus, ...] | None:
        """Return how a currency can be moved; empty where the venue does not tell."""
        account = self.accounts.get(venue)
        if account is None:
            return None
        found = await self._asked(
            ("networks", venue, currency),
            self._terms_s,
            venue,
            lambda: account.desk.networks(currency),
        )
        return None if found is None else found.told

    def last_book(self, venue: str, pair: str) -> tuple[VenueBook, float] | None:
        """Return the newest book that was told, however old: for who must leave."""
        found = self._answers.get(("book", venue, pair))
        return None if found is None else (found.told, self._age_s(found))

    def last_rules(self, venue: str, pair: str) -> MarketRules | None:
        """Return the newest rules that were told."""
        found = self._answers.get(("rules", venue, pair))
        return None if found is None else found.told

    def last_balances(self, venue: str) -> Mapping[str, Balance] | None:
        """Return the newest balances that were told."""
        found = self._answers.get(("money", venue))
        return None if found is None else {one.currency: one for one in found.told}

    def forget(self, venue: str, *, rules: bool = False) -> None:
        """Something was ordered or filled there: what is free is to be asked anew.

        So are `rules`, where an order was refused: what is taken may have changed.
        """
        stale = {("money", venue)}
        if rules:
            stale |= {
                k for k in self._answers if isinstance(k, tuple) and k[:2] == ("rules", venue)
            }
        for key in stale & self._answers.keys():
            self._answers[key] = _Answer(self._answers[key].told, _LONG_AGO)

    async def _asked(
        self, key: Hashable, age_s: float, venue: str, ask: Callable[[], Awaitable[Any]]
    ) -> _Answer | None:
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = self._answers.get(key)
            if known is not None and self._age_s(known) <= age_s:
                return known
            asked_at = self._clock.monotonic()
            try:
                told = await ask()
            except RepegError as error:
                self._trouble(venue, error)
                return None
            self._trouble(venue, None)
            answer = _Answer(told, asked_at)
            self._answers[key] = answer
            return answer

    def _age_s(self, answer: _Answer) -> float:
        return (self._clock.monotonic() - answer.at) / NANOS_PER_S
