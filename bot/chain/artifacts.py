"""Compiled contracts of this project, as `forge build` leaves them in `out/`."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from bot.domain.errors import BadConfiguration

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled contract."""

    name: str
    abi: list[dict[str, Any]]
    creation_code: bytes
    runtime_code: bytes  # immutables still zero


@lru_cache(maxsize=64)
def load_artifact(name: str) -> Artifact:
    """Return the contract `name`, whose source file has the same name.

    Raises:
        BadConfiguration: the contracts were not built.
    """
    path = PROJECT_ROOT / "out" / f"{name}.sol" / f"{name}.json"
    try:
        found = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError as error:
        raise BadConfiguration(f"{name} is not compiled; run: make contracts") from error
    return Artifact(
        name=name,
        abi=found["abi"],
        creation_code=bytes.fromhex(found["bytecode"]["object"].removeprefix("0x")),
        runtime_code=bytes.fromhex(found["deployedBytecode"]["object"].removeprefix("0x")),
    )
