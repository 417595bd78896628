"""Compares what slither found with what we have explained; anything else fails.

Usage: slither_baseline.py <slither.json> <baseline.toml>
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JUDGED = ("High", "Medium", "Low")

Finding = tuple[str, str]  # detector, "file:Contract.function"


def findings(report: dict[str, Any]) -> Iterator[tuple[Finding, str]]:
    """Yield each finding that counts, with its impact."""
    for result in report["results"].get("detectors", []):
        if result["impact"] in JUDGED:
            yield (result["check"], _place(result["elements"][0])), result["impact"]


def explained(baseline: dict[str, Any]) -> set[Finding]:
    """Return the findings that the baseline names, each under a reason.

    Raises:
        ValueError: an entry has no reason.
    """
    found: set[Finding] = set()
    for entry in baseline["explained"]:
        if not entry["why"].strip():
            raise ValueError(f"{entry['check']}: no reason given")
        found.update((entry["check"], place) for place in entry["where"])
    return found


def _place(element: dict[str, Any]) -> str:
    file = element["source_mapping"]["filename_relative"]
    parent = element.get("type_specific_fields", {}).get("parent", {})
    if element["type"] == "contract":
        return f"{file}:{element['name']}"
    if element["type"] == "function":
        return f"{file}:{parent['name']}.{element['name']}"
    return f"{file}:{parent.get('name', element['name'])}"  # a statement or a variable


def main(arguments: list[str]) -> int:
    """Print the difference and return 1 if there is one."""
    report = json.loads(Path(arguments[0]).read_text())
    if not report["success"]:
        print(report["error"])
        return 1
    found = dict(findings(report))
    known = explained(tomllib.loads(Path(arguments[1]).read_text()))
    unexplained = sorted(set(found) - known)
    stale = sorted(known - set(found))
    for check, place in unexplained:
        print(f'unexplained ({found[check, place]}): check = "{check}", where = "{place}"')
    for check, place in stale:
        print(f'explained, but not found any more: check = "{check}", where = "{place}"')
    print(f"slither: {len(found)} findings, {len(found) - len(unexplained)} explained")
    return int(bool(unexplained or stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
