"""Section `[trading]`: how the engine goes about it; what it may do at most is `[risk]`."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class TradingOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds by our monotonic clock."""

    look_s: Seconds = 1.0  # between two looks at everything, if nothing turns before
    commands_s: Annotated[float, msgspec.Meta(gt=0, le=0.2)] = 0.2  # between two looks for commands
    poll_s: Seconds = 2.0  # between two questions about what is open or unknown
    reconcile_s: Seconds = 60.0  # between two comparisons of our books with the venues'
    terms_s: Seconds = 60.0  # between two questions for a venue's rules and networks
    entry_rest_s: Seconds = 30.0  # a resting entry is cancelled after so long
    exit_rest_s: Seconds = 30.0  # the same of an exit: it is then priced anew
    reentries: Annotated[int, msgspec.Meta(ge=0)] = 0  # into a depeg that was entered before
    pause_s: Annotated[float, msgspec.Meta(ge=0)] = 30.0  # after one, or after a refusal
