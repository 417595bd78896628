"""Who stands behind a coin: coins of one issuer fail together.

As the issuers publish; a coin that is not listed is taken for its own issuer.
"""

_COINS_OF = {
    "Circle": ("USDC", "EURC"),
    "Tether": ("USDT", "EURT", "XAUT"),
    "Paxos": ("BUSD", "USDP", "PYUSD", "USDG", "PAXG"),
    "Sky": ("DAI", "USDS", "sDAI", "sUSDS"),
    "Ethena": ("USDe", "sUSDe"),
    "Frax": ("FRAX", "frxUSD"),
    "Terra": ("UST", "USTC"),
    "Angle": ("agEUR", "EURA", "USDA"),
}
_ISSUERS = {coin.upper(): issuer for issuer, coins in _COINS_OF.items() for coin in coins}


def issuer_of(symbol: str) -> str:
    """Return who stands behind a coin; the coin's own name where that is not listed."""
    return _ISSUERS.get(symbol.upper(), symbol)
