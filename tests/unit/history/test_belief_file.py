from pathlib import Path

import pytest

from bot.domain.errors import BadConfiguration
from bot.history.belief_file import read_model, write_fit


def test_a_fit_is_read_as_it_was_written(tmp_path: Path) -> None:
    fit = read_model().fit
    write_fit(fit, tmp_path / "own.json")
    assert read_model(tmp_path / "own.json").fit == fit
    assert [path.name for path in tmp_path.iterdir()] == ["own.json"]


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "mood": 3}', "[]"])
def test_what_is_no_fit_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(BadConfiguration, match=r"other\.json"):
        read_model(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"nowhere\.json"):
        read_model(tmp_path / "nowhere.json")


def test_a_fit_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="no_folder"):
        write_fit(read_model().fit, tmp_path / "no_folder" / "own.json")
