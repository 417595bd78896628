"""`repeg detect`: which depegs a recording holds, and what the bot would have thought of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from bot.commands.patience import patience
from bot.config import load_config
from bot.domain.depegs import Severity
from bot.operations.detection_run import judged_recording
from bot.strategy.depeg_figures import EventFigures, figures_of

_BANDS = tuple(band.name.lower() for band in Severity)

_WORKING = "reading; the first run on a machine also compiles, for up to half a minute ..."


@click.command()
@click.option(
    "--prices", required=True, type=click.Path(path_type=Path), help="CSV or Parquet, see below."
)
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option(
    "--least",
    type=click.Choice(_BANDS),
    default=_BANDS[0],
    show_default=True,
    help="Leave out depegs that never got so far.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, a line each.")
def detect(prices: Path, path: Path | None, least: str, *, as_json: bool) -> None:
    """Run detection and classification over recorded prices, by the code that runs live.

    The file has the columns time (UTC), venue, asset, and price, or bid and ask; optional are kind
    (cex, dex, redemption, oracle; cex where it is empty) and depth. An asset is a coin, priced in
    its par currency, or a pair such as USDC/USDT. A redemption that pays 0 or nothing is suspended.
    Sources go stale after the configured ages, or later where they speak seldom in the file.
    A coin that nothing ties to its par currency is told on standard error, with the reason.
    """
    lowest = Severity[least.upper()].value
    with patience(_WORKING):
        judged = judged_recording(prices, load_config(path))
    for view in judged.unpriced:
        click.echo(f"{view.asset}: no price in the whole file ({view.reason})", err=True)
    found = [figures_of(one) for one in judged.records if one.depeg.severity.value >= lowest]
    if as_json:
        for event in found:
            click.echo(msgspec.json.encode(event).decode())
    elif found or not judged.is_blind:
        for line in told(found):
            click.echo(line)


def told(found: Sequence[EventFigures]) -> Iterator[str]:
    """Yield two lines for each event, or that there is none."""
    if not found:
        yield "no depeg"
    for event in found:
        size = f"{event.severity:<8} {event.trough_bps:>8.1f} bps"
        span = f"{event.start} to {event.end or 'now'}, {event.status}, {event.breadth}"
        yield f"{event.asset:<6} {event.direction:<8} {size}  {span}"
        never = event.probability_of_never
        if never is not None:
            vetoes = ", ".join(event.vetoes).replace("_", " ") or "no veto"
            ways = ", ".join(event.ways) or "nothing pays"
            yield f"       {event.depeg_class}, never back {100 * never:.0f} %; {vetoes}; {ways}"
