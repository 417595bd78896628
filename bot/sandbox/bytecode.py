"""Creation and runtime code out of the kept packages."""

import ast
import importlib.util
import tarfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.domain.errors import BadConfiguration
from bot.domain.units import Address
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.packages import file_of
from bot.sandbox.pins import MAKER, MORPHO, UNISWAP_V4, Package
from bot.sandbox.solc import Compilation

MULTICALL3_CODE_HASH = "d5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891"
DAI_CODE_HASH = "e58d2dc034b2b9601a7c61f46e6cafb86ce86ddcb5ab3dae6243f3695d13f3e5"
USDT_CREATION = "d9c18b66596df5a4c2fb0e39306c82ac8037aec60041e6cf7fc3afcb2a4af5c4"


def creation_code(
    package: Package, name: str, libraries: dict[str, Address] | None = None
) -> bytes:
    """Return the creation code of an artifact, its libraries linked in by position."""
    artifact = msgspec.json.decode(file_of(package, name).read_bytes())
    code = artifact.get("bytecode")
    references = artifact.get("linkReferences") or {}
    if isinstance(code, dict):  # Foundry's shape
        code, references = code["object"], code.get("linkReferences") or references
    return _linked(str(code).removeprefix("0x"), references, libraries or {})


def _linked(code: str, references: dict[str, Any], libraries: dict[str, Address]) -> bytes:
    spots = [
        (name, spot["start"])
        for contracts in references.values()
        for name, found in contracts.items()
        for spot in found
    ]
    for name, start in spots:
        at = 2 * start
        code = code[:at] + libraries[name][2:].lower() + code[at + 40 :]
    return bytes.fromhex(code)


def morpho_compilation() -> Compilation:
    """Morpho Blue as its authors compile it."""
    return Compilation(
        module="solc-0.8.19",
        sources={name: file_of(MORPHO, name).read_text() for name in MORPHO.files},
        settings={
            "optimizer": {"enabled": True, "runs": 999_999},
            "viaIR": True,
            "evmVersion": "paris",
            "metadata": {"bytecodeHash": "none"},
        },
        contract=("src/Morpho.sol", "Morpho"),
    )


def permit2_compilation() -> Compilation:
    """Permit2 as its authors compile it."""
    root = "lib/permit2/"
    names = [name for name in UNISWAP_V4.files if name.startswith(root)]
    return Compilation(
        module="solc-0.8.17",
        sources={n.removeprefix(root): file_of(UNISWAP_V4, n).read_text() for n in names},
        settings={
            "optimizer": {"enabled": True, "runs": 1_000_000},
            "viaIR": True,
            "metadata": {"bytecodeHash": "none"},
            "remappings": ["solmate/=lib/solmate/"],
        },
        contract=("src/Permit2.sol", "Permit2"),
    )


def dai_runtime() -> bytes:
    """Return the code of Maker's Dai, from the recorded chain of Maker's own test suite."""
    text = _recorded(f"./!trie_db!0x{DAI_CODE_HASH}").decode().strip().strip('"')
    return _checked("Dai", bytes.fromhex(text.removeprefix("0x")), DAI_CODE_HASH)


def usdt_creation_code() -> bytes:
    """Return Maker's port of TetherToken without its argument, the initial supply."""
    transaction = msgspec.json.decode(_recorded(f"./!transactions!0x{USDT_CREATION}"))
    return bytes.fromhex(transaction["data"].removeprefix("0x"))[:-32]


def multicall3_runtime() -> bytes:
    """Return the code ape carries, read without importing ape."""
    spec = importlib.util.find_spec("ape_ethereum")
    if spec is None or spec.origin is None:
        raise BadConfiguration("ape is not installed; run: make setup")
    source = Path(spec.origin).parent / "multicall" / "constants.py"
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MULTICALL3_CODE":
            literal = next(n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
            code = bytes.fromhex(str(literal).removeprefix("0x"))
            return _checked("Multicall3", code, MULTICALL3_CODE_HASH)
    raise LocalChainFailed(f"{source.name} of ape has no MULTICALL3_CODE")


def _checked(name: str, code: bytes, expected: str) -> bytes:
    found = keccak(code).hex()
    if found != expected:
        raise LocalChainFailed(f"code hash of {name} is {found}, expected {expected}")
    return code


def _recorded(member: str) -> bytes:
    return _recorded_all()[member]


@lru_cache(maxsize=1)
def _recorded_all() -> dict[str, bytes]:
    wanted = {f"./!trie_db!0x{DAI_CODE_HASH}", f"./!transactions!0x{USDT_CREATION}"}
    found = {}
    with tarfile.open(file_of(MAKER, MAKER.files[0]), "r:gz") as archive:
        for member in archive:
            source = archive.extractfile(member) if member.name in wanted else None
            if source is not None:
                found[member.name] = source.read()
    return found
