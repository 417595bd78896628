"""The local mainnet: its state from the cache, or built once; a running chain on top of it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from bot.cache_folder import cache_folder
from bot.chain.artifacts import PROJECT_ROOT, load_artifact
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.build import build_state
from bot.sandbox.cache import one_at_a_time, write_whole
from bot.sandbox.progress import Progress, silent
from bot.sandbox.state import Account, read_alloc

# What decides the state: change one and it is built again.
SOURCES = (
    *("bot/domain/assets.py", "bot/domain/venues.py"),
    *(f"bot/sandbox/{name}.py" for name in ("addresses", "build", "bytecode", "deployer")),
    *(f"bot/sandbox/{name}.py" for name in ("pins", "pools", "provenance", "solc", "state")),
)
SYSTEMS_FOLDER, CONTRACTS_FOLDER = "bot/sandbox/systems", "contracts/sandbox"
KEPT_STATES = 4


def ensure_state(progress: Progress = silent) -> Path:
    """Return the cached state file, built first where there is none or it is damaged.

    Raises:
        PackageUnavailable: a package could not be fetched.
        HaltError: something is missing on this machine, or the chain is not what it should be.
    """
    path = cache_folder() / "states" / f"{state_key()}.json"
    return kept_state(path, lambda: build_state(progress), progress)


def kept_state(path: Path, build: Callable[[], bytes], progress: Progress) -> Path:
    """Return `path`, filled by `build` first where it is missing or damaged.

    Beside it stay the newest states of its folder, which differ from it in their sources.

    Raises:
        RepegError: as `build`.
    """
    if _is_whole(path):
        return path
    with one_at_a_time(f"build-{path.parent.name}"):
        if _is_whole(path):
            return path
        if path.exists():
            progress("cache", "the cached state is damaged, building it again", 0, 1)
        content = build()
        write_whole(_digest_path(path), hashlib.sha256(content).hexdigest().encode())
        write_whole(path, content)
        _forget_old_states(path.parent)
    return path


def load_alloc() -> dict[str, Account]:
    """Return every account of the local mainnet, for an in-process EVM."""
    return read_alloc(ensure_state().read_bytes())


def start_local_mainnet(
    state: Path | None = None, *, no_mining: bool = False, order_fifo: bool = False
) -> Anvil:
    """Return a running local mainnet, on another `state` if given; the caller stops it.

    Raises:
        RepegError: as `ensure_state` and `Anvil`.
    """
    options = AnvilOptions(
        state_path=state or ensure_state(), no_mining=no_mining, order_fifo=order_fifo
    )
    return Anvil(options)


def state_key() -> str:
    """Return a hash of all that the state is made of."""
    digest = hashlib.sha256()
    systems = sorted((PROJECT_ROOT / SYSTEMS_FOLDER).glob("*.py"))
    for path in (*(PROJECT_ROOT / source for source in SOURCES), *systems):
        digest.update(path.read_bytes())
    for source in sorted((PROJECT_ROOT / CONTRACTS_FOLDER).glob("*.sol")):
        digest.update(load_artifact(source.stem).creation_code)
    return digest.hexdigest()[:32]


def _forget_old_states(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in newest_first[KEPT_STATES:]:
        path.unlink()
        _digest_path(path).unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    try:
        expected = _digest_path(path).read_text()
        return hashlib.sha256(path.read_bytes()).hexdigest() == expected
    except FileNotFoundError:
        return False


def _digest_path(path: Path) -> Path:
    return path.with_suffix(".sha256")
