"""Errors are grouped by what the caller does, and their text is enough to act on."""

import inspect

import pytest

from bot.domain import errors
from bot.domain.errors import (
    BadConfiguration,
    HaltError,
    NodeRefused,
    NodeUnreachable,
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RepegError,
    RetryableError,
    SimulationFailed,
    SkipError,
    WrongChain,
)

GROUPS = (RetryableError, SkipError, HaltError, OutcomeUnknown)


@pytest.mark.parametrize(
    ("error", "group"),
    [
        (NodeUnreachable("http://n", "refused"), RetryableError),
        (RelayUnavailable("http://r", "429"), RetryableError),
        (NodeRefused("eth_call", 3, "reverted"), SkipError),
        (SimulationFailed("pyrevm", "short"), SkipError),
        (WrongChain("http://n", 5, 1), HaltError),
        (RelayRefused("http://r", "403"), HaltError),
        (BadConfiguration("no key"), HaltError),
        (OutcomeUnknown("http://r", "timeout"), OutcomeUnknown),
    ],
)
def test_every_error_belongs_to_exactly_one_group(error: RepegError, group: type) -> None:
    assert [one for one in GROUPS if isinstance(error, one)] == [group]


def test_the_tree_in_the_module_names_every_error() -> None:
    defined = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, RepegError)
    }
    assert defined == {name for name in defined if name in (errors.__doc__ or "")}


def test_errors_say_who_and_why_and_keep_both_as_data() -> None:
    refused = NodeRefused("eth_call", 3, "execution reverted", "0x1234")
    assert str(refused) == "eth_call: execution reverted (code 3), data 0x1234"
    assert (refused.method, refused.code, refused.data) == ("eth_call", 3, "0x1234")
    wrong = WrongChain("http://n", 31_337, 1)
    assert str(wrong) == "node http://n serves chain 31337, expected 1"
    unreachable = NodeUnreachable("http://n", "connection refused")
    assert "http://n" in str(unreachable)
    assert "connection refused" in str(unreachable)
