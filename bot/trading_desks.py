"""Gathers what an entry or an exit is planned on: markets as they are now, money, what is at risk.

Books are stamped with how old they are by a clock that never jumps, counted back from the time that
the plan goes by: recordings run faster than requests.
"""

import asyncio
from collections.abc import Iterable

import msgspec

from bot.coin_prices import CoinPrices
from bot.domain.coins import coin_of
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.risk_facts import PATIENCE_S, RiskFacts, Standing, soon
from bot.strategy.trading_means import Market, Means
from bot.venue_markets import VenueMarkets

_HURRY_S = 0.4


class TradingDesks:
    """Asks the venues of all accounts at once."""

    def __init__(
        self, markets: VenueMarkets, prices: CoinPrices, facts: RiskFacts, standing: Standing
    ) -> None:
        self._markets, self._prices = markets, prices
        self._facts, self._standing = facts, standing

    async def markets(
        self, asset: str, now: Nanos, *, to_leave: bool = False
    ) -> tuple[Market, ...]:
        """Return every market of a coin that our accounts can use and whose venue answers.

        Who is about `to_leave` waits half as long for a venue, and asks for no networks.
        """
        pairs = self._markets.pairs_of(asset)
        asked = (self._market(venue, pair, now, to_leave=to_leave) for venue, pair in pairs)
        return tuple(one for one in await asyncio.gather(*asked) if one is not None)

    def dollar(self, currency: str) -> Wad | None:
        """Return dollars per 1.0 of a currency, None where nobody knows."""
        return self._prices.now(currency)

    def dollars(self, asset: str, markets: Iterable[Market]) -> dict[str, Wad]:
        """Return dollars per 1.0 of the coin, its par currency and all quotes, where known."""
        named = {asset, coin_of(asset).par.currency, *(market.quote for market in markets)}
        return {name: price for name in named if (price := self._prices.now(name)) is not None}

    async def means(self, asset: str, now: Nanos) -> Means | str:
        """Return the means for an entry into a coin, or why there are none."""
        if not self._markets.pairs_of(asset):
            return "no account trades it"
        equity, markets = await asyncio.gather(self._facts.equity(), self.markets(asset, now))
        ramp = self._standing.ramp_usd()
        if equity is None or ramp is None:
            return "what we own is not known"
        if not markets:
            return "no venue told its book, rules and balances"
        exposure = self._facts.exposure()
        return Means(
            equity_usd=equity,
            ramp_usd=ramp,
            markets=markets,
            dollars=self.dollars(asset, markets),
            coin_usd=exposure.coin_usd,
            venue_usd=exposure.venue_usd,
            issuer_usd=exposure.issuer_usd,
            day_entries_usd=exposure.day_entries_usd,
            day_result_usd=exposure.day_result_usd,
            at_risk_usd=exposure.at_risk_usd,
        )

    async def _market(self, venue: str, pair: str, now: Nanos, *, to_leave: bool) -> Market | None:
        base, _, quote = pair.partition("/")
        markets, patience_s = self._markets, _HURRY_S if to_leave else PATIENCE_S
        book, rules, balances = await asyncio.gather(
            soon(markets.book, venue, pair, patience_s=patience_s),
            soon(markets.rules, venue, pair, patience_s=patience_s),
            soon(markets.balances, venue, patience_s=patience_s),
        )
        networks = None if to_leave else await soon(markets.networks, venue, base)
        # What is not told in time is as it was: books say how old they are, the gate asks again.
        book = book or markets.last_book(venue, pair)
        rules = rules or markets.last_rules(venue, pair)
        balances = balances or markets.last_balances(venue)
        if book is None or rules is None or balances is None:
            return None
        return Market(
            rules=rules,
            book=msgspec.structs.replace(book[0], at=Nanos(now - int(book[1] * NANOS_PER_S))),
            free_base=balances[base].free if base in balances else Wad(0),
            free_quote=balances[quote].free if quote in balances else Wad(0),
            networks=networks or (),
            kind=markets.accounts[venue].kind,
            fixed_usd=markets.accounts[venue].fixed_usd,
        )
