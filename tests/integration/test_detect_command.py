"""`repeg detect` as it is called: what it prints, and what it says of a file that is wrong."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from bot.cli import main

KEYS = {
    *("asset", "start", "end", "direction", "severity", "trough_bps", "breadth", "status"),
    *("class", "probability_of_never", "vetoes"),
}
NOON = datetime(2023, 3, 10, 12, tzinfo=UTC)  # a Friday
DOCS = Path(__file__).parents[2] / "docs" / "detection.md"
FALL = (0, 0, -8, -60, -320, -150, -30, *([0] * 15))


def written(folder: Path, offs: tuple[float, ...] = FALL, *, asset: str = "USDC") -> Path:
    lines = ["time,venue,asset,bid,ask,kind"]
    for minute, off in enumerate(offs):
        at = (NOON + timedelta(minutes=minute)).isoformat()
        price = 1 + off / 1e4
        for venue, kind in (("kraken", "cex"), ("binance", ""), ("curve", "dex")):
            lines.append(f"{at},{venue},{asset},{price:.6f},{price:.6f},{kind}")
    path = folder / "prices.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["detect", *arguments])


def test_a_depeg_is_one_line_of_json(tmp_path: Path) -> None:
    done = run("--prices", str(written(tmp_path)), "--json")
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    event = msgspec.json.decode(line)
    assert set(event) >= KEYS
    told = {key: event[key] for key in KEYS - {"probability_of_never", "vetoes"}}
    assert told == {
        "asset": "USDC",
        "start": "2023-03-10T12:02:00Z",
        "end": "2023-03-10T12:07:00Z",
        "direction": "discount",
        "severity": "severe",
        "trough_bps": 320.0,
        "breadth": "everywhere",
        "status": "resolved",
        "class": "temporary",
    }
    assert 0 < event["probability_of_never"] < 1


def test_a_depeg_that_is_not_over_has_no_end(tmp_path: Path) -> None:
    done = run("--prices", str(written(tmp_path, FALL[:7])), "--json")
    event = msgspec.json.decode(done.stdout)
    assert (event["end"], event["status"]) == (None, "recovering")


def test_a_depeg_of_a_reflexive_coin_is_terminal_and_vetoed(tmp_path: Path) -> None:
    done = run("--prices", str(written(tmp_path, FALL[:7], asset="UST")), "--json")
    event = msgspec.json.decode(done.stdout)
    assert event["class"] == "terminal"
    assert "reflexive" in event["vetoes"]
    assert event["recommended"] is False


def test_a_calm_file_prints_nothing(tmp_path: Path) -> None:
    done = run("--prices", str(written(tmp_path, (0.0, -4.0, 3.0, 0.0))), "--json")
    assert (done.exit_code, done.stdout) == (0, "")


def test_a_coin_that_others_are_only_quoted_in_is_not_reported(tmp_path: Path) -> None:
    lines = ["time,venue,asset,price"]
    for minute in range(30):
        at = (NOON + timedelta(minutes=minute)).isoformat()
        lines += [f"{at},kraken,USDC,1.0", f"{at},binance.us,USDC/USDT,0.99"]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    assert run("--prices", str(tmp_path / "p.csv"), "--json").stdout == ""
    own = [f"{line.replace('USDC/USDT,0.99', 'USDT,1.0101')}" for line in lines]
    (tmp_path / "p.csv").write_text("\n".join(own))
    assert '"asset":"USDT"' in run("--prices", str(tmp_path / "p.csv"), "--json").stdout


def test_coins_that_nothing_ties_to_the_dollar_are_told_apart_from_calm_ones(
    tmp_path: Path,
) -> None:
    lines = ["time,venue,asset,price"]
    for minute in range(5):
        at = (NOON + timedelta(minutes=minute)).isoformat()
        lines += [f"{at},binance,USDC/USDT,0.95", f"{at},okx,FDUSD/USDT,1.0"]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    blind = run("--prices", str(tmp_path / "p.csv"))
    assert (blind.exit_code, blind.stdout) == (0, "")
    fdusd, usdc = blind.stderr.splitlines()
    assert fdusd.startswith("FDUSD: no price")
    assert usdc.startswith("USDC: no price")
    assert "binance: nothing else ties USDT to USD" in usdc
    assert run("--prices", str(tmp_path / "p.csv"), "--json").stderr == blind.stderr


def test_only_the_coins_that_never_had_a_price_are_told(tmp_path: Path) -> None:
    lines = ["time,venue,asset,price,kind"]
    for minute in range(300):
        at = (NOON + timedelta(minutes=minute)).isoformat()
        lines.append(f"{at},kraken,USDC,1.0,")
        if minute < 3:  # an hour later it has gone stale
            lines += [f"{at},kraken,EURC,1.0,", f"{at},binance,USDT/TUSD,1.0,"]
            lines += [f"{at},kraken,BTC/USD,20000,", f"{at},maker,DAI,,redemption"]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    done = run("--prices", str(tmp_path / "p.csv"))
    assert done.stdout == "no depeg\n"
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["DAI", "USDT"]
    assert "binance: nothing else ties TUSD to USD" in done.stderr
    assert "maker: redemption is suspended" in done.stderr


def test_severity_is_of_the_magnitude_that_is_told_as_the_docs_say(tmp_path: Path) -> None:
    said = re.findall(r"(\d+\.\d+) bps reads (\d+\.\d+), `(\w+)`", DOCS.read_text())
    assert len(said) == 2
    for off, told, severity in said:
        prices = written(tmp_path, (0, *[-float(off)] * 3, *[0] * 15))
        event = msgspec.json.decode(run("--prices", str(prices), "--json").stdout)
        assert (event["trough_bps"], event["severity"]) == (float(told), severity)


def test_small_depegs_can_be_left_out(tmp_path: Path) -> None:
    prices = str(written(tmp_path))
    assert run("--prices", prices, "--json", "--least", "severe").stdout != ""
    assert run("--prices", prices, "--json", "--least", "extreme").stdout == ""


def test_people_get_two_lines(tmp_path: Path) -> None:
    done = run("--prices", str(written(tmp_path)))
    assert done.exit_code == 0
    first, second = done.stdout.splitlines()
    assert first.split()[:4] == ["USDC", "discount", "severe", "320.0"]
    assert second.strip().startswith("temporary, never back ")


def test_people_are_told_when_there_is_nothing(tmp_path: Path) -> None:
    assert run("--prices", str(written(tmp_path, (0.0, 0.0)))).stdout == "no depeg\n"


def test_settings_change_what_counts(tmp_path: Path) -> None:
    config = tmp_path / "repeg.toml"
    config.write_text("[detection]\nhold_s = 86400.0\n")
    done = run("--prices", str(written(tmp_path)), "--json", "--config", str(config))
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("time,venue,asset,price\n", "has no rows"),
        ("time,venue,asset\n1,2,3\n", "column price"),
        ("time,venue,price\n", "column asset"),
        ("time,venue,asset,price\n2023-03-10,kraken,USDC,abc\n", "row 2: column price"),
        ("time,venue,asset,price\nnoon,kraken,USDC,1\n", "row 2: column time"),
        (
            "time,venue,asset,price\n2023-03-10,kraken,DAI,1\n2023-03-10,kraken,DAI,0.9\n",
            "row 3: ",
        ),
    ],
)
def test_a_bad_file_is_one_clear_line_and_nothing_else(
    tmp_path: Path, text: str, told: str
) -> None:
    prices = tmp_path / "bad.csv"
    prices.write_text(text)
    before = sorted(tmp_path.iterdir())
    done = run("--prices", str(prices), "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert str(prices) in done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_fault_in_the_last_row_keeps_the_first_events_from_being_printed(tmp_path: Path) -> None:
    prices = written(tmp_path)
    with prices.open("a") as file:
        file.write("2023-03-10T13:00:00Z,kraken,USDC,1.0,0.9,cex\n")
    done = run("--prices", str(prices), "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "column bid" in done.stderr


def test_unknown_settings_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "repeg.toml"
    config.write_text("[detection]\nhold = 1\n")
    done = run("--prices", str(written(tmp_path)), "--config", str(config))
    assert done.exit_code == 1
    assert "hold" in done.stderr
