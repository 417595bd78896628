"""MakerDAO's LitePSM: USDC against DAI at one to one, less a fee set by governance.

Fields a reader fills: `spec` (tokens: gem, DAI), `block`, `tin`, `tout`, `factor`
(`to18ConversionFactor`), `dai_balance` (of the module), `gem_balance` (of its pocket).
"""

import msgspec

from bot.domain.units import UINT256_MAX, WAD, Raw, Wad
from bot.domain.venues import PoolSpec

HALTED = Wad(UINT256_MAX)
_SELL_GEM = (0, 1)


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
            gross = amount_out * self.factor
            paid = gross + gross * self.tout // WAD
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return the input that the cash on the other side still covers."""
        if (i, j) == _SELL_GEM:
            if self.tin >= WAD:  # halted, or pays nothing
                return Raw(0)
            return Raw(self.dai_balance * WAD // (self.factor * (WAD - self.tin)))
        if self.tout == HALTED or not self.gem_balance:
            return Raw(0)
        cost_of_one_too_many = (self.gem_balance + 1) * self.factor * (WAD + self.tout) // WAD
        return Raw(cost_of_one_too_many - 1)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units."""
        if not self.max_in(i, j):
            return 0.0
        if (i, j) == _SELL_GEM:
            return self.factor * (WAD - self.tin) / WAD
        return WAD / (self.factor * (WAD + self.tout))
