"""What forbids holding a coin, whatever any score says.

Each veto is one way in which coins did not come back. None of them is weighed against a gain: a
coin that is lost is lost whole.
"""

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Depeg, Severity, Side
from bot.domain.opportunities import DepegClass, Veto
from bot.strategy.evidence import Evidence, RedemptionState

_DOUBTFUL_BPS = Severity.SEVERE.value  # from here the market says that something is wrong


def vetoes(depeg: Depeg, evidence: Evidence) -> tuple[Veto, ...]:
    """Return every veto on holding through a depeg, in the order of their declaration."""
    coin, jump = evidence.coin, evidence.supply_jump_bps
    found = {
        Veto.REDEMPTION_SUSPENDED: _is_suspended(depeg, evidence),
        Veto.BACKING_UNKNOWN: _is_backing_unknown(depeg, evidence),
        Veto.REFLEXIVE: coin.reflexive,
        Veto.BUG_MINT: jump is not None and jump > coin.mint_cap_bps,
        Veto.VENUE_LOCAL: depeg.breadth is Breadth.VENUE_LOCAL,
    }
    return tuple(veto for veto, holds in found.items() if holds)


def depeg_class(depeg: Depeg, evidence: Evidence) -> DepegClass:
    """Return what sort of depeg it is.

    Terminal are a coin that stands on itself, one minted by a bug, and one of which nobody knows
    what it stands on while nobody takes it near par.
    """
    found = vetoes(depeg, evidence)
    unknown = evidence.coin.backing is Backing.UNKNOWN
    refused = unknown and evidence.redemption is not RedemptionState.OPEN
    if Veto.REFLEXIVE in found or Veto.BUG_MINT in found or refused:
        return DepegClass.TERMINAL
    return DepegClass.VENUE_LOCAL if Veto.VENUE_LOCAL in found else DepegClass.TEMPORARY


def _is_suspended(depeg: Depeg, evidence: Evidence) -> bool:
    """A premium is not held by redeeming."""
    return depeg.side is Side.DISCOUNT and evidence.redemption is RedemptionState.SUSPENDED


def _is_backing_unknown(depeg: Depeg, evidence: Evidence) -> bool:
    """A coin that is not listed; or one so low that backing is in doubt, with nothing to say no.

    Somebody who pays par now answers the question, and so does a loss that was told: how much of
    it is lost is then for the belief to weigh.
    """
    if evidence.coin.backing is Backing.UNKNOWN:
        return True
    if depeg.side is Side.PREMIUM or depeg.trough_bps < _DOUBTFUL_BPS:
        return False
    answered = evidence.redemption is RedemptionState.OPEN or evidence.hit_share is not None
    return not answered
