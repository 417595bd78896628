"""Maker's first peg stability modules: a gem against newly minted DAI, up to a ceiling of debt.

Fields a reader fills besides those of every peg module: `headroom` (DAI the vat still lets the
module mint: the lesser of its own line and the global one, less the debt), `live` (of its gem
join). `gem_balance` is what its debt can buy back.
"""

from bot.amm.peg_module import PegModule
from bot.amm.pool import Closed
from bot.domain.units import Raw


class MakerPsmPool(PegModule, frozen=True, kw_only=True):
    """Gem is paid for with new debt: its whole price counts, the fee included.

    Nothing halts this module; but the executor refuses it while a fee reads as LitePSM's halt.

    Source: `DssPsm.sellGem`, `DssPsm.buyGem`, `AuthGemJoin5`.
    """

    headroom: Raw
    live: bool = True

    def sells(self) -> bool:
        """Return whether the join takes gem, for something."""
        return self.live and super().sells()

    def most_sold(self) -> Raw:
        """Return the gem whose price still fits under the ceiling."""
        return Raw(self.headroom // self.factor)

    def sold_out(self) -> Closed:
        """Return that the ceiling is reached."""
        return Closed.CAPPED
