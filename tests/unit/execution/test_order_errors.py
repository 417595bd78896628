"""What is certain after a venue's error: its own code decides, and what is not known is unknown."""

from typing import Any

import pytest

from bot.execution.order_errors import Meaning, coinbase_denial, cut, verdict_on

BINANCE = {
    -1007: (503, Meaning.UNKNOWN),
    -1006: (200, Meaning.UNKNOWN),
    -1000: (400, Meaning.UNKNOWN),
    -1001: (400, Meaning.UNKNOWN),
    -1008: (503, Meaning.LATER),
    -1003: (403, Meaning.LATER),
    -1015: (400, Meaning.LATER),
    -1021: (400, Meaning.CLOCK),
    -1013: (400, Meaning.REFUSED),
    -1022: (400, Meaning.REFUSED),
    -1102: (400, Meaning.REFUSED),
    -1121: (400, Meaning.REFUSED),
    -2010: (400, Meaning.REFUSED),
    -2011: (400, Meaning.MISSING),
    -2013: (400, Meaning.MISSING),
    -2014: (401, Meaning.REFUSED),
    -2015: (401, Meaning.REFUSED),
    -4321: (400, Meaning.UNKNOWN),
}
KRAKEN = {
    "EService:Timeout": Meaning.UNKNOWN,
    "EService:Deadline elapsed": Meaning.UNKNOWN,
    "EService:Unavailable": Meaning.UNKNOWN,
    "EService:Busy": Meaning.UNKNOWN,
    "EGeneral:Internal error": Meaning.UNKNOWN,
    "EGeneral:Internal error[77]": Meaning.UNKNOWN,
    "EDatabase:Internal error": Meaning.UNKNOWN,
    "EOrder:Duplicate cl_ord_id": Meaning.UNKNOWN,
    "EWhatever:New": Meaning.UNKNOWN,
    "EOrder:Unknown order": Meaning.MISSING,
    "EAPI:Invalid nonce": Meaning.NONCE,
    "EAPI:Rate limit exceeded": Meaning.LATER,
    "EOrder:Rate limit exceeded": Meaning.LATER,
    "EGeneral:Temporary lockout": Meaning.LATER,
    "EService:Market in cancel_only mode": Meaning.REFUSED,
    "EOrder:Insufficient funds": Meaning.REFUSED,
    "EOrder:Orders limit exceeded": Meaning.REFUSED,
    "EGeneral:Permission denied": Meaning.REFUSED,
    "EAPI:Invalid key": Meaning.REFUSED,
    "EQuery:Unknown asset pair": Meaning.REFUSED,
}
COINBASE = {
    ("internal_server_error", 500): Meaning.UNKNOWN,
    ("internal", 400): Meaning.UNKNOWN,
    ("rate_limit_exceeded", 429): Meaning.LATER,
    ("resource_exhausted", 503): Meaning.LATER,
    ("unauthorized", 401): Meaning.CLOCK,
    ("INVALID_ARGUMENT", 400): Meaning.REFUSED,
    ("PERMISSION_DENIED", 403): Meaning.REFUSED,
    ("NOT_FOUND", 404): Meaning.MISSING,
    ("something new", 400): Meaning.UNKNOWN,
}


def meaning(venue: str, status: int, body: Any) -> Meaning | None:
    found = verdict_on(venue, status, body)
    return None if found is None else found.meaning


@pytest.mark.parametrize("code", BINANCE)
def test_binance_is_decided_by_its_code(code: int) -> None:
    status, expected = BINANCE[code]
    assert meaning("binance", status, {"code": code, "msg": "words"}) is expected


def test_an_order_that_binance_has_already_is_not_refused() -> None:
    body = {"code": -2010, "msg": "Duplicate order sent."}
    assert meaning("binance", 400, body) is Meaning.UNKNOWN


@pytest.mark.parametrize("text", KRAKEN)
def test_kraken_is_decided_by_its_words(text: str) -> None:
    assert meaning("kraken", 200, {"error": [text]}) is KRAKEN[text]


def test_two_errors_that_say_different_things_say_nothing() -> None:
    both = ["EOrder:Insufficient funds", "EService:Timeout"]
    assert meaning("kraken", 200, {"error": both}) is Meaning.UNKNOWN
    assert meaning("kraken", 200, {"error": ["WGeneral:Slow"], "result": {}}) is None


@pytest.mark.parametrize("case", COINBASE)
def test_coinbase_is_decided_by_its_word(case: tuple[str, int]) -> None:
    word, status = case
    assert meaning("coinbase", status, {"error": word, "message": "words"}) is COINBASE[case]


@pytest.mark.parametrize("venue", ["binance", "kraken", "coinbase"])
def test_a_server_error_never_refuses_and_an_unreadable_answer_is_unknown(venue: str) -> None:
    refusals: tuple[Any, ...] = (
        {"code": -2010, "msg": "no", "error": ["EOrder:Insufficient funds"]},
        {"code": -1121, "error": "INVALID_ARGUMENT"},
    )
    for body in refusals:
        assert meaning(venue, 502, body) is Meaning.UNKNOWN
    for status in (200, 400, 403, 404, 500, 520):
        assert meaning(venue, status, None) is Meaning.UNKNOWN
    for status in (418, 429):
        assert meaning(venue, status, None) is Meaning.LATER


@pytest.mark.parametrize("venue", ["binance", "kraken", "coinbase"])
def test_a_success_has_no_verdict(venue: str) -> None:
    assert meaning(venue, 200, {"error": [], "code": 200} if venue != "coinbase" else {}) is None
    assert meaning(venue, 200, []) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"error": "INSUFFICIENT_FUND"}, Meaning.REFUSED),
        (
            {"error": "UNKNOWN_FAILURE_REASON", "preview_failure_reason": "PREVIEW_INVALID_SIZE"},
            Meaning.REFUSED,
        ),
        ({"error": "UNKNOWN_FAILURE_REASON"}, Meaning.UNKNOWN),
        ({"error": "INTERNAL_ERROR"}, Meaning.UNKNOWN),
        ({}, Meaning.UNKNOWN),
        (None, Meaning.UNKNOWN),
    ],
)
def test_coinbase_denies_an_order_only_where_it_says_why(said: Any, expected: Meaning) -> None:
    assert coinbase_denial({"success": False, "error_response": said}).meaning is expected


def test_words_of_venues_are_one_short_printable_line() -> None:
    assert cut("a\nb\x1b[31m\tc" + "x" * 500) == ("a b [31m c" + "x" * 500)[:200]
