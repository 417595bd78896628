"""Pinned packages, fetched by a stand-in `npm` that serves a prepared tarball."""

import base64
import hashlib
import io
import sys
import tarfile
from pathlib import Path

import pytest

from bot.domain.errors import BadConfiguration
from bot.sandbox.errors import IntegrityMismatch, PackageUnavailable
from bot.sandbox.packages import file_of, is_kept, keep
from bot.sandbox.pins import PACKAGES, Package


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPEG_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "served.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("wanted.json", "unwanted.json"):
            content = name.encode()
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def served_by_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def package(tarball: Path, *files: str) -> Package:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    return Package(name="@some/thing", version="1.0.0", integrity=f"sha512-{digest}", files=files)


def test_only_the_pinned_files_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    served_by_npm(tmp_path, monkeypatch, f"cp {tarball} thing.tgz")
    pinned = package(tarball, "wanted.json")
    assert not is_kept(pinned)
    keep(pinned)
    assert is_kept(pinned)
    assert file_of(pinned, "wanted.json").read_text() == "wanted.json"
    assert not file_of(pinned, "unwanted.json").exists()


def test_kept_file_that_changed_is_not_kept_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    served_by_npm(tmp_path, monkeypatch, f"cp {tarball} thing.tgz")
    pinned = package(tarball, "wanted.json")
    keep(pinned)
    file_of(pinned, "wanted.json").write_text("changed")
    assert not is_kept(pinned)


def test_tarball_with_another_hash_is_refused_and_nothing_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    pinned = package(tarball, "wanted.json")
    tarball.write_bytes(tarball.read_bytes() + b"\0")
    served_by_npm(tmp_path, monkeypatch, f"cp {tarball} thing.tgz")
    with pytest.raises(IntegrityMismatch, match=r"@some/thing@1\.0\.0 has integrity sha512-"):
        keep(pinned)
    assert not file_of(pinned, "wanted.json").exists()


def test_tarball_without_a_pinned_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    served_by_npm(tmp_path, monkeypatch, f"cp {tarball} thing.tgz")
    pinned = package(tarball, "wanted.json", "absent.json")
    with pytest.raises(PackageUnavailable, match=r"it lacks absent\.json"):
        keep(pinned)
    assert not is_kept(pinned)


def test_npm_that_fails_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    served_by_npm(tmp_path, monkeypatch, "echo network is down >&2; exit 7")
    with pytest.raises(PackageUnavailable, match="npm ended with 7, saying: network is down"):
        keep(package(tarball, "wanted.json"))


def test_without_npm_the_error_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tarball: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", [])  # no Node from PyPI either
    with pytest.raises(BadConfiguration, match="npm was not found; run: make setup"):
        keep(package(tarball, "wanted.json"))


def test_every_pin_is_exact() -> None:
    for pinned in PACKAGES:
        assert pinned.version[0].isdigit()
        assert len(base64.b64decode(pinned.integrity.removeprefix("sha512-"))) == 64
        assert pinned.files
        assert not any(name.startswith("/") or ".." in name for name in pinned.files)
