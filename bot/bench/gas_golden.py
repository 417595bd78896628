"""The committed gas of every row: compared by a test, rewritten by `make gas`."""

from pathlib import Path

import msgspec

from bot.bench.gas import measured_rows
from bot.bench.gas_ground import Ground
from bot.bench.gas_table import Row, as_table
from bot.chain.artifacts import PROJECT_ROOT, load_artifact

GOLDEN = PROJECT_ROOT / "tests" / "golden" / "gas.json"
PAGE = PROJECT_ROOT / "docs" / "gas.md"
TABLE_FROM, TABLE_TO = "<!-- rows -->\n", "<!-- end of rows -->"


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """Gas of whole transactions by row, and the size of the executor's runtime code."""

    whole_gas: dict[str, int]
    runtime_bytes: int


def golden_of(rows: list[Row]) -> Golden:
    """Return what would be committed for these rows."""
    return Golden(
        whole_gas={row.route.key: row.executor.whole for row in rows},
        runtime_bytes=len(load_artifact("DepegExecutor").runtime_code),
    )


def committed() -> Golden:
    """Return what is committed."""
    return msgspec.json.decode(GOLDEN.read_bytes(), type=Golden)


def write() -> None:
    """Measure, and rewrite the file and the table of the page."""
    with Ground() as ground:
        rows = measured_rows(ground)
    found = msgspec.json.encode(golden_of(rows), order="sorted")
    GOLDEN.write_bytes(msgspec.json.format(found, indent=2) + b"\n")
    _write_table(PAGE, as_table(rows))


def _write_table(page: Path, table: str) -> None:
    before, _, rest = page.read_text().partition(TABLE_FROM)
    _, _, after = rest.partition(TABLE_TO)
    page.write_text(before + TABLE_FROM + "\n" + table + "\n" + TABLE_TO + after)


if __name__ == "__main__":
    write()
