import os
import subprocess
import sys
from pathlib import Path
from shutil import copy

from bot.amm.kernels import compiling

_REPORT = "from bot.amm.kernels import compiling; print(compiling._FOLDER)"


def folder_with(cache: Path, where: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _REPORT],
        env=os.environ | {"REPEG_CACHE_DIR": str(cache)},
        cwd=where,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_machine_code_is_kept_under_the_cache_folder(tmp_path: Path) -> None:
    folder = Path(folder_with(tmp_path))
    assert folder.parent == tmp_path / "kernels"
    assert folder.is_dir()


def test_search_works_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert folder_with(tmp_path / "file") == "None"


def test_folder_is_named_after_the_sources(tmp_path: Path) -> None:
    copied = tmp_path / "bot"
    for source in Path("bot/amm/kernels").glob("*.py"):
        target = copied / "amm" / "kernels" / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text() + ("\n" if source.name == "ways.py" else ""))
    for package in (copied, copied / "amm"):
        (package / "__init__.py").touch()
    copy("bot/cache_folder.py", copied)
    cache = tmp_path / "cache"
    assert folder_with(cache, where=tmp_path) != folder_with(cache)


def test_kernels_of_other_folders_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "ways.py").write_text("one = 1\n")
    here = compiling._folder(tmp_path)
    assert here is not None
    assert here.is_dir()
    assert here != compiling._FOLDER
