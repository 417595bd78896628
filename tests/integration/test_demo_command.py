"""`repeg demo` as a user runs it: a process of its own, real chain, real relay."""

import os
import subprocess
import sys
from typing import Any

import msgspec
import pytest

pytestmark = pytest.mark.anvil

KEYS = {
    *("included", "block_seen", "block_included", "lender", "route", "loan_raw", "profit_raw"),
    *("profit_token", "gas_used", "gap_before_bps", "gap_after_bps", "head_to_bundle_ms"),
}


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "demo", *arguments]
    return subprocess.run(
        command, env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False
    )


def told(*arguments: str) -> dict[str, Any]:
    done = run_demo("--json", *arguments)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    answer: dict[str, Any] = msgspec.json.decode(lines[0])
    return answer


@pytest.mark.parametrize(
    "shock",
    [("USDC", "9,000,000"), ("DAI", "4000000"), ("USDT", "2000000")],
    ids=["usdc", "dai", "usdt"],
)
def test_a_shock_is_closed_and_the_owner_has_the_profit(shock: tuple[str, str]) -> None:
    answer = told("--shock", *shock)
    assert set(answer) >= KEYS
    assert answer["included"] is True
    assert answer["block_included"] == answer["block_seen"] + 1
    assert answer["profit_raw"] == answer["owner_gain_raw"] == answer["expected_profit_raw"] > 0
    assert answer["gap_after_bps"] < answer["gap_before_bps"]
    assert answer["loan_raw"] > answer["profit_raw"]


def test_another_pool_works_the_same() -> None:
    assert told("--shock", "USDT", "3000000", "--pool", "v2-usdc-usdt")["included"] is True


def test_a_shock_too_small_for_gas_is_left_alone_with_its_reason() -> None:
    answer = told("--shock", "USDC", "1")
    assert answer["included"] is False
    assert answer["profit_raw"] is None
    assert "no cycle pays more than its pool fees" in answer["reason"]


def test_the_story_names_every_step() -> None:
    done = run_demo()
    assert done.returncode == 0, done.stderr
    for topic in ("shock", "gap", "route", "expected", "bundle", "included in block", "gas used"):
        assert topic in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--shock", "FOO", "1"), "holds no FOO; it holds DAI, USDC, USDT, sUSD"),
        (("--shock", "USDC", "much"), "amount of USDC: 'much' is not a decimal number"),
        (("--shock", "USDC", "0.0000001"), "more than 6 decimals"),
        (("--fork-url", "http://127.0.0.1:1"), "cannot be reached"),
        (("--fork-url", "nowhere"), "must start with http:// or https://"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: tuple[str, ...], why: str) -> None:
    done = run_demo(*arguments)
    assert done.returncode == 1
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
