"""Settings of the local relay, shared by the process that starts it and the process it is."""

import enum

import msgspec

from bot.domain.builders import Dialect

RELAY_NAME = "flashbots"  # of the relay's own builder


class FaultKind(enum.StrEnum):
    """Ways in which the relay misbehaves on purpose."""

    BAD_REQUEST = "bad_request"  # HTTP 400
    INTERNAL_ERROR = "internal_error"  # HTTP 500
    UNAVAILABLE = "unavailable"  # HTTP 503
    TOO_MANY_REQUESTS = "too_many_requests"  # HTTP 429
    SIGNATURE_REFUSED = "signature_refused"  # HTTP 403, whatever the signature
    ERROR_TEXT = "error_text"  # HTTP 200, error as a bare string
    ERROR_OBJECT = "error_object"  # HTTP 200, error as an object
    HTML = "html"  # HTTP 200 with a web page
    EMPTY = "empty"  # HTTP 200 with nothing
    HUGE = "huge"  # HTTP 200 with more than anybody reads
    HANG = "hang"  # no answer at all
    SLOW = "slow"  # carried out, and answered rightly when nobody waits any more
    CLOSE = "close"  # the connection is cut instead of an answer
    WRONG_ID = "wrong_id"  # another request's id
    NULL_RESULT = "null_result"
    DUPLICATE = "duplicate"  # carried out, and answered twice
    DOWN = "down"  # the connection is cut, and no block is built there


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong from now on."""

    kind: FaultKind | None = None  # None: nothing
    times: int | None = None  # requests hit before it stops by itself; None: until changed
    takes_first: bool = False  # the request is carried out, only its answer is spoiled
    retry_after_s: int = 2  # of 429 and 503; 0: not told
    hang_s: float = 600.0
    slow_s: float = 30.0


class BuilderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A builder beside the relay, with bundles of its own."""

    name: str
    share: float = 1.0  # of the slots, against the others' shares
    dialect: Dialect = Dialect()
    latency_s: float = 0.0  # until it has what it was sent, and answers
    faults: Faults = Faults()

    def __post_init__(self) -> None:
        if not self.name or self.name == RELAY_NAME:
            raise ValueError(f"a builder cannot be called {self.name!r}")
        if min(self.share, self.latency_s) < 0:
            raise ValueError(f"builder {self.name}: share or latency is below zero")


class RelayOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the local relay builds blocks and what it refuses."""

    port: int = 0  # 0: any free one
    block_time_s: float | None = None  # None: a block only when asked
    coinbase: str = "0x4c6f63616c4275696c646572000000000000beef"  # the local builder's account
    send_per_minute: int = 1800
    cancel_per_minute: int = 600
    call_per_minute: int = 300
    max_bundle_transactions: int = 100
    max_bundle_bytes: int = 300_000
    node_timeout_s: float = 30.0
    log_path: str | None = None  # None: no log is kept
    faults: Faults = Faults()
    share: float = 1.0  # of the slots that the relay's own builder wins, against `builders`
    builders: tuple[BuilderOptions, ...] = ()
    multiplex_misses: float = 0.0  # part of the others' slots in which `builders` gets nothing
    seed: int = 1  # of who wins which slot
    ping_s: float = 15.0  # of silence on the stream of hints, until it says that it is there

    def __post_init__(self) -> None:
        if self.block_time_s is not None and self.block_time_s <= 0:
            raise ValueError(f"block time {self.block_time_s} s is not above zero")
        if min(self.send_per_minute, self.cancel_per_minute, self.call_per_minute) < 1:
            raise ValueError("a limit per minute is below one")
        if len({one.name for one in self.builders}) < len(self.builders):
            raise ValueError("two builders have one name")
        if not 0 <= self.multiplex_misses <= 1 or self.share < 0:
            raise ValueError("share or multiplex_misses is out of range")
