"""MakerDAO's peg modules: a gem against DAI at one to one, less a fee set by governance.

Fields a reader fills for all: `spec` (tokens: gem, DAI), `block`, `tin`, `tout`, `factor` (base
units of DAI per base unit of gem), `gem_balance` (gem that can be bought); for LitePSM also
`dai_balance` (of the module; its gem is in its pocket); for others see their own file.
"""

from abc import ABCMeta, abstractmethod

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import UINT256_MAX, WAD, Raw, Wad
from bot.domain.venues import PoolSpec

HALTED = Wad(UINT256_MAX)
_SELL_GEM = (0, 1)


class _Abstract(msgspec.StructMeta, ABCMeta):
    """Structs with parts that their kinds must fill."""


class PegModule(msgspec.Struct, metaclass=_Abstract, frozen=True, kw_only=True):
    """Fees and gem of a module at `block`; what ends its sales is each module's own.

    Buying gem is asked in gem, so `amount_in` of DAI buys the most gem it can pay for; what is left
    is worth less than one base unit of gem. Fees are rounded down.
    """

    spec: PoolSpec
    block: int
    tin: Wad
    tout: Wad
    factor: int
    gem_balance: Raw

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the module pays; zero when halted or above what it has."""
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        if (i, j) == _SELL_GEM:
            gross = amount_in * self.factor
            return Raw(gross - gross * self.tin // WAD)
        # The largest gem with floor(gem * factor * (1 + tout)) <= amount_in.
        return Raw(((amount_in + 1) * WAD - 1) // (self.factor * (WAD + self.tout)))

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays at least `amount_out`; zero when nothing does.

        Gem that is bought costs exactly this much DAI.
        """
        if amount_out <= 0 or not self.max_in(i, j):
            return Raw(0)
        if (i, j) == _SELL_GEM:
            paid = (amount_out - 1) * WAD // (self.factor * (WAD - self.tin)) + 1
        else:
            paid = self._price_of(amount_out)
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return the gem that can be sold, or the DAI that buys all gem."""
        if (i, j) == _SELL_GEM:
            return self.most_sold() if self.sells() else Raw(0)
        if self.tout == HALTED or not self.gem_balance:
            return Raw(0)
        return Raw(self._price_of(self.gem_balance + 1) - 1)

    def limits(self, i: int, j: int) -> Limits:
        """Return what the module has as a limit; a fee of all or of `HALTED` closes a direction."""
        if (i, j) == _SELL_GEM:
            closed = self.sold_out() if self.sells() else Closed.HALTED
        else:
            closed = Closed.HALTED if self.tout == HALTED else Closed.EMPTY
        return limits_up_to_max_in(self, i, j, closed)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units."""
        if not self.max_in(i, j):
            return 0.0
        if (i, j) == _SELL_GEM:
            return self.factor * (WAD - self.tin) / WAD
        return WAD / (self.factor * (WAD + self.tout))

    def images(self) -> tuple[Image, ...]:
        """Return one picture for each direction."""
        return rail_images(self)

    def sells(self) -> bool:
        """Return whether the module takes gem for something."""
        return self.tin < WAD  # halted, or pays nothing

    @abstractmethod
    def most_sold(self) -> Raw:
        """Return the gem it can take while it sells."""

    @abstractmethod
    def sold_out(self) -> Closed:
        """Return what it lacks when it can take none."""

    def _price_of(self, gem: int) -> int:
        gross = gem * self.factor
        return gross + gross * self.tout // WAD


class PegModulePool(PegModule, frozen=True, kw_only=True):
    """LitePSM: gem is paid for out of the DAI that the module holds.

    Source: `DssLitePsm.sellGem`, `DssLitePsm.buyGem`.
    """

    dai_balance: Raw

    def most_sold(self) -> Raw:
        """Return the gem whose price the module's DAI covers."""
        return Raw(self.dai_balance * WAD // (self.factor * (WAD - self.tin)))

    def sold_out(self) -> Closed:
        """Return that its DAI is gone."""
        return Closed.EMPTY
