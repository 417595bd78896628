"""How one exchange is listened to."""

from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds by our own clocks, unless said otherwise."""

    url: str | None = None  # of a local stand-in, which is not paced; None: the exchange itself
    timeout_s: Positive = 5.0  # of one request, and of waiting for a snapshot that was asked for
    silence_s: Positive = (
        2.0  # a venue that beats every second and says nothing for so long is gone
    )
    doubt_s: Positive = 1.0  # a pair of a venue without a beat is silent: REST is asked
    audit_s: Positive = 15.0  # the same for venues with one
    grace_s: Positive = 0.5  # a socket may lag REST by so much
    repeat_s: Positive = 0.25  # an unchanged price is told at most so often
    max_skew_s: Positive = 10.0  # between a venue's time and ours, either way
    max_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 4_000_000  # of one message
    max_levels: Annotated[int, msgspec.Meta(ge=100)] = 20_000  # of one side of a book
    trusted_s: Positive = 600.0  # a price is held against one that is no older, for powers of ten
    first_retry_s: Positive = 0.1
    last_retry_s: Positive = 30.0
    fastest_poll_s: Positive = 0.5  # of REST while a socket is out of trust, in a storm
    slowest_poll_s: Positive = 5.0  # in a calm
    poll_step_bps: Positive = 2.0  # a poll is due when the price is expected to have moved so far
