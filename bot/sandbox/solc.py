"""Compiles kept sources with the npm build of solc; the answer is kept too."""

import hashlib
import subprocess
from typing import Any

import msgspec

from bot.cache_folder import cache_folder
from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import BadConfiguration
from bot.sandbox.cache import write_whole
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.node_tools import node_command, node_environment

COMPILE_DEADLINE_S = 300
SCRIPT = (
    "const solc = require(process.argv[1]); let text = '';"
    "process.stdin.on('data', d => text += d)"
    ".on('end', () => process.stdout.write(solc.compile(text)));"
)


class Compilation(msgspec.Struct, frozen=True, kw_only=True):
    """What is compiled and how; `module` is the folder in node_modules."""

    module: str
    sources: dict[str, str]
    settings: dict[str, Any]
    contract: tuple[str, str]  # source name, contract name

    def request(self) -> bytes:
        """Return solc's standard JSON input."""
        source, name = self.contract
        output = {source: {name: ["evm.bytecode.object"]}}
        return msgspec.json.encode(
            {
                "language": "Solidity",
                "sources": {path: {"content": text} for path, text in self.sources.items()},
                "settings": {**self.settings, "outputSelection": output},
            },
            order="sorted",
        )


def compiled(what: Compilation) -> bytes:
    """Return the creation code, from the cache if it was compiled before.

    Raises:
        BadConfiguration: node or the compiler is not installed.
        LocalChainFailed: the sources do not compile.
    """
    request = what.request()
    key = hashlib.sha256(what.module.encode() + request).hexdigest()[:32]
    kept = cache_folder() / "compiled" / f"{what.contract[1]}-{key}.hex"
    if not kept.is_file():
        write_whole(kept, _run(what, request).encode())
    return bytes.fromhex(kept.read_text())


def _run(what: Compilation, request: bytes) -> str:
    module = PROJECT_ROOT / "node_modules" / what.module
    if not module.is_dir():
        raise BadConfiguration(f"the compiler {what.module} is not installed; run: make setup")
    done = subprocess.run(
        [*node_command("node"), "-e", SCRIPT, str(module)],
        input=request,
        env=node_environment(),
        capture_output=True,
        timeout=COMPILE_DEADLINE_S,
        check=False,
    )
    if done.returncode != 0:
        raise LocalChainFailed(f"{what.module} failed: {done.stderr.decode()[-400:]}")
    answer = msgspec.json.decode(done.stdout)
    source, name = what.contract
    failures = [e["formattedMessage"] for e in answer.get("errors", []) if e["severity"] == "error"]
    if failures:
        raise LocalChainFailed(f"{name} does not compile: {failures[0]}")
    return str(answer["contracts"][source][name]["evm"]["bytecode"]["object"])
