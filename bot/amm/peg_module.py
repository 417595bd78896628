"""MakerDAO's LitePSM: USDC against DAI at one to one, less a fee set by governance.

Fields a reader fills: `spec` (tokens: gem, DAI), `block`, `tin`, `tout`, `factor`
(`to18ConversionFactor`), `dai_balance` (of the module), `gem_balance` (of its pocket).
"""

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import UINT256_MAX, WAD, Raw, Wad
from bot.domain.venues import PoolSpec

HALTED = Wad(UINT256_MAX)
SELL_GEM = (0, 1)


def gem_for(dai: Raw, factor: int, tout: Wad) -> Raw:
    """Return the most gem that costs at most `dai`."""
    return Raw(((dai + 1) * WAD - 1) // (factor * (WAD + tout)))


def price_of_gem(gem: Raw, factor: int, tout: Wad) -> Raw:
    """Return the DAI that `gem` costs; its fee is rounded down, as all Maker's modules do."""
    gross = gem * factor
    return Raw(gross + gross * tout // WAD)


class PegModulePool(msgspec.Struct, frozen=True, kw_only=True):
    """Fees and cash of the module at `block`.

    Selling gem pays DAI out of the module's balance. Buying gem is asked in gem, so `amount_in` of
    DAI buys the most gem it can pay for; what is left is worth less than one base unit of gem.

    Source: `DssLitePsm.sellGem`, `DssLitePsm.buyGem`.
    """

    spec: PoolSpec
    block: int
    tin: Wad
    tout: Wad
    factor: int  # base units of DAI per base unit of gem
    dai_balance: Raw
    gem_balance: Raw

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the module pays; zero when halted or above its cash."""
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        if (i, j) == SELL_GEM:
            gross = amount_in * self.factor
            return Raw(gross - gross * self.tin // WAD)
        return gem_for(amount_in, self.factor, self.tout)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays at least `amount_out`; zero when nothing does.

        Gem that is bought costs exactly this much DAI.
        """
        if amount_out <= 0 or not self.max_in(i, j):
            return Raw(0)
        if (i, j) == SELL_GEM:
            paid = (amount_out - 1) * WAD // (self.factor * (WAD - self.tin)) + 1
        else:
            paid = price_of_gem(amount_out, self.factor, self.tout)
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return the input that the cash on the other side still covers."""
        if (i, j) == SELL_GEM:
            if self.tin >= WAD:  # halted, or pays nothing
                return Raw(0)
            return Raw(self.dai_balance * WAD // (self.factor * (WAD - self.tin)))
        if self.tout == HALTED or not self.gem_balance:
            return Raw(0)
        return Raw(price_of_gem(Raw(self.gem_balance + 1), self.factor, self.tout) - 1)

    def limits(self, i: int, j: int) -> Limits:
        """Return the cash as a limit; a fee of all or of `HALTED` closes a direction."""
        stopped = self.tin >= WAD if (i, j) == SELL_GEM else self.tout == HALTED
        return limits_up_to_max_in(self, i, j, Closed.HALTED if stopped else Closed.EMPTY)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units."""
        if not self.max_in(i, j):
            return 0.0
        if (i, j) == SELL_GEM:
            return self.factor * (WAD - self.tin) / WAD
        return WAD / (self.factor * (WAD + self.tout))

    def images(self) -> tuple[Image, ...]:
        """Return one picture for each direction."""
        return rail_images(self)
