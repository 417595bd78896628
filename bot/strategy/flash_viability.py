"""Flash loan, own capital, or both: decided on expected dollars.

A flash loan pays for what can be done within one transaction: certain once it lands, free when it
does not, nothing held. The executor that runs it holds no money of its own, so own capital never
replaces the loan there; it buys what must be held. The two exclude each other only where they take
the same liquidity.
"""

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from bot.domain.assets import USDC
from bot.domain.units import WAD, Raw, Wad, human, to_wad_down

if TYPE_CHECKING:  # the search comes with machine code, seconds that positions do not wait for
    from bot.strategy.offers import Offer

_NOTHING = Wad(0)


class Funding(Enum):
    """What pays for it."""

    FLASH = "flash loan"
    CAPITAL = "own capital"
    MIXED = "both"
    NEITHER = "neither"


class FlashOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction that the atomic engine could send."""

    net_usd: Wad  # after loan fee, gas and tip, if it lands; may be below 0
    cost_usd: Wad  # gas and tip of it
    loan_usd: Wad
    landing: float  # chance that it is included as planned; missing costs nothing
    pools: tuple[str, ...] = ()  # whose liquidity it takes, for people

    @property
    def expected_usd(self) -> Wad:
        """What it is worth before it is sent."""
        return Wad(self.net_usd * round(self.landing * WAD) // WAD)


class CapitalOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One entry with own money."""

    usd: Wad
    expected_usd: Wad  # probability-weighted, after everything
    risk: float  # 0 none .. 1 all of it

    @property
    def worth_usd(self) -> Wad:
        """What is expected, less by its risk: as opportunities are ranked."""
        if self.expected_usd <= 0:
            return self.expected_usd
        return Wad(self.expected_usd * round((1.0 - self.risk) * WAD) // WAD)


class FlashComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The choice and the figures it rests on, in dollars; None: not possible."""

    choice: Funding
    flash_usd: Wad | None
    capital_usd: Wad | None
    mixed_usd: Wad | None
    reason: str


class FlashEvaluator:
    """Compares what is expected of each."""

    def __init__(self, least_usd: Wad = _NOTHING) -> None:
        self._least = least_usd

    def compare(
        self, flash: FlashOffer | None, capital: CapitalOffer | None, beside: CapitalOffer | None
    ) -> FlashComparison:
        """Return what is worth most; of equals the loan first: nothing is held.

        Args:
            flash: What one transaction would earn.
            capital: The entry on all markets.
            beside: The entry at exchanges alone: on chain the transaction takes what is there.
        """
        flash_usd = None if flash is None else flash.expected_usd
        capital_usd = None if capital is None else capital.worth_usd
        mixed = None if flash is None or beside is None else flash.expected_usd + beside.worth_usd
        offers = (
            (Funding.FLASH, flash_usd),
            (Funding.MIXED, None if mixed is None else Wad(mixed)),
            (Funding.CAPITAL, capital_usd),
        )
        known = [(choice, usd) for choice, usd in offers if usd is not None]
        choice, best = max(known, key=lambda one: one[1], default=(Funding.NEITHER, Wad(0)))
        if best <= self._least:
            choice = Funding.NEITHER
        return FlashComparison(
            choice=choice,
            flash_usd=flash_usd,
            capital_usd=capital_usd,
            mixed_usd=offers[1][1],
            reason=_told(choice, offers, flash),
        )


def flash_offer_of(offer: "Offer", usdc_usd: Wad, landing: float) -> FlashOffer:
    """Return what the atomic engine found, in dollars.

    It counts in USDC; where that is the coin in doubt, its price decides what the gain is worth.
    """
    decimals = offer.token.decimals
    loaned = sum(loan.amount for loan in offer.loans if loan.token == offer.token)
    pools = [leg.pool.name for leg in offer.legs]
    pools += [loan.pool.name for loan in offer.loans if loan.pool is not None]
    return FlashOffer(
        net_usd=Wad(offer.net_usdc * 10 ** (18 - USDC.decimals) * usdc_usd // WAD),
        cost_usd=Wad(to_wad_down(offer.bid.cost, decimals) * usdc_usd // WAD),
        loan_usd=Wad(to_wad_down(Raw(loaned), decimals) * usdc_usd // WAD),
        landing=landing,
        pools=tuple(dict.fromkeys(pools)),
    )


def _told(
    choice: Funding, offers: tuple[tuple[Funding, Wad | None], ...], flash: FlashOffer | None
) -> str:
    figures = ", ".join(
        f"{name.value} {'not possible' if usd is None else f'{human(usd, 18)} usd'}"
        for name, usd in offers
    )
    if flash is None:
        return f"{choice.value}: {figures}"
    loan = f"loan of {human(flash.loan_usd, 18)}, gas and tip {human(flash.cost_usd, 18)}"
    return f"{choice.value}: {figures} ({loan}, {flash.landing:.0%} to land)"
