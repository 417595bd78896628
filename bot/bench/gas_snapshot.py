"""`.gas-snapshot`: the committed gas of every row, compared by a test, rewritten by `make gas`."""

import re
from pathlib import Path

import msgspec

from bot.bench.gas import measured_rows
from bot.bench.gas_ground import Ground
from bot.bench.gas_table import Row, as_table
from bot.chain.artifacts import PROJECT_ROOT, load_artifact

SNAPSHOT = PROJECT_ROOT / ".gas-snapshot"
PAGE = PROJECT_ROOT / "docs" / "gas.md"
TABLE_FROM, TABLE_TO = "<!-- rows -->\n", "<!-- end of rows -->"
EXECUTOR = "DepegExecutor"
_LINE = re.compile(r"(\w+) \((gas|bytes): (\d+)\)")


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Gas of whole transactions by row, and the size of the executor's runtime code."""

    whole_gas: dict[str, int]
    runtime_bytes: int


def snapshot_of(rows: list[Row]) -> Snapshot:
    """Return what would be committed for these rows."""
    return Snapshot(
        whole_gas={row.route.key: row.executor.whole for row in rows},
        runtime_bytes=len(load_artifact(EXECUTOR).runtime_code),
    )


def committed() -> Snapshot:
    """Return what is committed."""
    found = [_LINE.fullmatch(line) for line in SNAPSHOT.read_text().splitlines()]
    lines = [(line[1], line[2], int(line[3])) for line in found if line is not None]
    (size,) = (number for _, unit, number in lines if unit == "bytes")
    gas = {name: number for name, unit, number in lines if unit == "gas"}
    return Snapshot(whole_gas=gas, runtime_bytes=size)


def write() -> None:
    """Measure, and rewrite the file and the table of the page."""
    with Ground() as ground:
        rows = measured_rows(ground)
    found = snapshot_of(rows)
    lines = [f"{name} (gas: {gas})" for name, gas in found.whole_gas.items()]
    lines.append(f"{EXECUTOR} (bytes: {found.runtime_bytes})")
    SNAPSHOT.write_text("\n".join(lines) + "\n")
    _write_table(PAGE, as_table(rows))


def _write_table(page: Path, table: str) -> None:
    before, _, rest = page.read_text().partition(TABLE_FROM)
    _, _, after = rest.partition(TABLE_TO)
    page.write_text(before + TABLE_FROM + "\n" + table + "\n" + TABLE_TO + after)


if __name__ == "__main__":
    write()
