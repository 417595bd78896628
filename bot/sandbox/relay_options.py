"""Settings of the local relay, shared by the process that starts it and the process it is."""

import enum

import msgspec


class FaultKind(enum.StrEnum):
    """Ways in which the relay misbehaves on purpose."""

    INTERNAL_ERROR = "internal_error"  # HTTP 500
    UNAVAILABLE = "unavailable"  # HTTP 503
    TOO_MANY_REQUESTS = "too_many_requests"  # HTTP 429 with Retry-After
    SIGNATURE_REFUSED = "signature_refused"  # HTTP 403, whatever the signature
    ERROR_TEXT = "error_text"  # HTTP 200, error as a bare string
    HTML = "html"  # HTTP 200 with a web page
    HANG = "hang"  # no answer at all
    CLOSE = "close"  # the connection is cut instead of an answer
    WRONG_ID = "wrong_id"  # another request's id
    NULL_RESULT = "null_result"


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong from now on."""

    kind: FaultKind | None = None  # None: nothing
    times: int | None = None  # requests hit before it stops by itself; None: until changed
    takes_first: bool = False  # the request is carried out, only its answer is spoiled
    retry_after_s: int = 2
    hang_s: float = 600.0


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

    def __post_init__(self) -> None:
        if self.block_time_s is not None and self.block_time_s <= 0:
            raise ValueError(f"block time {self.block_time_s} s is not above zero")
        if min(self.send_per_minute, self.cancel_per_minute, self.call_per_minute) < 1:
            raise ValueError("a limit per minute is below one")
