"""Runs a benchmark and says on which machine."""

import os
import platform
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import msgspec

BENCHMARKS = ("demo", "exactness", "feed", "gas", "latency", "optimum", "quotes", "sync")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Keys carry their unit; `peers` are other ways to the same result, in the same run."""

    figures: dict[str, float]
    peers: dict[str, float] = {}
    notes: tuple[str, ...] = ()  # for people: what was compared, what could not be and why


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `repeg bench NAME --json` prints."""

    benchmark: str
    machine: dict[str, str | int]
    figures: dict[str, float]
    peers: dict[str, float]
    notes: tuple[str, ...] = ()


def run_benchmark(name: str, **options: int) -> Report:
    """Measure `name`, one of `BENCHMARKS`; takes from seconds to minutes.

    `options` are those of the benchmark's own `run`.
    """
    run: Callable[..., Measured] = import_module(f"bot.bench.{name}").run
    measured = run(**options)
    return Report(
        benchmark=name,
        machine=machine(),
        figures=measured.figures,
        peers=measured.peers,
        notes=measured.notes,
    )


def machine() -> dict[str, str | int]:
    """Return what the figures depend on, without the host's name."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def as_markdown(reports: list[Report]) -> str:
    """Return the reports as a page for the docs."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Medians on one machine: compare ratios within a run.",
    ]
    for report in reports:
        described = ", ".join(f"{key} {value}" for key, value in report.machine.items())
        lines += ["", f"## {report.benchmark}", "", f"Machine: {described}.", ""]
        lines += ["| figure | value |", "|---|---|"]
        lines += [f"| `{key}` | {value:.10g} |" for key, value in report.figures.items()]
        lines += [f"| peer: `{key}` | {value:.10g} |" for key, value in report.peers.items()]
        if report.notes:
            lines += ["", *(f"- {note}" for note in report.notes)]
    return "\n".join(lines) + "\n"


def _cpu_model() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2] for line in info.splitlines() if line.startswith("model name")]
    return names[0].strip() if names else platform.processor()
