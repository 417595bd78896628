"""What can be made to go wrong at the local exchange; shared with who orders it."""

import enum

import msgspec


class MishapKind(enum.StrEnum):
    """Ways in which a venue misbehaves on purpose."""

    # what is said over sockets
    STALL = "stall"  # nothing is said any more; connections stay up and are pinged
    GAP = "gap"  # one message less, its number used up
    TRUNCATED = "truncated"  # the first half of a message, or of an answer
    GIANT = "giant"  # `amount` bytes of nonsense
    GARBAGE = "garbage"  # a true message, maimed in one of many ways
    DISCONNECT = "disconnect"  # every socket is cut, once
    BAD_CHECKSUM = "bad_checksum"
    # what books say, over sockets and over REST
    CROSSED = "crossed"
    ZERO = "zero"
    NEGATIVE = "negative"
    NOT_A_NUMBER = "not_a_number"
    SHIFTED = "shifted"  # by `amount` decimals, 1 if not told
    EMPTY = "empty"  # snapshots without levels, updates without changes
    # what requests are answered with
    SERVER_ERROR = "server_error"  # 500
    UNAVAILABLE = "unavailable"  # 503
    WEB_PAGE = "web_page"  # 502 and HTML
    HANG = "hang"  # no answer for `amount` seconds
    CLOSE = "close"  # the connection is cut instead of an answer
    LIMITED = "limited"  # too many requests; come back in `amount` seconds
    BANNED = "banned"
    DONE_THEN_TIMEOUT = "done_then_timeout"  # carried out; the answer says its outcome is unknown
    DONE_THEN_CLOSE = "done_then_close"  # carried out, and the connection is cut
    DOWN = "down"  # no request and no socket gets through
    # time
    SKEW = "skew"  # its clock is `amount` seconds ahead; below zero: behind


class Mishap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong from now on, until it has happened often or long enough."""

    kind: MishapKind
    venue: str = ""  # empty: at every venue
    pair: str = ""  # empty: in every market; only for what sockets and books say
    request: str = ""  # only requests whose "METHOD /path" contains this
    times: int | None = None  # None: until mended
    for_s: float | None = None  # None: until mended
    amount: float = 0.0
