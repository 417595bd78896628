"""`repeg belief`: what the bot expects of a depeg, and how well it knew in the past."""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from bot.commands.belief_tables import CAUTION, print_belief, print_scores
from bot.commands.history_options import settings
from bot.domain.coins import coin_of
from bot.domain.depegs import Breadth, Side
from bot.domain.errors import BadConfiguration
from bot.domain.past_depegs import PastDepeg
from bot.finite import Finite
from bot.history.belief_file import read_model, write_fit
from bot.history.catalogue_rows import read_catalogue
from bot.history.depeg_history import DepegHistory
from bot.operations.belief_calibration import fit_and_forecast
from bot.strategy.calibration import Calibration, calibrate
from bot.strategy.evidence import RedemptionState
from bot.strategy.past_reversions import returns_of
from bot.strategy.traits import Traits

_MODEL = click.option(
    "--model",
    "path",
    type=click.Path(path_type=Path),
    help="A fit of your own; without it the one that comes with this version.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_STATES = [state.name.lower() for state in RedemptionState]


@click.group()
def belief() -> None:
    """What becomes of a depeg, by those of the past."""


@belief.command()
@click.argument("coin")
@click.argument("off_bps", type=Finite(-10_000, 1_000_000))
@click.option("--breadth", type=click.Choice([b.value for b in Breadth]), default="everywhere")
@click.option("--redemption", type=click.Choice(_STATES), default="unknown")
@click.option("--hit", type=Finite(0, 1), help="Share of the supply that lost backing.")
@click.option("--banks-closed", is_flag=True, help="Fiat cannot move: a weekend, a holiday.")
@click.option("--age", type=Finite(0, 1_000_000), default=0.0, help="Hours since its trough.")
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
        print_belief(found, model, traits, Console())


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
        print_scores(scores, Console())


@belief.command()
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--database", metavar="URL", help="A history whose own depegs are taken in, too.")
@click.option("--quick", is_flag=True, help="Leave the forecasts of left-out events out.")
@_JSON
def fit(*, output: Path, database: str | None, quick: bool, as_json: bool) -> None:
    """Fit the model anew and write it to a file, for `--model` (takes the extra `fit`)."""
    if not output.parent.is_dir():
        raise BadConfiguration(f"{output}: there is no folder {output.parent}")
    past = read_catalogue() if database is None else _past(database)
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


def _past(database: str) -> tuple[PastDepeg, ...]:
    url = settings(None, database).history.url
    file = Path(url.removeprefix("sqlite:///"))
    if "://" not in str(file) and not file.is_file():  # opening it would make it
        raise BadConfiguration(f"{url}: there is no such history")
    with DepegHistory.open(url) as history:
        return history.depegs()


def _scores(scores: Calibration) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(scores)
    return {**found, "caution": CAUTION}
