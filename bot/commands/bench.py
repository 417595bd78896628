"""`repeg bench`: measurements, for people and for machines."""

from pathlib import Path

import click
import msgspec

from bot.bench.runner import BENCHMARKS, as_markdown, run_benchmark
from bot.logs import configure_logs


@click.command()
@click.argument("name", type=click.Choice([*BENCHMARKS, "all"]))
@click.option(
    "--points",
    type=click.IntRange(min=1),
    help="Random points per comparison, of exactness and optimum only.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per benchmark.")
@click.option(
    "--write", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page of them."
)
def bench(name: str, *, points: int | None, as_json: bool, write: Path | None) -> None:
    """Measure NAME, or all."""
    configure_logs(quiet=True)  # standard output is for figures
    reports = []
    for chosen in BENCHMARKS if name == "all" else (name,):
        click.echo(f"measuring {chosen} ...", err=True)
        options = {"points": points} if points and chosen in ("exactness", "optimum") else {}
        reports.append(run_benchmark(chosen, **options))
        if as_json:
            click.echo(msgspec.json.encode(reports[-1]).decode())
    if not as_json:
        click.echo(as_markdown(reports))
    if write is not None:
        write.write_text(as_markdown(reports))
