"""Maker's first peg stability modules: a gem against newly minted DAI, up to a ceiling of debt.

Fields a reader fills: `spec` (tokens: gem, DAI), `block`, `tin`, `tout`, `factor` (base units of
DAI per base unit of gem), `headroom` (DAI the vat still lets the module mint: the lesser of its own
line and the global one, less the debt), `gem_balance` (gem that its debt can buy back), `live` (of
its gem join).
"""

import msgspec

from bot.amm.image import Image
from bot.amm.peg_module import HALTED, SELL_GEM, gem_for, price_of_gem
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import WAD, Raw, Wad
from bot.domain.venues import PoolSpec


class MakerPsmPool(msgspec.Struct, frozen=True, kw_only=True):
    """Fees, gems and room for debt of the module at `block`.

    The whole price of what is sold becomes debt, the fee included. Nothing halts this module; but
    the executor refuses it while a fee reads as LitePSM's halt.

    Source: `DssPsm.sellGem`, `DssPsm.buyGem`, `AuthGemJoin5`.
    """

    spec: PoolSpec
    block: int
    tin: Wad
    tout: Wad
    factor: int
    headroom: Raw
    gem_balance: Raw
    live: bool = True

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the module pays; zero above the ceiling or its gems."""
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
        """Return the gem that still fits under the ceiling, or the DAI that buys all gems."""
        if (i, j) == SELL_GEM:
            return Raw(self.headroom // self.factor) if self._sells() else Raw(0)
        if self.tout == HALTED or not self.gem_balance:
            return Raw(0)
        return Raw(price_of_gem(Raw(self.gem_balance + 1), self.factor, self.tout) - 1)

    def limits(self, i: int, j: int) -> Limits:
        """Return ceiling or gems as a limit."""
        if (i, j) != SELL_GEM:
            closed = Closed.HALTED if self.tout == HALTED else Closed.EMPTY
        else:
            closed = Closed.CAPPED if self._sells() else Closed.HALTED
        return limits_up_to_max_in(self, i, j, closed)

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

    def _sells(self) -> bool:
        return self.live and self.tin < WAD  # a fee of all pays nothing, above it fails
