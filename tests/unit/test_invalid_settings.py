"""Every setting that is wrong is refused by its name, before anything is opened or connected."""

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.wrong_settings import wrong_settings

from bot.commands.run import run
from bot.domain.errors import AccountLocked, BadConfiguration
from bot.execution.account_lock import AccountLock, account_name
from bot.modes import LIVE_WORD, Mode, is_loopback, orders_file, require_live, require_loopback

WRONG = tuple(wrong_settings())


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.chdir(tmp_path)


def refusal(*arguments: str, **environment: str) -> str:
    found = CliRunner().invoke(run, arguments, env={LIVE_WORD: "", **environment})
    assert isinstance(found.exception, BadConfiguration), (arguments, found.exception, found.output)
    return str(found.exception)


def test_there_are_five_hundred_wrong_settings() -> None:
    assert len({wrong.text for wrong in WRONG}) >= 500


@pytest.mark.parametrize("mode", [Mode.MONITOR.value, Mode.LIVE.value])
def test_each_wrong_setting_is_refused_by_its_name(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    for wrong in WRONG:
        file.write_text(wrong.text)
        assert wrong.named in refusal("--mode", mode, "--config", str(file)), wrong.text
    assert [path.name for path in tmp_path.iterdir()] == ["repeg.toml"]


@pytest.mark.parametrize("allowed", ["", "allow_live = false", "allow_live = true"])
@pytest.mark.parametrize("word", ["", "YES", "true", "1", "yes ", "no"])
def test_live_needs_the_mode_the_flag_and_the_word(allowed: str, word: str, tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text(f'{allowed}\n[[accounts]]\nvenue = "kraken"\n')
    said = refusal("--mode", "live", "--config", str(file), **{LIVE_WORD: word})
    assert "real money" in said
    assert ("allow_live = true" in said) is (allowed != "allow_live = true")
    assert f"{LIVE_WORD}=yes" in said


def test_the_flag_alone_is_missed_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text('[[accounts]]\nvenue = "kraken"\n')
    said = refusal("--mode", "live", "--config", str(file), **{LIVE_WORD: "yes"})
    assert "allow_live = true" in said
    assert f"{LIVE_WORD}=yes" not in said


def test_all_three_let_live_pass_and_other_modes_need_none() -> None:
    require_live(Mode.LIVE, allowed=True, environment={LIVE_WORD: "yes"})
    for mode in (Mode.MONITOR, Mode.SHADOW, Mode.PAPER):
        require_live(mode, allowed=False, environment={})


def test_with_all_three_the_next_thing_that_is_missed_is_the_key(tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text('allow_live = true\n[[accounts]]\nvenue = "kraken"\n')
    environment = {LIVE_WORD: "yes", "REPEG_KRAKEN_KEY": "", "REPEG_STATE_DIR": str(tmp_path)}
    said = refusal("--mode", "live", "--config", str(file), **environment)
    assert said == "no key for kraken: set REPEG_KRAKEN_KEY and REPEG_KRAKEN_SECRET"


@pytest.mark.parametrize("section", ["accounts", "streams"])
def test_live_refuses_a_stand_in_of_a_venue(section: str, tmp_path: Path) -> None:
    file, url = tmp_path / "repeg.toml", "http://127.0.0.1:9"
    own = f'url = "{url}"' if section == "accounts" else f'options = {{ url = "{url}" }}'
    account = "" if section == "accounts" else '[[accounts]]\nvenue = "kraken"\n'
    pairs = 'pairs = ["USDC/USD"]'
    said = f'allow_live = true\n{account}[[{section}]]\nvenue = "kraken"\n{pairs}\n{own}\n'
    file.write_text(said)
    environment = dict.fromkeys(("REPEG_KRAKEN_KEY", "REPEG_KRAKEN_SECRET"), "word")
    found = refusal("--mode", "live", "--config", str(file), REPEG_LIVE="yes", **environment)
    assert f"[[{section}]] of kraken names a stand-in at {url}" in found
    assert not list(tmp_path.glob("*.sqlite"))


def test_a_second_process_on_an_account_is_refused_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text('allow_live = true\n[[accounts]]\nvenue = "kraken"\n')
    monkeypatch.setenv("REPEG_STATE_DIR", str(tmp_path / "state"))
    keys = {"REPEG_KRAKEN_KEY": "word", "REPEG_KRAKEN_SECRET": "word", LIVE_WORD: "yes"}
    with AccountLock(account_name("kraken", "word")):  # as a running engine has it
        began = time.monotonic()
        found = CliRunner().invoke(run, ("--mode", "live", "--config", str(file)), env=keys)
        took_s = time.monotonic() - began
    assert isinstance(found.exception, AccountLocked)
    assert f"is in use by process {os.getpid()}: stop that one first" in str(found.exception)
    assert took_s < 10
    assert not list(tmp_path.glob("*.sqlite*"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--mode", "paper"), "nothing to trade with"),
        (("--mode", "shadow", "--mirror", "live"), "are for --mode paper"),
        (("--mode", "paper", "--fresh"), "--fresh goes with"),
        (("--mode", "paper", "--mirror", "live", "--prices", "prices.csv"), "exclude each other"),
    ],
)
def test_what_does_not_go_together_is_said_in_one_line(
    arguments: tuple[str, ...], why: str
) -> None:
    assert why in refusal(*arguments)


@pytest.mark.parametrize("url", ["", 'url = "https://api.kraken.com"\n'])
def test_paper_refuses_an_account_that_is_not_on_this_machine(url: str, tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text(f'[[accounts]]\nvenue = "kraken"\n{url}')
    assert "paper stays on this machine" in refusal("--mode", "paper", "--config", str(file))


def test_one_venue_has_one_account(tmp_path: Path) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text('[[accounts]]\nvenue = "kraken"\n' * 2)
    assert "kraken is there twice" in refusal("--mode", "paper", "--config", str(file))


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:80", True),
        ("http://[::1]:80", True),
        ("http://localhost:1", True),
        ("https://kraken.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1@example.com", False),
        ("http://example.com\\@127.0.0.1", False),  # requests goes to example.com
        ("", False),
        (None, False),
    ],
)
def test_only_the_loopback_is_this_machine(url: str | None, is_here: bool) -> None:  # noqa: FBT001
    assert is_loopback(url) is is_here
    if not is_here:
        with pytest.raises(BadConfiguration, match="stays on this machine"):
            require_loopback("the node", url)


def test_a_localhost_that_leads_elsewhere_is_not_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [(0, 0, 0, "", ("127.0.0.1", 0)), (0, 0, 0, "", ("10.0.0.1", 0))]
    monkeypatch.setattr("bot.modes.getaddrinfo", lambda *_: told)
    assert not is_loopback("http://localhost:1")


def test_each_mode_has_a_journal_of_its_own() -> None:
    files = {orders_file("a/repeg.sqlite", mode) for mode in Mode}
    assert len(files) == len(Mode)
    assert orders_file("a/repeg.sqlite", Mode.LIVE) == Path("a/repeg-orders.sqlite")
    assert orders_file("a/repeg.sqlite", Mode.PAPER) == Path("a/repeg-orders-paper.sqlite")
