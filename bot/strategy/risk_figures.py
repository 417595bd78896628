"""What a size puts at risk: exposure, worst case, expected shortfall, stop level."""

from collections.abc import Iterable

from bot.domain.trade_plans import RiskFigures
from bot.domain.units import WAD, Wad
from bot.strategy.entry_bets import Bet, expected_shortfall


def figures_of(exposure: Wad, bet: Bet, price: float, stop_price: Wad) -> RiskFigures:
    """Return the risk of `exposure` dollars entered at a price (par currency, fees included)."""
    return RiskFigures(
        exposure_usd=exposure,
        worst_case_usd=_share(exposure, bet.loss(price), bet.fixed_usd),
        expected_shortfall_usd=_share(
            exposure, expected_shortfall(bet.outcomes(price)), bet.fixed_usd
        ),
        stop_price=stop_price,
    )


def together(figures: Iterable[RiskFigures]) -> tuple[Wad, Wad, Wad]:
    """Return exposure, worst case and an upper bound of the expected shortfall of several.

    Coins fail together, so nothing is taken off for there being several of them: the sum is what
    expected shortfall cannot exceed (it is subadditive).
    """
    each = tuple(figures)
    return (
        Wad(sum(one.exposure_usd for one in each)),
        Wad(sum(one.worst_case_usd for one in each)),
        Wad(sum(one.expected_shortfall_usd for one in each)),
    )


def _share(exposure: Wad, share: float, fixed_usd: float) -> Wad:
    return Wad(exposure * round(share * WAD) // WAD + round(fixed_usd * WAD))
