import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from support.asset_views import moment
from support.depeg_cases import depeg_of

from bot.cli import main
from bot.domain.depegs import Status
from bot.history.depeg_history import DepegHistory


def _belief(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["belief", *arguments], catch_exceptions=False)


def _shown(*arguments: str) -> dict[str, float]:
    ran = _belief("show", "--json", *arguments)
    assert ran.exit_code == 0, ran.output
    found: dict[str, float] = json.loads(ran.output)["belief"]
    return found


def test_what_is_known_besides_the_price_changes_the_belief() -> None:
    unknown = _shown("USDC", "--", "-1260")
    shut = _shown("--redemption", "suspended", "USDC", "--", "-1260")
    opened = _shown("--redemption", "open", "USDC", "--", "-1260")
    assert opened["never"] < unknown["never"] < shut["never"]
    weekend = _shown("--banks-closed", "--redemption", "open", "USDC", "--", "-1260")
    assert weekend["median_hours"] > opened["median_hours"]


def test_a_reflexive_coin_is_believed_less() -> None:
    assert _shown("UST", "--", "-900")["never"] > 0.2 > _shown("USDC", "--", "-90")["never"]


def test_it_says_in_words_how_little_it_rests_on() -> None:
    ran = _belief("show", "DAI", "120")
    assert "80 % interval" in ran.output
    assert "of 75" in ran.output
    assert "not as frequencies" in " ".join(ran.output.split())


def test_its_record_is_told_with_a_table_and_a_caution() -> None:
    ran = _belief("calibration")
    told = " ".join(ran.output.split())
    assert ran.exit_code == 0
    assert "75 past depegs, 29 never came back" in told
    assert "skill" in told
    found = json.loads(_belief("calibration", "--json").output)
    assert found["brier"] < found["brier_of_base"]
    assert sum(line["events"] for line in found["reliability"]) == len(found["forecasts"]) == 75


def test_a_fit_of_ones_own_is_written_and_used(tmp_path: Path) -> None:
    pytest.importorskip("lifelines", reason="the extra `fit` is not installed")
    own = tmp_path / "own.json"
    ran = _belief("fit", "--quick", "--output", str(own), "--json")
    assert json.loads(ran.stdout) == {"output": str(own), "events": 75, "never": 29}
    with_own = _shown("--model", str(own), "USDC", "--", "-300")
    assert with_own["never"] == pytest.approx(_shown("USDC", "--", "-300")["never"], abs=1e-3)
    quick = _belief("calibration", "--model", str(own))
    assert quick.exit_code == 1
    assert "without forecasts" in quick.stderr


def test_depegs_that_the_bot_has_seen_are_taken_in(tmp_path: Path) -> None:
    pytest.importorskip("lifelines", reason="the extra `fit` is not installed")
    database, own = str(tmp_path / "history.sqlite"), str(tmp_path / "own.json")
    with DepegHistory.open(database) as history:
        over = depeg_of(-30, asset="USDT", status=Status.RESOLVED)
        history.record(msgspec.structs.replace(over, end=moment(7_200)))
    ran = _belief("fit", "--quick", "--output", own, "--database", database, "--json")
    assert json.loads(ran.stdout)["events"] == 76


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("show", "USDC", "low"), "not a valid float"),
        (("show", "USDC", "--", "-5", "--hit", "2"), "unexpected extra arguments"),
        (("show", "--hit", "2", "USDC", "1"), "not in the range"),
        (("show", "--model", "no_such.json", "USDC", "1"), "no_such.json"),
        (("fit", "--output", "no_folder/own.json"), "there is no folder"),
        (("fit",), "Missing option"),
        (("fit", "--output", "own.json", "--database", "none.sqlite"), "no such history"),
        (("fit", "--output", "own.json", "--database", "mysql://x"), "mysql"),
    ],
)
def test_bad_input_is_named_and_nothing_written(
    arguments: tuple[str, ...],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = _belief(*arguments)
    assert ran.exit_code != 0
    assert complaint in ran.stderr
    assert list(tmp_path.iterdir()) == []
