"""Whether a deviation grows or shrinks, deaf to what is small beside it."""

from bot.domain.depegs import Status
from bot.strategy.detection_agreement import DetectionParameters


class Course:
    """Turns when a deviation has moved away from its last extreme by enough."""

    def __init__(self, parameters: DetectionParameters) -> None:
        """Take what is enough from `parameters`."""
        self._parameters = parameters
        self.begin(0.0)

    def begin(self, bps: float) -> None:
        """Start anew at a magnitude."""
        self._status, self._low, self._high = Status.ACTIVE, bps, bps
        self._worst = bps

    def follow(self, bps: float) -> Status:
        """Return where it goes with the next magnitude."""
        self._low, self._high = min(self._low, bps), max(self._high, bps)
        self._worst = max(self._worst, bps)
        if self._status is not Status.RECOVERING and bps <= self._high - self._enough(self._high):
            self._turn(Status.RECOVERING, bps)
        elif self._status is not Status.WORSENING and bps >= self._low + self._enough(self._low):
            self._turn(Status.WORSENING, bps)
        return self._status

    def _enough(self, extreme_bps: float) -> float:
        parameters = self._parameters
        least = max(parameters.turn_bps, self._worst * parameters.turn_worst_share)
        return max(least, extreme_bps * parameters.turn_share)

    def _turn(self, status: Status, bps: float) -> None:
        self._status, self._low, self._high = status, bps, bps
