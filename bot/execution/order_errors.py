"""What a venue's error means for what was asked of it, by its own code: never by ccxt's class.

ccxt turns the same event into different classes at different venues, and takes some of the answers
that leave an order's fate open for plain refusals. What is not in these tables is unknown.

Source: Binance spot API errors, Kraken API errors, Coinbase Advanced Trade errors, read 2026.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import msgspec

_OK = 200
_TOO_MANY = frozenset({418, 429})
_MAX_REASON = 200
MISSHAPEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What reading an answer raises that has another shape than expected."""


class Meaning(Enum):
    """What is certain after an answer that is no success."""

    LATER = "not done; ask again later"
    CLOCK = "not done; our clock is not the venue's"
    NONCE = "not done; a later number of the same key came first"
    REFUSED = "not done, and never will be"
    MISSING = "it does not know that order"
    UNKNOWN = "it may have been done"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer means, in the venue's own words."""

    meaning: Meaning
    reason: str


class VenueFault(Exception):
    """A question that was not answered as asked; becomes one of our errors at the connector."""

    def __init__(
        self,
        meaning: Meaning,
        reason: str,
        *,
        retry_after_s: float | None = None,
        is_misread: bool = False,
    ) -> None:
        super().__init__(reason)
        self.meaning, self.reason, self.retry_after_s = meaning, reason, retry_after_s
        self.is_misread = is_misread  # there was an answer, in another shape than expected


_BINANCE: Mapping[int, Meaning] = {
    **dict.fromkeys((-1003, -1008, -1015, -1034), Meaning.LATER),
    -1021: Meaning.CLOCK,
    **dict.fromkeys((-2011, -2013), Meaning.MISSING),
    **dict.fromkeys(
        (-1002, -1013, -1014, -1020, -1022, -2010, -2014, -2015, -2016, -2026), Meaning.REFUSED
    ),
    **dict.fromkeys(range(-1199, -1099), Meaning.REFUSED),  # what was asked is malformed
}
_BINANCE_DUPLICATE = "duplicate order"  # -2010, too: one of that id is there already
_KRAKEN: tuple[tuple[str, Meaning], ...] = (  # the first that an error begins with
    ("EAPI:Rate limit exceeded", Meaning.LATER),
    ("EOrder:Rate limit exceeded", Meaning.LATER),
    ("EGeneral:Temporary lockout", Meaning.LATER),
    ("EService:Throttled", Meaning.LATER),
    ("EService: Throttled", Meaning.LATER),
    ("EAPI:Invalid nonce", Meaning.NONCE),
    ("EOrder:Unknown order", Meaning.MISSING),
    ("EOrder:Duplicate", Meaning.UNKNOWN),  # one of that id is there already
    ("EOrder:Internal", Meaning.UNKNOWN),
    ("EService:Market in", Meaning.REFUSED),
    ("EGeneral:Invalid arguments", Meaning.REFUSED),
    ("EGeneral:Permission denied", Meaning.REFUSED),
    ("EGeneral:Unknown method", Meaning.REFUSED),
    *((head, Meaning.REFUSED) for head in ("EOrder:", "EAPI:", "EQuery:", "EAccount:", "EAuth:")),
    *((head, Meaning.REFUSED) for head in ("EFunding:", "ETrade:", "ESession:", "EBM:")),
)
_COINBASE: Mapping[str, Meaning] = {
    **dict.fromkeys(("rate_limit_exceeded", "resource_exhausted"), Meaning.LATER),
    **dict.fromkeys(("not_found",), Meaning.MISSING),
    **dict.fromkeys(
        ("invalid_argument", "invalid_request", "permission_denied", "unauthenticated"),
        Meaning.REFUSED,
    ),
}
_COINBASE_UNSURE = frozenset({"", "UNKNOWN_FAILURE_REASON", "UNKNOWN_ORDER_FAILURE_REASON"})


def misread(error: Exception) -> VenueFault:
    """Return what an answer means that is not what was asked for."""
    kind = type(error).__name__
    reason = f"its answer has another shape than expected ({kind})"
    return VenueFault(Meaning.UNKNOWN, reason, is_misread=True)


def verdict_on(venue: str, status: int, body: Any) -> Verdict | None:
    """Return what an answer means, None: it is a success.

    `body` is the decoded answer, or None where it cannot be read.
    """
    if status in _TOO_MANY:
        return Verdict(meaning=Meaning.LATER, reason=f"HTTP {status}: {_said(body)}")
    found = _READERS[venue](status, body)
    if found is not None or (status == _OK and body is not None):
        return found
    return Verdict(meaning=Meaning.UNKNOWN, reason=f"HTTP {status}: {_said(body)}")


def coinbase_denial(answer: Mapping[str, Any]) -> Verdict:
    """Return what an order that Coinbase answers without success means."""
    error = answer.get("error_response")
    said = error if isinstance(error, dict) else {}
    words = [str(said.get(name) or "") for name in ("error", "new_order_failure_reason")]
    preview = str(said.get("preview_failure_reason") or "").removeprefix("PREVIEW_")
    is_told = any(word not in _COINBASE_UNSURE for word in (*words, preview))
    is_told = is_told and "INTERNAL" not in "".join((*words, preview)).upper()
    reason = ", ".join(dict.fromkeys(filter(None, (*words, preview, str(said.get("message"))))))
    return Verdict(meaning=Meaning.REFUSED if is_told else Meaning.UNKNOWN, reason=cut(reason))


def cut(text: str) -> str:
    """Return a venue's words in one short printable line."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_MAX_REASON]


def _binance(status: int, body: Any) -> Verdict | None:
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, int) or code >= 0:
        return None
    text = cut(f"{body.get('msg')} (code {code})")
    meaning = _BINANCE.get(code, Meaning.UNKNOWN)
    if code == -2010 and _BINANCE_DUPLICATE in text.lower():
        meaning = Meaning.UNKNOWN
    if status >= 500 and meaning is Meaning.REFUSED:
        meaning = Meaning.UNKNOWN
    return Verdict(meaning=meaning, reason=text)


def _kraken(status: int, body: Any) -> Verdict | None:
    errors = body.get("error") if isinstance(body, dict) else None
    said = [str(error) for error in errors if not str(error).startswith("W")] if errors else []
    if not said:
        return None
    meanings = {
        next((meaning for head, meaning in _KRAKEN if text.startswith(head)), Meaning.UNKNOWN)
        for text in said
    }
    meaning = meanings.pop() if len(meanings) == 1 and status < 500 else Meaning.UNKNOWN
    return Verdict(meaning=meaning, reason=cut(", ".join(said)))


def _coinbase(status: int, body: Any) -> Verdict | None:
    if status == 401:
        return Verdict(meaning=Meaning.CLOCK, reason=f"HTTP 401: {_said(body)}")
    word = body.get("error") if isinstance(body, dict) else None
    if not isinstance(word, str) or status == _OK:
        return None
    meaning = _COINBASE.get(word.lower(), Meaning.UNKNOWN)
    if status == 404 and word == "unknown":
        meaning = Meaning.MISSING
    if status >= 500 and meaning is not Meaning.LATER:
        meaning = Meaning.UNKNOWN
    return Verdict(meaning=meaning, reason=cut(f"{body.get('message')} ({word})"))


_READERS: Mapping[str, Callable[[int, Any], Verdict | None]] = {
    "binance": _binance,
    "kraken": _kraken,
    "coinbase": _coinbase,
}


def _said(body: Any) -> str:
    if isinstance(body, dict):
        words = (body.get(name) for name in ("msg", "message", "error"))
        return cut(str(next((word for word in words if word), "no reason")))
    return "no answer that can be read"
