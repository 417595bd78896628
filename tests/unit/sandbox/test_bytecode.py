from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.domain.units import Address
from bot.sandbox.bytecode import MULTICALL3_CODE_HASH, creation_code, multicall3_runtime
from bot.sandbox.cache import write_whole
from bot.sandbox.packages import file_of
from bot.sandbox.pins import Package

PACKAGE = Package(name="some", version="1.0.0", integrity="", files=("Thing.json",))
LIBRARY = Address("0x" + "Ab" * 20)
HOLE = "__$" + "0" * 35 + "$__"[:2]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPEG_CACHE_DIR", str(tmp_path))


def stored(artifact: dict[str, Any]) -> None:
    write_whole(file_of(PACKAGE, "Thing.json"), msgspec.json.encode(artifact))


def test_hardhat_artifact_is_linked_where_its_references_say() -> None:
    references = {"Library.sol": {"Library": [{"start": 1, "length": 20}]}}
    stored({"bytecode": f"0x60{HOLE}00", "linkReferences": references})
    code = creation_code(PACKAGE, "Thing.json", {"Library": LIBRARY})
    assert code.hex() == "60" + "ab" * 20 + "00"


def test_foundry_artifact_needs_no_link() -> None:
    stored({"bytecode": {"object": "0x6001", "linkReferences": {}}})
    assert creation_code(PACKAGE, "Thing.json").hex() == "6001"


def test_artifact_with_a_missing_library_is_an_error() -> None:
    references = {"Library.sol": {"Library": [{"start": 1, "length": 20}]}}
    stored({"bytecode": f"0x60{HOLE}00", "linkReferences": references})
    with pytest.raises(KeyError, match="Library"):
        creation_code(PACKAGE, "Thing.json")


def test_multicall3_is_the_published_code() -> None:
    assert MULTICALL3_CODE_HASH.startswith("d5c15df6")
    assert len(multicall3_runtime()) == 3_808
