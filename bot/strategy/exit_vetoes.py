"""Which vetoes make one leave what is held already."""

from bot.domain.coins import Backing
from bot.domain.opportunities import Veto
from bot.strategy.exit_situation import Situation
from bot.strategy.vetoes import vetoes

_NOT_TO_ENTER_ONLY = (Veto.VENUE_LOCAL,)  # elsewhere it is near par: there is no loss to flee


def exit_vetoes(situation: Situation) -> tuple[Veto, ...]:
    """Return the vetoes that have appeared, in the order of their declaration.

    There were none when it was entered. That nobody says what backs it counts, but not where the
    only reason is that a rail which was open is not heard any more: that is a fault of its feed.
    """
    found = vetoes(situation.depeg, situation.evidence)
    return tuple(
        veto for veto in found if veto not in _NOT_TO_ENTER_ONLY and not _is_deaf(veto, situation)
    )


def _is_deaf(veto: Veto, situation: Situation) -> bool:
    evidence = situation.evidence
    listed = evidence.coin.backing is not Backing.UNKNOWN
    return veto is Veto.BACKING_UNKNOWN and listed and bool(evidence.unheard)
