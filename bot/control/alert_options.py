"""Section `[alerts]`. Where alerts go is a secret, and comes from the environment alone."""

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from bot.control.alert import Severity

ALERTS = "REPEG_ALERTS"  # addresses as apprise takes them, split by spaces; tokens are in them

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class AlertOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told, and how often at most."""

    least: str = "warning"  # info, warning or critical
    repeat_s: Seconds = 300.0  # the same thing is not said again within
    per_minute: Annotated[int, msgspec.Meta(ge=1)] = 10  # critical ones are not counted
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0  # of one service

    def __post_init__(self) -> None:
        if self.least.upper() not in Severity.__members__:
            raise ValueError(f"least: {self.least!r} is not info, warning or critical")

    @property
    def least_severity(self) -> Severity:
        """From which severity on a person is told; all are logged."""
        return Severity[self.least.upper()]


def alert_urls(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses that alerts go to; none where the variable is not set."""
    return tuple(part for part in re.split(r"\s+", environment.get(ALERTS, "")) if part)
