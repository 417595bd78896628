"""The whole demo as a user meets it: first start, later starts, and the bot's own time."""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

import msgspec

from bot.bench.runner import Measured

_WARM_RUNS = 3


def run() -> Measured:
    """Time the demo in a process of its own, once with an empty cache and then with a full one."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "REPEG_CACHE_DIR": cache}
        cold_s, _ = _demo(environment)
        warm = [_demo(environment) for _ in range(_WARM_RUNS)]
    return Measured(
        figures={
            "cold_s": round(cold_s, 2),
            "warm_s": round(median(seconds for seconds, _ in warm), 2),
            "head_to_bundle_ms": median(answer["head_to_bundle_ms"] for _, answer in warm),
        }
    )


def _demo(environment: dict[str, str]) -> tuple[float, dict[str, float]]:
    started = time.perf_counter()
    command = [sys.executable, "-m", "bot", "demo", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603 - ourselves
    return time.perf_counter() - started, msgspec.json.decode(done.stdout)
