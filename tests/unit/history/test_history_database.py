from pathlib import Path

import pytest

from bot.domain.errors import BadConfiguration, HistoryUnusable
from bot.history.database import HistoryDatabase


@pytest.mark.parametrize("url", ["mysql://localhost/history", "sqlite+pysqlcipher:///x"])
def test_a_database_that_is_not_spoken_is_refused_by_name(url: str) -> None:
    with pytest.raises(BadConfiguration, match=r"not supported: use sqlite:///FILE"):
        HistoryDatabase(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgres:/repeg:open-sesame@127.0.0.1/history",
        "postgresql//127.0.0.1/history",
        "sqlite:/history.sqlite",
        "sqlite://folder/history.sqlite",
    ],
)
def test_a_url_with_a_slash_or_colon_too_few_makes_no_file_of_that_name(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfiguration, match="sqlite:///FILE") as refused:
        HistoryDatabase(url)
    assert "open-sesame" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["history:1.sqlite", "postgres.sqlite"])
def test_a_file_may_have_any_name_behind_its_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    HistoryDatabase(f"./{name}").close()
    assert (tmp_path / name).exists()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy low\n" * 100)
    with pytest.raises(HistoryUnusable, match="not a database"):
        HistoryDatabase(str(path))
    assert path.read_text() == "buy low\n" * 100


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryUnusable, match="file"):
        HistoryDatabase(str(tmp_path / "file" / "history.sqlite"))


def test_a_password_is_never_told() -> None:
    with pytest.raises(HistoryUnusable) as caught:
        HistoryDatabase("postgresql://repeg:open-sesame@127.0.0.1:1/history")
    assert "open-sesame" not in str(caught.value)


def test_migrating_leaves_the_process_able_to_log_as_before(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    HistoryDatabase(str(tmp_path / "history.sqlite")).close()
    assert capfd.readouterr() == ("", "")
