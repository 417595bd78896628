"""What a person looks up when something goes wrong is there, and says what the code does."""

import re
from pathlib import Path

import pytest

from bot.control.alert_options import AlertOptions
from bot.control.breaker import BreakerParameters
from bot.control.conditions import Condition, EmergencyParameters
from bot.domain import errors
from bot.domain.errors import HaltError
from bot.domain.risk import Breach, RiskLimits

DOCS = Path(__file__).parents[3] / "docs"
RUNBOOK = (DOCS / "runbook.md").read_text()
RISK = (DOCS / "risk.md").read_text()


def halts() -> list[str]:
    """Return the names of all errors that a person must act on."""
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    return [one.__name__ for one in found if issubclass(one, HaltError) and one is not HaltError]


@pytest.mark.parametrize("title", [*halts(), *(condition.value for condition in Condition)])
def test_the_runbook_has_a_section_of(title: str) -> None:
    assert f"\n## {title}\n" in RUNBOOK


@pytest.mark.parametrize("condition", Condition, ids=lambda one: one.name)
def test_each_emergency_says_what_the_bot_does_and_how_to_go_on(condition: Condition) -> None:
    section = re.split(r"\n#+ ", RUNBOOK.split(f"\n## {condition.value}\n")[1])[0]
    assert "**What the bot does.**" in section
    assert "**What you see.**" in section
    assert "**How to go on.**" in section


@pytest.mark.parametrize("breach", Breach, ids=lambda one: one.name)
def test_each_refusal_says_what_to_do(breach: Breach) -> None:
    rows = "\n".join(line.split("|")[1] for line in RUNBOOK.splitlines() if line.startswith("|"))
    assert breach.value in rows


@pytest.mark.parametrize(
    "section", [RiskLimits(), BreakerParameters(), EmergencyParameters(), AlertOptions()], ids=repr
)
def test_each_setting_is_told_with_its_default(section: object) -> None:
    told: dict[str, str] = {}
    for line in RISK.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2:
            values = re.findall(r'"\w+"|[\d.]+', cells[2])
            told.update(zip(re.findall(r"`(\w+)`", cells[1]), values, strict=False))
    for name in section.__struct_fields__:  # type: ignore[attr-defined]
        value = getattr(section, name)
        if name != "ramp_usd":
            assert told[name] == (f'"{value}"' if isinstance(value, str) else str(value)), name
    assert "500, 2500, 10000, 25000" in RISK
