"""Balances, rules, books and ways out at Kraken spot, in its words.

Source: Kraken spot REST documentation, read 2026.
"""

from decimal import Decimal
from typing import Any

from bot.domain.orders import Balance, Level, MarketRules, NetworkStatus, VenueBook
from bot.domain.units import Wad
from bot.execution.kraken_names import KrakenNames, currency_of, kraken_currency
from bot.execution.order_errors import Meaning, VenueFault
from bot.execution.venue_books import book_of
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import decimal_of, wad_at_least_0, wad_of

_BALANCES = Call(path="BalanceEx", verb="POST")
_FEES = Call(path="TradeVolume", verb="POST")
_BOOK = Call(path="Depth", api=("public",))
_CURRENCIES = Call(path="Assets", api=("public",))
_WAYS_IN = Call(path="DepositMethods", verb="POST")
_WAYS_OUT = Call(path="WithdrawMethods", verb="POST")
_KEY = Call(path="GetApiKeyInfo", verb="POST")
_BPS_PER_PERCENT = 100
_STATUS = {  # of a currency: deposits, withdrawals
    "enabled": (True, True),
    "deposit_only": (True, False),
    "withdrawal_only": (False, True),
    "funding_temporarily_disabled": (False, False),
    "disabled": (False, False),
}


class KrakenMoney:
    """Of one key."""

    def __init__(self, line: VenueLine, names: KrakenNames) -> None:
        self._line, self._names = line, names

    async def balances(self) -> tuple[Balance, ...]:
        """Return what is held; what is put out to earn has a name with a point, and is left out."""
        rows = (await self._line.ask(_BALANCES))["result"]
        found = []
        for name, row in rows.items():
            total, held = wad_of(row["balance"]), wad_at_least_0(row["hold_trade"])
            if "." not in name and total > 0:
                found.append(
                    Balance(
                        venue=self._line.venue,
                        currency=currency_of(name),
                        free=Wad(max(total - held, 0)),
                        held=held,
                    )
                )
        return tuple(found)

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken now."""
        key, row = await self._names.market(pair)
        said = (await self._line.ask(_FEES, {"pair": row["altname"]}))["result"]
        taker = said["fees"][key]["fee"]
        maker = (said.get("fees_maker") or said["fees"])[key]["fee"]
        tick = row.get("tick_size") or Decimal(1).scaleb(-int(row["pair_decimals"]))
        return MarketRules(
            venue=self._line.venue,
            pair=pair,
            tick=wad_at_least_0(tick),
            step=wad_at_least_0(Decimal(1).scaleb(-int(row["lot_decimals"]))),
            min_amount=wad_at_least_0(row["ordermin"]),
            min_value=wad_at_least_0(row.get("costmin") or 0),
            maker_fee_bps=float(decimal_of(maker) * _BPS_PER_PERCENT),
            taker_fee_bps=float(decimal_of(taker) * _BPS_PER_PERCENT),
            is_trading=row["status"] == "online",
        )

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book; sizes have three decimals."""
        name = await self._names.altname(pair)
        asked = {"pair": name, "count": min(max(levels, 1), 500)}
        ((_, row),) = (await self._line.ask(_BOOK, asked))["result"].items()
        bids, asks = (
            tuple(
                Level(price=wad_at_least_0(price), amount=wad_at_least_0(amount))
                for price, amount, _ in row[side]
                if decimal_of(amount)  # less than it can say
            )
            for side in ("bids", "asks")
        )
        return book_of(self._line.venue, pair, bids, asks, levels=levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return the open ways in and out; closed ones are not told, but that all are is."""
        asked = {"asset": kraken_currency(currency)}
        ((_, row),) = (await self._line.ask(_CURRENCIES, asked))["result"].items()
        may = _STATUS.get(row.get("status"), (None, None))
        try:
            ways_out = (await self._line.ask(_WAYS_OUT, asked))["result"]
            ways_in = (await self._line.ask(_WAYS_IN, asked))["result"]
        except VenueFault as fault:
            if fault.meaning is not Meaning.REFUSED:
                raise
            return (self._way(currency, "any", may),)  # the key may not ask
        names_in = {str(way["method"]) for way in ways_in}
        found = [
            self._way(
                currency,
                str(way.get("network") or way["method"]),
                (str(way["method"]) in names_in and may[0] is not False, may[1] is not False),
                way.get("fee"),
            )
            for way in ways_out
        ]
        return tuple(found) or (self._way(currency, "any", (bool(names_in), False)),)

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may withdraw."""
        said = (await self._line.ask(_KEY))["result"].get("permissions")
        if not isinstance(said, list):
            return None
        return any("withdraw" in str(one).lower() for one in said)

    def _way(
        self,
        currency: str,
        network: str,
        is_open: tuple[bool | None, bool | None],
        fee: Any = None,
    ) -> NetworkStatus:
        paid = fee.get("fee") if isinstance(fee, dict) else None
        return NetworkStatus(
            venue=self._line.venue,
            currency=currency,
            network=network,
            deposits_open=is_open[0],
            withdrawals_open=is_open[1],
            withdrawal_fee=None if paid is None else wad_at_least_0(paid),
        )
