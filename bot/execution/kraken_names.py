"""Kraken's names of pairs and currencies, of which it has several each."""

from typing import Any

from bot.execution.order_errors import Meaning, VenueFault
from bot.execution.venue_line import Call, VenueLine

_MARKETS = Call(path="AssetPairs", api=("public",))
_OLD = {  # named before names were plain; currencies that came later are called what they are
    **{f"Z{name}": name for name in ("USD", "EUR", "GBP", "CAD", "JPY", "AUD")},
    **{f"X{name}": name for name in ("ETH", "LTC", "XRP", "XLM", "XMR", "ZEC", "ETC")},
    "XXBT": "BTC",
    "XBT": "BTC",
    "XXDG": "DOGE",
    "XDG": "DOGE",
}
_NEW = {"BTC": "XBT", "DOGE": "XDG"}


def currency_of(name: str) -> str:
    """Return our name of a currency."""
    return _OLD.get(name, name)


def kraken_currency(currency: str) -> str:
    """Return what Kraken calls a currency where it takes more than one name."""
    return _NEW.get(currency, currency)


class KrakenNames:
    """Asked for once; rules are asked for afresh."""

    def __init__(self, line: VenueLine) -> None:
        self._line = line
        self._keys: dict[str, str] = {}
        self._altnames: dict[str, str] = {}

    async def market(self, pair: str) -> tuple[str, Any]:
        """Return the key of a pair in answers, and its rules as Kraken tells them now.

        Raises:
            VenueFault: no answer, or it does not list the pair.
        """
        base, _, quote = pair.partition("/")
        asked = {"pair": kraken_currency(base) + kraken_currency(quote)}
        rows = (await self._line.ask(_MARKETS, asked))["result"]
        if len(rows) != 1:
            raise VenueFault(Meaning.REFUSED, f"it does not list {pair}")
        ((key, row),) = rows.items()
        self._keys[pair], self._altnames[pair] = key, row["altname"]
        return key, row

    async def key(self, pair: str) -> str:
        """Return the name of a pair in trades."""
        if pair not in self._keys:
            await self.market(pair)
        return self._keys[pair]

    async def altname(self, pair: str) -> str:
        """Return the name of a pair in orders."""
        if pair not in self._altnames:
            await self.market(pair)
        return self._altnames[pair]
