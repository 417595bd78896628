"""Chainlink's answers on Ethereum mainnet: proxies, which stay while what is behind them changes.

A heartbeat is how long Chainlink may be silent while the price stands still; it is told off chain
only. Addresses as found in protocols' own lists in 2026. Those of USDC, USDT and DAI answered in
the recorded state of block 18476512; all are asked for name and decimals before they are believed.
"""

import msgspec

from bot.domain.pool_checks import Check
from bot.domain.units import Address

_DAY_S = 86_400
_HOUR_S = 3_600
SOURCE = "several protocols' lists, 2026"


class PriceOracle(msgspec.Struct, frozen=True, kw_only=True):
    """Where one price is told, as a number of `decimals` digits after the point."""

    asset: str
    proxy: Address
    heartbeat_s: int
    currency: str = "USD"
    decimals: int = 8
    description: str = ""  # by the contract; empty: as the pair is usually written

    @property
    def pair(self) -> str:
        """The pair as exchanges write it."""
        return f"{self.asset}/{self.currency}"

    @property
    def checks(self) -> tuple[Check, ...]:
        """What confirms that this is the price that is meant, at this scale."""
        described = self.description or f"{self.asset} / {self.currency}"
        return (
            Check(target=self.proxy, view="decimals()", expects=self.decimals),
            Check(target=self.proxy, view="description()", expects=described, reads_text=True),
        )


def _told(asset: str, proxy: str, heartbeat_s: int, description: str = "") -> PriceOracle:
    return PriceOracle(
        asset=asset, proxy=Address(proxy), heartbeat_s=heartbeat_s, description=description
    )


MAINNET_ORACLES = (
    _told("USDC", "0x8fFfFfd4AfB6115b954Bd326cbe7B4BA576818f6", _DAY_S),
    _told("USDT", "0x3E7d1eAB13ad0104d2750B8863b489D65364e32D", _DAY_S),
    _told("DAI", "0xAed0c38402a5d19df6E4c03F4E2DceD6e29c1ee9", _HOUR_S),
    _told("sUSD", "0xad35Bd71b9aFE6e4bDc266B345c198eaDEf9Ad94", _DAY_S),
    _told("USDS", "0xfF30586cD0F29eD462364C7e81375FC0C71219b1", _DAY_S),
    _told("GHO", "0x3f12643D3f6f874d39C2a4c9f2Cd6f2DbAC877FC", _DAY_S),
    _told("crvUSD", "0xEEf0C605546958c1f899b6fB336C20671f9cD49F", _DAY_S, "CRVUSD / USD"),
    _told("FRAX", "0xB9E1E3A9feFf48998E45Fa90847ed4D467E8BcfD", _HOUR_S),
    _told("LUSD", "0x3D7aE7E594f2f2091Ad8798313450130d0Aba3a0", _HOUR_S),
    _told("PYUSD", "0x8f1dF6D7F2db73eECE86a18b4381F4707b918FB1", _DAY_S),
    _told("USDe", "0xa569d910839Ae8865Da8F8e70FfFb0cBA869F961", _DAY_S),
    _told("EURC", "0x04F84020Fdf10d9ee64D1dcC2986EDF2F556DA11", _DAY_S),
    _told("EUR", "0xb49f677943BC038e9857d61E7d053CaA2C1734C1", _DAY_S),
)
