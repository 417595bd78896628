"""Sky's converter between DAI and USDS: one to one, without fee or cap.

Fields a reader fills: `spec` (tokens: DAI, USDS), `block`, `live` (of the DAI join, which only
Maker's emergency shutdown ends).
"""

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import UINT256_MAX, Raw
from bot.domain.venues import PoolSpec

_RAY = 10**27
_TO_USDS = (0, 1)
_MOST = Raw(UINT256_MAX // _RAY)  # the joins multiply by a ray


class ConverterPool(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the converter works at `block`.

    Source: `DaiUsds.daiToUsds`, `DaiUsds.usdsToDai`, `DaiJoin`, `UsdsJoin`.
    """

    spec: PoolSpec
    block: int
    live: bool = True

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return the same amount."""
        return amount_in if 0 < amount_in <= self.max_in(i, j) else Raw(0)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the same amount."""
        return self.amount_out(i, j, amount_out)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what 256 bits hold; zero back to DAI once its join is caged."""
        return _MOST if self.live or (i, j) == _TO_USDS else Raw(0)

    def limits(self, i: int, j: int) -> Limits:
        """Return the whole range, or nothing after the shutdown."""
        return limits_up_to_max_in(self, i, j, Closed.KILLED)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return one, or zero where closed."""
        return 1.0 if self.max_in(i, j) else 0.0

    def images(self) -> tuple[Image, ...]:
        """Return one picture for each direction."""
        return rail_images(self)
