"""Beliefs and their record, for people."""

from rich.console import Console
from rich.table import Table

from bot.domain.opportunities import Belief
from bot.strategy.calibration import Calibration
from bot.strategy.reversion import ReversionFit, ReversionModel
from bot.strategy.traits import Traits

CAUTION = (
    "The events were chosen because they were noticed, and famous failures are more of them than "
    "of all depegs: read the chances as an ordering with wide margins, not as frequencies."
)


def print_belief(found: Belief, model: ReversionModel, traits: Traits, console: Console) -> None:
    """Show what is expected of a depeg, and what made it so."""
    table = Table(box=None, show_header=False)
    interval = f"80 % interval {found.never_low:.0%} to {found.never_high:.0%}"
    table.add_row("never back", f"{found.never:.1%} [dim]({interval})[/]")
    table.add_row("if back, half by", f"{found.median_hours:.0f} h")
    table.add_row("nine of ten by", f"{found.late_hours:.0f} h")
    table.add_row("like it in the past", f"{found.similar} of {len(model.fit.examples)}")
    console.print(table)
    told = Table(box=None, title="what speaks for never, in log odds", title_justify="left")
    told.add_column("trait")
    told.add_column("weight", justify="right")
    for name, weight in _weights(model.fit, traits).items():
        told.add_row(name, f"{weight:+.2f}")
    console.print(told)
    console.print(CAUTION, style="dim")


def _weights(fit: ReversionFit, traits: Traits) -> dict[str, float]:
    told = {"": 1.0, **traits.of_never()}
    found = {name or "before all": fit.never[name] * told[name] for name in fit.never}
    return {name: weight for name, weight in found.items() if weight}


def print_scores(scores: Calibration, console: Console) -> None:
    """Show how good forecasts were."""
    console.print(
        f"{scores.events} past depegs, {scores.never} never came back within 90 days. Each was "
        "foretold by a fit to those of all other episodes."
    )
    console.print(
        f"Brier {scores.brier:.3f}, of the base rate {scores.brier_of_base:.3f}: skill "
        f"{scores.skill:.0%} [dim](80 % interval {scores.skill_low:.0%} to "
        f"{scores.skill_high:.0%})[/]; log loss {scores.log_loss:.3f} against "
        f"{scores.log_loss_of_base:.3f}"
    )
    table = Table(box=None)
    for column in ("said", "events", "mean said", "came", "80 % interval"):
        table.add_column(column, justify="right")
    for line in scores.reliability:
        table.add_row(
            f"{line.low:.0%} to {line.high:.0%}",
            str(line.events),
            f"{line.said:.0%}",
            f"{line.came:.0%}",
            f"{line.came_low:.0%} to {line.came_high:.0%}",
        )
    console.print(table)
    console.print(
        f"Of {scores.dated} that came back after a known time, {scores.by_median} did within the "
        f"median said and {scores.by_late} within the late hours (nine of ten should)."
    )
    console.print(CAUTION, style="dim")
