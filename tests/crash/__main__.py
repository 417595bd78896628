"""`python -m crash`: kills the bot again and again, and compares its books with the venues'."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from crash.campaign import Wanted, run_campaign
from crash.summary import line_of, slow_starts, table_of
from crash.trial import Death


@click.command()
@click.option("--kills", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--torn", type=click.IntRange(min=0), help="Of them, with a torn log.  [a tenth]")
@click.option("--starts", type=click.IntRange(min=0), help="More, while it starts.  [a tenth]")
@click.option("--commands", type=click.IntRange(min=0), help="More, in `flatten`. [a twentieth]")
@click.option("--seed", default=6, show_default=True)
@click.option("--mishaps", is_flag=True, help="Lose answers and connections as well.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for its files.")
def main(kills: int, torn: int | None, starts: int | None, keep: Path | None, **more: Any) -> None:
    """Kill the bot at random instants; exit code 1 if a book ever disagrees or a start is slow."""
    tenth, commands = (kills + 5) // 10, more.pop("commands")
    wanted = Wanted(
        kills=kills,
        torn=tenth if torn is None else min(torn, kills),
        starts=tenth if starts is None else starts,
        commands=(kills + 10) // 20 if commands is None else commands,
        **more,
    )
    extra = wanted.starts + wanted.commands
    click.echo(f"{kills} kills, {wanted.torn} torn logs, {extra} more; seed {wanted.seed}")
    with tempfile.TemporaryDirectory(prefix="repeg-crash-") as folder:
        chosen = keep or Path(folder)
        chosen.mkdir(parents=True, exist_ok=True)
        if any(chosen.iterdir()):
            raise click.UsageError(f"{chosen} is not empty: what is in it would be taken for ours")
        result = run_campaign(chosen, wanted, _tell)
    click.echo(table_of(result))
    sys.exit(0 if result.is_good and not slow_starts(result) else 1)


def _tell(death: Death) -> None:
    click.echo(line_of(death))


if __name__ == "__main__":
    main()
