"""Which turns of a depeg are worth waking somebody for."""

from bot.domain.depegs import DepegChange, Severity, Turn

_TOLD = frozenset({Turn.CONFIRMED, Turn.SEVERER, Turn.WIDER, Turn.RESOLVED})


def is_alert(change: DepegChange, least: Severity = Severity.MODERATE) -> bool:
    """Return whether a turn is told: one that several observers saw, of a depeg that matters.

    RESOLVED is the all-clear to an alert that came before.
    """
    depeg = change.depeg
    if depeg.confirmed_at is None or depeg.severity.value < least.value:
        return False
    return change.turn in _TOLD
