"""`repeg belief`: what the bot expects of a depeg, and how well it knew in the past."""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.domain.coins import coin_of
from bot.domain.depegs import Breadth, Side
from bot.domain.errors import BadConfiguration
from bot.domain.opportunities import Belief
from bot.history.belief_file import read_model, write_fit
from bot.history.catalogue_rows import read_catalogue
from bot.history.depeg_history import DepegHistory
from bot.operations.belief_calibration import fit_and_forecast
from bot.strategy.calibration import Calibration, calibrate
from bot.strategy.evidence import RedemptionState
from bot.strategy.past_reversions import returns_of
from bot.strategy.reversion import ReversionFit, ReversionModel
from bot.strategy.traits import Traits

_MODEL = click.option(
    "--model",
    "path",
    type=click.Path(path_type=Path),
    help="A fit of your own; without it the one that comes with this version.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_STATES = [state.name.lower() for state in RedemptionState]
_CAUTION = (
    "The events were chosen because they were noticed, and famous failures are more of them than "
    "of all depegs: read the chances as an ordering with wide margins, not as frequencies."
)


@click.group()
def belief() -> None:
    """What becomes of a depeg, by those of the past."""


@belief.command()
@click.argument("coin")
@click.argument("off_bps", type=float)
@click.option("--breadth", type=click.Choice([b.value for b in Breadth]), default="everywhere")
@click.option("--redemption", type=click.Choice(_STATES), default="unknown")
@click.option("--hit", type=click.FloatRange(0, 1), help="Share of the supply that lost backing.")
@click.option("--banks-closed", is_flag=True, help="Fiat cannot move: a weekend, a holiday.")
@click.option("--age", type=click.FloatRange(0), default=0.0, help="Hours since its trough.")
@click.option("--alarm", is_flag=True, help="A pool is being filled with it.")
@_MODEL
@_JSON
def show(*, coin: str, off_bps: float, path: Path | None, as_json: bool, **told: Any) -> None:
    """Say what to expect of COIN at OFF_BPS from par (below zero: a discount, after `--`)."""
    known = coin_of(coin)
    traits = Traits(
        magnitude_bps=abs(off_bps),
        side=Side.PREMIUM if off_bps > 0 else Side.DISCOUNT,
        breadth=Breadth(told["breadth"]),
        backing=known.backing,
        reflexive=known.reflexive,
        redemption=RedemptionState[told["redemption"].upper()],
        hit_share=told["hit"],
        rails_closed=told["banks_closed"],
    )
    model = read_model(path)
    found = model.of_traits(traits, age_h=told["age"], alarm=told["alarm"])
    if as_json:
        click.echo(msgspec.json.encode({"coin": coin, "traits": traits, "belief": found}).decode())
    else:
        _print_belief(found, model, traits, Console())


@belief.command()
@_MODEL
@_JSON
def calibration(*, path: Path | None, as_json: bool) -> None:
    """Say how good the model's chances are for past depegs that it was not fitted to."""
    fit = read_model(path).fit
    if not fit.forecasts:
        raise BadConfiguration(
            f"{path}: it was fitted without forecasts; fit again without --quick"
        )
    scores = calibrate(fit.forecasts)
    if as_json:
        click.echo(msgspec.json.encode({**_scores(scores), "forecasts": fit.forecasts}).decode())
    else:
        _print_scores(scores, Console())


@belief.command()
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--history", "url", metavar="URL", help="Take the bot's own depegs in, too.")
@click.option("--quick", is_flag=True, help="Leave the forecasts of left-out events out.")
@_JSON
def fit(*, output: Path, url: str | None, quick: bool, as_json: bool) -> None:
    """Fit the model anew and write it to a file, for `--model` (takes the extra `fit`)."""
    if not output.parent.is_dir():
        raise BadConfiguration(f"{output}: there is no folder {output.parent}")
    if url is None:
        past = read_catalogue()
    else:
        with DepegHistory.open(url) as history:
            past = history.depegs()
    screen = Console(stderr=True)
    with screen.status("fitting") as status:
        found = fit_and_forecast(
            returns_of(past),
            forecast=not quick,
            told=lambda done, all_: status.update(f"left out {done} of {all_} episodes"),
        )
    write_fit(found, output)
    never = sum(example.never for example in found.examples)
    told = {"output": str(output), "events": len(found.examples), "never": never}
    click.echo(
        msgspec.json.encode(told).decode()
        if as_json
        else f"{output}: fitted to {told['events']} depegs, {never} of which never came back"
    )


def _print_belief(found: Belief, model: ReversionModel, traits: Traits, console: Console) -> None:
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
    console.print(_CAUTION, style="dim")


def _weights(fit: ReversionFit, traits: Traits) -> dict[str, float]:
    told = {"": 1.0, **traits.of_never()}
    found = {name or "before all": fit.never[name] * told[name] for name in fit.never}
    return {name: weight for name, weight in found.items() if weight}


def _scores(scores: Calibration) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(scores)
    return {**found, "caution": _CAUTION}


def _print_scores(scores: Calibration, console: Console) -> None:
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
    console.print(_CAUTION, style="dim")
