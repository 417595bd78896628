"""What is worth telling a person who is elsewhere."""

from enum import Enum

import msgspec

from bot.domain.units import Nanos


class Severity(Enum):
    """How urgent; a number above is more so."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3  # somebody should look now


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One message; alerts of one `subject` are the same one said again."""

    severity: Severity
    subject: str  # "EXCHANGE_OUTAGE kraken"
    text: str
    at: Nanos
