"""Coins that should be worth something fixed, and what that is.

Par is data: not every coin's is one dollar. Classes follow what the issuers publish; where a coin
is not listed nothing is known of its backing, and it is never held.
"""

from enum import Enum

import msgspec

from bot.domain.units import WAD, Wad

_DOLLAR = "USD"


class Backing(Enum):
    """What stands behind a coin."""

    FIAT = "fiat-backed"
    CRYPTO = "crypto-collateral"
    ALGORITHMIC = "algorithmic"
    SYNTHETIC = "synthetic"
    YIELD = "RWA/yield"
    UNKNOWN = "unknown"


class Par(msgspec.Struct, frozen=True, kw_only=True):
    """What a coin should be worth: a price, or a band that its design keeps it in."""

    currency: str = _DOLLAR
    low: Wad = Wad(WAD)
    high: Wad = Wad(WAD)

    def off_bps(self, price: Wad) -> float:
        """Return how far outside of the band a price is, above zero: a premium."""
        edge = self.low if price < self.low else min(price, self.high)
        return (price - edge) * 1e4 / edge


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """One coin as it is designed."""

    symbol: str
    par: Par = Par()
    backing: Backing = Backing.UNKNOWN
    reflexive: bool = False  # backed by itself, its sister token, or loops of them
    mint_cap_bps: int = 500  # of supply per hour: more is taken for a bug


def _coins(backing: Backing, *symbols: str, reflexive: bool = False) -> tuple[Coin, ...]:
    return tuple(Coin(symbol=s, backing=backing, reflexive=reflexive) for s in symbols)


_EURO = Par(currency="EUR")
_LUSD_BAND = Par(low=Wad(985 * 10**15), high=Wad(11 * 10**17))  # redemption floor, minting ceiling

COINS = (
    *_coins(Backing.FIAT, "USDC", "USDT", "BUSD", "TUSD", "USDP", "GUSD", "PYUSD", "FDUSD"),
    *_coins(Backing.FIAT, "HUSD", "RLUSD", "USD1", "USDG"),
    *_coins(Backing.CRYPTO, "DAI", "USDS", "GHO", "crvUSD", "FRAX", "MIM"),
    *_coins(Backing.CRYPTO, "sUSD", reflexive=True),
    *_coins(Backing.ALGORITHMIC, "UST", "USTC", "USDN", "USDD", "FEI", reflexive=True),
    *_coins(Backing.SYNTHETIC, "USDe"),
    *_coins(Backing.SYNTHETIC, "xUSD", "deUSD", "USDX", reflexive=True),
    Coin(symbol="LUSD", backing=Backing.CRYPTO, par=_LUSD_BAND),
    *(Coin(symbol=s, backing=Backing.FIAT, par=_EURO) for s in ("EURC", "EURS", "EURI")),
    Coin(symbol="agEUR", backing=Backing.CRYPTO, par=_EURO),
    Coin(symbol="EURA", backing=Backing.CRYPTO, par=_EURO),
    # A bond: redeemable early at 0.87, at par in 2028 only.
    Coin(symbol="USD0++", backing=Backing.YIELD, par=Par(low=Wad(87 * 10**16), high=Wad(WAD))),
)
_BY_SYMBOL = {coin.symbol.upper(): coin for coin in COINS}


def coin_of(symbol: str) -> Coin:
    """Return the coin, or one of which only the usual par is assumed."""
    return _BY_SYMBOL.get(symbol.upper(), Coin(symbol=symbol))
