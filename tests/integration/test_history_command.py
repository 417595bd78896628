import json
from pathlib import Path

import pytest
from support import history_command

from bot.config import HISTORY_URL

folder, run = history_command.folder, history_command.run


def lines(*arguments: str) -> list[dict[str, object]]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.output.splitlines()]


def test_list_prints_one_object_per_depeg_of_a_coin_and_a_time() -> None:
    found = lines("list", "--coin", "usdc", "--since", "2023-01-01", "--until", "2024-01-01")
    assert [depeg["id"] for depeg in found] == ["usdc-2023-03"]
    assert found[0]["trough_price"] == "0.874"
    assert found[0]["start"] == "2023-03-10T22:02:00Z"
    assert found[0]["severity"] == "extreme"
    assert found[0]["redeemable"] == "partial"


def test_list_has_all_76_without_options() -> None:
    assert len(lines("list")) == 76


def test_show_tells_the_sources() -> None:
    done = run("show", "ust-2022-05")
    assert done.exit_code == 0
    assert "coindesk.com 2022-05-10" in done.output
    assert "terminal" in done.output


def test_similar_ranks_by_distance_and_says_what_differs() -> None:
    found = lines("similar", "usdc-2023-03", "--count", "3")
    assert len(found) == 3
    assert found[0]["unlike"] == ["coin"]
    assert found[0]["distance"] <= found[2]["distance"]  # type: ignore[operator]


def test_similar_takes_a_description_instead_of_an_id() -> None:
    found = lines("similar", "--coin", "USDT", "--bps", "500", "--redemption", "yes")
    assert found[0]["depeg"]["id"] == "usdt-2022-05"  # type: ignore[index]


def test_similar_can_be_asked_as_of_a_day() -> None:
    found = lines("similar", "usdc-2023-03", "--until", "2023-03-10", "--count", "76")
    began = [depeg["depeg"]["start"] or depeg["depeg"]["trough_at"] for depeg in found]  # type: ignore[index]
    assert began
    assert max(moment for moment in began if moment) < "2023-03-10"


def test_stats_give_rates_with_intervals_by_magnitude() -> None:
    found = {group["group"]: group for group in lines("stats")}
    extreme = found["extreme"]
    assert (extreme["recovered"], extreme["counted"]) == (18, 40)
    assert extreme["low"] < 0.45 < extreme["high"]  # type: ignore[operator]


def test_stats_say_that_counts_are_not_probabilities() -> None:
    assert "not probabilities" in run("stats", "--by", "redemption").output


def test_reading_makes_no_file(folder: Path) -> None:
    for question in (("list",), ("show", "usdc-2023-03"), ("similar", "usdc-2023-03"), ("stats",)):
        assert run(*question).exit_code == 0
    assert list(folder.iterdir()) == []


def test_a_note_is_kept() -> None:
    assert run("note", "usdt-2022-11", "--cause", "somebody failed").exit_code == 0
    (found,) = (depeg for depeg in lines("list", "--coin", "USDT") if depeg["id"] == "usdt-2022-11")
    assert found["cause"] == "somebody failed"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("show", "usdc-2032-03"), "no depeg has the id 'usdc-2032-03'"),
        (("note", "usdc-2032-03", "--cause", "x"), "no depeg has the id"),
        (("list", "--database", "mysql://host/db"), "history in mysql is not supported"),
        (("list", "--database", "postgres:/host/db"), "without ://"),
        (("list", "--database", "postgresql://me:word@127.0.0.1:1/db"), "a password does not"),
        (("list", "--config", "absent.toml"), "absent.toml"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_exit_code_1_and_writes_nothing(
    arguments: tuple[str, ...], complaint: str, folder: Path
) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--since", "yesterday"),
        ("stats", "--by", "mood"),
        ("similar",),
        ("similar", "usdc-2023-03", "--coin", "USDC"),
        ("note", "usdc-2023-03"),
        ("similar", "--coin", "USDC", "--bps", "-5"),
    ],
)
def test_a_wrong_option_writes_nothing(arguments: tuple[str, ...], folder: Path) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert list(folder.iterdir()) == []


def test_the_environment_names_the_database_unless_an_option_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HISTORY_URL, "outside.sqlite")
    noting = ("note", "usdc-2023-03", "--cause", "a bank failed")
    run(*noting)
    assert (folder / "outside.sqlite").exists()
    run(*noting, "--database", "given.sqlite")
    assert (folder / "given.sqlite").exists()


def test_a_configured_password_is_refused_and_not_repeated(folder: Path) -> None:
    (folder / "repeg.toml").write_text('[history]\nurl = "postgresql://me:sesame@127.0.0.1:1/x"\n')
    done = run("list", "--config", "repeg.toml")
    assert done.exit_code == 1
    assert "sesame" not in done.output + done.stderr
