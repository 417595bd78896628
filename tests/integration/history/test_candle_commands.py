import json
import time
from pathlib import Path

import pytest
from click.testing import Result
from fakes.loopback_kraken import LoopbackKraken
from support import history_command

folder, run = history_command.folder, history_command.run

FIRST_S = 1_700_006_400  # 2023-11-15T00:00:00Z
MINUTES = 1_440 + 60


def stamp(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(FIRST_S + 60 * minute))


def imported(*more: str) -> Result:
    window = ("--since", stamp(0), "--until", stamp(MINUTES))
    with LoopbackKraken() as server:
        server.candles = [
            [FIRST_S + 60 * minute, "0.9990", "0.9999", "0.9980", "0.9995", "0.9991", "120.5", 7]
            for minute in range(MINUTES)
        ]
        return run("import", "kraken", "USDC/USD", *window, "--url", server.url, *more)


def printed(*more: str) -> Result:
    window = ("--since", stamp(0), "--until", stamp(MINUTES))
    return run("candles", "kraken", "USDC/USD", *window, *more)


def test_an_import_tells_what_it_wrote_in_one_object() -> None:
    done = imported("--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.output) == {
        "series": {"venue": "kraken", "pair": "USDC/USD", "frame_s": 60},
        "candles": MINUTES,
        "pages": 3,
        "unusable": 0,
        "unserved_s": 0,
        "first": stamp(0),
        "last": stamp(MINUTES - 1),
    }


def test_candles_are_printed_the_same_before_and_after_they_were_archived(folder: Path) -> None:
    imported()
    before = printed()
    assert before.output.splitlines()[:2] == [
        "time,open,high,low,close,volume",
        f"{stamp(0)},0.999,0.9999,0.998,0.9995,120.5",
    ]
    assert len(before.output.splitlines()) == MINUTES + 1
    moved = run("archive", "--json")
    assert json.loads(moved.output) == {"days": 2, "candles": MINUTES, "dropped_days": 0}
    assert sorted(path.name for path in folder.glob("repeg-archive/candles/*")) == [
        "2023-11-15.parquet",
        "2023-11-16.parquet",
    ]
    assert printed().output == before.output


def test_the_archive_forgets_after_cold_days(folder: Path) -> None:
    imported()
    (folder / "repeg.toml").write_text("[history]\nwarm_days = 1\ncold_days = 30\n")
    done = run("archive", "--config", "repeg.toml", "--json")
    assert json.loads(done.output)["dropped_days"] == 2
    assert len(printed().output.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("import", "kroken", "USDC/USD", "--since", "2023-01-01"), 1, "no exchange is called"),
        (("import", "kraken", "USDC/USD", "--since", "2099-01-01"), 2, "is not before"),
        (("import", "kraken", "USDC/USD"), 2, "--since"),
        (("candles", "kraken", "USDC/USD", "--since", "2023-01-01", "--frame", "x"), 1, "'x'"),
        (("import", "kraken", "A/B", "--since", "2023-01-01", "--frame", "7m"), 1, "of 7m"),
    ],
)
def test_bad_input_is_told_and_writes_nothing(
    arguments: tuple[str, ...], code: int, complaint: str, folder: Path
) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert complaint in done.stderr
    assert list(folder.iterdir()) == []


def test_a_pair_that_is_not_traded_there_leaves_no_database_behind(folder: Path) -> None:
    with LoopbackKraken() as server:
        done = run("import", "kraken", "UST/USD", "--since", "2022-01-01", "--url", server.url)
    assert done.exit_code == 1
    assert "kraken has no spot market UST/USD" in done.stderr
    assert list(folder.iterdir()) == []


def test_an_exchange_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.operations.candle_import._FIRST_WAIT_S", 0.001)
    done = run(
        *("import", "kraken", "USDC/USD", "--since", "2022-01-01", "--url", "http://127.0.0.1:1")
    )
    assert done.exit_code == 1
    assert "exchange kraken is not available" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
