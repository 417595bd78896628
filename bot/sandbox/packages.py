"""Fetches pinned packages with the npm client, one by one, and keeps only the files we use."""

import base64
import hashlib
import subprocess
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bot.cache_folder import cache_folder
from bot.sandbox.cache import write_whole
from bot.sandbox.errors import IntegrityMismatch, PackageUnavailable
from bot.sandbox.node_tools import node_command, node_environment
from bot.sandbox.pins import PACKAGES, Package

PARALLEL_FETCHES = 2
FETCH_DEADLINE_S = 300
MANIFEST = "manifest.json"  # written last: sha256 of each kept file

Fetched = Callable[[Package, int, int], None]  # package, how many are there, of how many


def ensure_packages(fetched: Fetched) -> None:
    """Make every pinned file present; afterwards no network is needed.

    Raises:
        PackageUnavailable: npm could not fetch one.
        IntegrityMismatch: one is not what was pinned.
        BadConfiguration: there is no npm.
    """
    missing = [package for package in PACKAGES if not is_kept(package)]
    with ThreadPoolExecutor(PARALLEL_FETCHES) as pool:
        jobs = {pool.submit(keep, package): package for package in missing}
        try:
            for count, job in enumerate(as_completed(jobs), start=1):
                job.result()
                fetched(jobs[job], len(PACKAGES) - len(missing) + count, len(PACKAGES))
        finally:
            pool.shutdown(cancel_futures=True)


def file_of(package: Package, name: str) -> Path:
    """Return where the kept file `name` of `package` is."""
    return _folder(package) / name


def is_kept(package: Package) -> bool:
    """Whether all files are there, each with the content it was kept with."""
    try:
        kept = msgspec.json.decode(file_of(package, MANIFEST).read_bytes(), type=dict[str, str])
        return set(kept) == set(package.files) and all(
            _sha256(file_of(package, name).read_bytes()) == digest for name, digest in kept.items()
        )
    except (FileNotFoundError, msgspec.DecodeError):
        return False


def keep(package: Package) -> None:
    """Fetch one package, verify it, keep its pinned files."""
    with TemporaryDirectory(prefix="repeg-npm-") as scratch:
        tarball = _npm_pack(package, Path(scratch))
        verify(package, tarball)
        digests = {}
        with tarfile.open(tarball, "r:gz") as archive:
            wanted = {f"package/{name}": name for name in package.files}
            for member in archive:
                name = wanted.pop(member.name, None)
                source = archive.extractfile(member) if name is not None else None
                if name is not None and source is not None:
                    content = source.read()
                    write_whole(file_of(package, name), content)
                    digests[name] = _sha256(content)
        if wanted:
            raise PackageUnavailable(package.spec, f"it lacks {', '.join(wanted.values())}")
        write_whole(file_of(package, MANIFEST), msgspec.json.encode(digests))


def verify(package: Package, tarball: Path) -> None:
    """Compare a tarball with the pinned hash.

    Raises:
        IntegrityMismatch: they differ.
    """
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != package.integrity:
        raise IntegrityMismatch(package.spec, found, package.integrity)


def _npm_pack(package: Package, folder: Path) -> Path:
    # The hash decides what is taken, so npm's own cache is as good as its registry.
    options = ("--ignore-scripts", "--prefer-offline", "--fetch-retries=1", "--loglevel=error")
    command = [*node_command("npm"), "pack", *options, package.spec]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=node_environment(),
            capture_output=True,
            text=True,
            timeout=FETCH_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PackageUnavailable(package.spec, f"no end after {FETCH_DEADLINE_S} s") from error
    found = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(found) != 1:
        lines = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
        said = "; ".join(line.removeprefix("npm error ") for line in lines[:4])
        raise PackageUnavailable(package.spec, f"npm ended with {done.returncode}, saying: {said}")
    return found[0]


def _folder(package: Package) -> Path:
    return cache_folder() / "packages" / package.name.replace("/", "__") / package.version


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
