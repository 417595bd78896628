"""Breaks the guards of the contracts one at a time and sees whether a test notices.

Each entry of `mutants.toml` is a textual change to one file. It is made in a copy of the contracts,
the suites named there run against it, and a mutant is killed if one of them fails. Exit code 0 if
at least `--least` percent are killed, 1 if fewer, 2 if the list or the suites are at fault.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "contracts",
    "tests/contracts/exploits",
    "tests/contracts/support",
    "tools/solc",
    "foundry.toml",
)
LEFT_OUT = shutil.ignore_patterns("sandbox", "bench", "ExecutorFixture*")  # the suites need none
PROFILE = "mutation"  # of foundry.toml


class Unusable(Exception):
    """The list of mutants, or the suites before any change, are at fault."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change: `old`, which occurs once in `file`, becomes `new`."""

    name: str
    file: str
    old: str
    new: str

    def applied_to(self, tree: Path) -> str:
        """Return the changed text of the file.

        Raises:
            Unusable: `old` is not there, or there more than once.
        """
        text = (tree / self.file).read_text()
        if text.count(self.old) != 1:
            raise Unusable(f"{self.name}: {self.file} has {text.count(self.old)} times: {self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the suites said about a mutant; `by` names the first test that failed."""

    mutant: Mutant
    killed: bool
    by: str
    seconds: float


class Workshop:
    """A copy of the contracts in which mutants are tried, one after another."""

    def __init__(self, tree: Path, suites: str, limit_s: float) -> None:
        self._tree, self._suites, self._limit_s = tree, suites, limit_s

    def furnish(self) -> None:
        """Copy what the suites need from the checkout."""
        for name in COPIED:
            source, target = ROOT / name, self._tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=LEFT_OUT)
            elif source.exists():
                shutil.copy2(source, target)
        for name in ("node_modules", ".venv"):
            (self._tree / name).symlink_to(ROOT / name)

    def twin(self, tree: Path) -> "Workshop":
        """Return a second shop with all that is compiled here."""
        shutil.copytree(self._tree, tree, symlinks=True)
        return Workshop(tree, self._suites, self._limit_s)

    def check_unchanged(self) -> None:
        """Run the suites on the contracts as they are.

        Raises:
            Unusable: they fail.
        """
        code, output = self._run_suites(limit_s=10 * self._limit_s)
        if code != 0:
            raise Unusable(f"the suites fail without any change:\n{output[-3000:]}")

    def try_out(self, mutant: Mutant) -> Outcome:
        """Run the suites on the contracts with one change, and take it back.

        Raises:
            Unusable: the change does not compile or does not apply.
        """
        began = time.monotonic()
        path = self._tree / mutant.file
        original = path.read_text()
        path.write_text(mutant.applied_to(self._tree))
        try:
            code, output = self._run_suites(limit_s=self._limit_s)
        finally:
            path.write_text(original)
        if "Compiler run failed" in output or "Encountered invalid solc" in output:
            raise Unusable(f"{mutant.name} does not compile:\n{output[-2000:]}")
        return Outcome(
            mutant=mutant,
            killed=code != 0,
            by=_first_failure(output) if code else "",
            seconds=time.monotonic() - began,
        )

    def _run_suites(self, *, limit_s: float) -> tuple[int, str]:
        command = ["forge", "test", "--fail-fast", "--color", "never", "--match-path", self._suites]
        environment = {**os.environ, "FOUNDRY_PROFILE": PROFILE}
        with subprocess.Popen(
            command,
            cwd=self._tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                return 1, f"[FAIL] ran for more than {limit_s:.0f} s"
        return process.returncode, output


def _first_failure(output: str) -> str:
    found = re.search(r"\[FAIL[^\n]*?\]\s+(\w+)|\[FAIL\] (ran for[^\n]*)", output)
    return (found.group(1) or found.group(2)) if found else "no test named"


def read_mutants(path: Path, pattern: str) -> tuple[str, list[Mutant]]:
    """Return the suites to run and the mutants whose name or file matches `pattern`.

    Raises:
        Unusable: two mutants share a name, or one does not apply.
    """
    text = tomllib.loads(path.read_text())
    mutants = [Mutant(**entry) for entry in text["mutant"]]
    if len({mutant.name for mutant in mutants}) != len(mutants):
        raise Unusable("two mutants have the same name")
    for mutant in mutants:
        mutant.applied_to(ROOT)
    return text["suites"], [m for m in mutants if re.search(pattern, f"{m.name} {m.file}")]


def run(shops: list[Workshop], mutants: list[Mutant], deadline: float) -> Iterable[Outcome]:
    """Yield the outcome of every mutant begun before `deadline`, one shop per thread."""
    free: Queue[Workshop] = Queue()
    for shop in shops:
        free.put(shop)

    def judge(mutant: Mutant) -> Outcome | None:
        if time.monotonic() > deadline:
            return None
        shop = free.get()
        try:
            return shop.try_out(mutant)
        finally:
            free.put(shop)

    with ThreadPoolExecutor(len(shops)) as pool:
        for outcome in pool.map(judge, mutants):
            if outcome is not None:
                yield outcome


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=float, default=90, help="percent that must be killed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=30, help="begin no mutant after that")
    parser.add_argument("--limit", type=float, default=180, help="seconds for one mutant")
    parser.add_argument("--only", default="", help="pattern of names or files")
    return parser.parse_args()


def judge_all(options: argparse.Namespace, folder: Path) -> int:
    """Print one line per mutant and the sum; return the exit code."""
    suites, mutants = read_mutants(ROOT / "tools/mutants.toml", options.only)
    deadline = time.monotonic() + 60 * options.minutes
    first = Workshop(folder / "0", suites, options.limit)
    first.furnish()
    print(f"{len(mutants)} mutants against {suites}; first without any change ...", flush=True)
    first.check_unchanged()
    jobs = min(options.jobs, len(mutants))
    shops = [first, *(first.twin(folder / str(at)) for at in range(1, jobs))]
    outcomes = []
    for outcome in run(shops, mutants, deadline):
        outcomes.append(outcome)
        verdict = f"killed by {outcome.by}" if outcome.killed else "SURVIVED"
        place = f"{len(outcomes):3}/{len(mutants)}"
        print(f"{place} {outcome.seconds:5.1f} s  {outcome.mutant.name}: {verdict}", flush=True)
    killed = sum(outcome.killed for outcome in outcomes)
    share = 100 * killed / len(mutants)
    print(
        f"mutation: {killed} of {len(mutants)} killed ({share:.1f} %), {options.least:g} % needed"
    )
    if len(outcomes) < len(mutants):
        print(f"{len(mutants) - len(outcomes)} were not tried within {options.minutes:g} minutes")
    return int(share < options.least)


def main() -> int:
    """Run the command line."""
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="repeg-mutants-") as folder:
        try:
            return judge_all(options, Path(folder))
        except Unusable as error:
            print(error)
            return 2


if __name__ == "__main__":
    sys.exit(main())
