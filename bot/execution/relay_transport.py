"""One POST to a relay, and what its answer means for money already signed."""

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from bot.chain.http import HttpPoster, NotConnected, Posted
from bot.chain.wire import decode_json
from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable

_NOT_TAKEN = frozenset({429, 503})
_REFUSED = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
_INTERNAL_ERROR = -32603
_MAX_ANSWER_BYTES = 1_000_000
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_MAX_REASON_CHARACTERS = 200
_LONGEST_WAIT_S = 3_600.0
_NUMBER = re.compile(r"\s*\d+(\.\d+)?\s*", re.ASCII)


class RelayCallRejected(RelayRefused):
    """A well-formed JSON-RPC error: the relay ran the method and said no."""


class RelayTransport:
    """Keep-alive HTTP with one deadline per request. Nothing is retried, no redirect followed."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self.url = url
        self._timeout_s = timeout_s
        self._poster: HttpPoster | None = None
        self.sent_at = 0  # when the newest answered request had left, monotonic ns

    def post(self, body: bytes, headers: Mapping[str, str]) -> Any:
        """Return the `result` answered to the JSON-RPC request `body`.

        Raises:
            RelayUnavailable: certainly not taken.
            RelayRefused: understood and refused.
            OutcomeUnknown: sent, and no trustworthy answer came back in time.
        """
        try:
            posted = self._opened().begin(body, headers)
        except NotConnected as error:
            raise RelayUnavailable(self.url, _printable(str(error))) from error
        except (OSError, ValueError) as error:
            raise OutcomeUnknown(self.url, _printable(str(error))) from error
        return self.finish(posted, body)

    def begin_kept(self, body: bytes, headers: Mapping[str, str]) -> Posted | None:
        """Send where a connection is ready, waiting for nothing; None: nothing was sent.

        Raises:
            OutcomeUnknown: a part of it was sent.
        """
        try:
            return self._opened().begin_kept(body, headers)
        except (OSError, ValueError) as error:
            raise OutcomeUnknown(self.url, _printable(str(error))) from error

    def finish(self, posted: Posted, body: bytes) -> Any:
        """Return the `result` answered to the request `body` that has left.

        Raises:
            RelayUnavailable, RelayRefused, OutcomeUnknown: see `post`.
        """
        try:
            with posted:
                answer = posted.answer()
        except (OSError, ValueError) as error:
            raise OutcomeUnknown(self.url, _printable(str(error))) from error
        self.sent_at = answer.sent_at
        request_id = msgspec.json.decode(body)["id"]
        return self._meaning(answer.status, answer.headers, answer.body, request_id)

    def connect(self) -> None:
        """Have a connection ready for the next request.

        Raises:
            RelayUnavailable: there is none.
        """
        try:
            self._opened().connect()
        except (OSError, ValueError) as error:
            raise RelayUnavailable(self.url, _printable(str(error))) from error

    def _opened(self) -> HttpPoster:
        if self._poster is None:
            self._poster = HttpPoster(
                self.url, timeout_s=self._timeout_s, most_bytes=_MAX_ANSWER_BYTES
            )
        return self._poster

    def close(self) -> None:
        """Drop the idle connections."""
        if self._poster is not None:
            self._poster.close()

    def _meaning(
        self, status: int, headers: Mapping[str, str], answer: bytes, request_id: int
    ) -> Any:
        if status in _NOT_TAKEN:
            wait = headers.get("retry-after")
            raise RelayUnavailable(
                self.url,
                f"HTTP {status}" + (f", retry after {_printable(wait)} s" if wait else ""),
                retry_after_s=_seconds(wait),
            )
        if status in _REFUSED:
            raise RelayRefused(self.url, f"HTTP {status}: {_reason(answer)}")
        if status != 200:
            raise OutcomeUnknown(self.url, f"HTTP {status}: {_reason(answer)}")
        message = _decoded(answer)
        if message is None:
            raise OutcomeUnknown(
                self.url, f"the answer is not a JSON-RPC object: {_printable_bytes(answer)}"
            )
        return self._result(message, request_id)

    def _result(self, message: dict[str, Any], request_id: int) -> Any:
        error = message.get("error")
        if error is not None and message.get("id") in (request_id, None):
            if isinstance(error, dict) and error.get("code") == _INTERNAL_ERROR:
                raise OutcomeUnknown(self.url, _error_text(error))
            raise RelayCallRejected(self.url, _error_text(error))
        if message.get("id") != request_id:
            raise OutcomeUnknown(self.url, "the answer carries another request's id")
        if message.get("result") is None:
            raise OutcomeUnknown(self.url, "the answer has no result")
        return message["result"]


def _seconds(wait: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which are a number or a date; at most an hour."""
    if not wait:
        return None
    try:
        seconds = float(wait) if _NUMBER.fullmatch(wait) else _until(wait)
    except ValueError:
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _until(date: str) -> float:
    """Return the seconds until an HTTP date; raise ValueError where it is none."""
    at = parsedate_to_datetime(date)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()


def _decoded(answer: bytes) -> dict[str, Any] | None:
    try:
        message = decode_json(_ANYTHING, answer)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _reason(answer: bytes) -> str:
    message = _decoded(answer)
    if message is None or message.get("error") is None:
        return _printable_bytes(answer)
    return _error_text(message["error"])


def _error_text(error: Any) -> str:
    if isinstance(error, dict):
        return _printable(f"{error.get('message', 'no message')} (code {error.get('code')})")
    return _printable(str(error))


def _printable_bytes(data: bytes) -> str:
    return _printable(data[:_MAX_REASON_CHARACTERS].decode(errors="replace"))


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text[:_MAX_REASON_CHARACTERS])
    return shown or "no text"
