"""What docs/belief.md says of the model is what is shipped."""

import re
from pathlib import Path

import pytest

from bot.history.belief_file import read_model
from bot.strategy.calibration import calibrate

_DOCS = Path(__file__).parents[3] / "docs" / "belief.md"


@pytest.fixture(scope="module")
def told() -> str:
    return _DOCS.read_text(encoding="utf-8")


def test_each_weight_of_the_docs_is_one_of_the_model_and_none_is_left_out(told: str) -> None:
    section = told.partition("## The model")[2].partition("Depth and closed banks")[0]
    written = sorted(float(text) for text in re.findall(r"\| ([+-]\d\.\d\d) \|", section))
    fitted = [w for name, w in read_model().fit.never.items() if name not in ("", "depth_unknown")]
    assert written == pytest.approx(sorted(fitted), abs=0.0051)


def test_the_record_of_the_docs_is_that_of_the_model(told: str) -> None:
    scores = calibrate(read_model().fit.forecasts)
    assert f"| Brier | {scores.brier:.3f} | {scores.brier_of_base:.3f} |" in told
    assert f"| log loss | {scores.log_loss:.3f} | {scores.log_loss_of_base:.3f} |" in told
    skill, low, high = (
        round(100 * share) for share in (scores.skill, scores.skill_low, scores.skill_high)
    )
    assert f"Skill {skill} %, with an 80 % interval from {low} % to {high} %." in told
    for line in scores.reliability:
        shares = (line.said, line.came, line.came_low, line.came_high)
        said, came, low, high = (round(100 * share) for share in shares)
        assert f"| {line.events} | {said} % | {came} % | {low} to {high} % |" in told
    by = (scores.dated, scores.by_median, scores.by_late)
    assert by == (10, 5, 9), "docs/belief.md says ten, five and nine"
