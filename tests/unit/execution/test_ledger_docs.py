"""docs/ledger.md names every event and every setting with its default."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import msgspec

from bot.domain.ledger_events import LedgerEvent
from bot.execution.order_ports import OrderOptions

TEXT = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text()


def test_every_setting_is_told_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", TEXT, re.MULTILINE))
    told = {name: float(value) for name, value in rows.items()}
    (by_venue,) = re.findall(r"^\| `proof_at` \| `(\{.*?\})` \|", TEXT, re.MULTILINE)
    told |= tomllib.loads(f"proof_at = {by_venue}")
    assert told == msgspec.to_builtins(OrderOptions())


def test_every_event_is_told() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(LedgerEvent)}
    assert (
        set(re.findall(r"^\| `(\w+_\w+|decided|commanded)` \| [^\d`]", TEXT, re.MULTILINE)) == tags
    )
