"""The `repeg` command."""

import sys

import click

from bot import __version__
from bot.commands.bench import bench
from bot.commands.demo import demo
from bot.domain.errors import RepegError


class _Group(click.Group):
    """Turns our own errors into one line and exit code 1; anything else is a bug and shows."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except RepegError as error:
            click.echo(f"repeg: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="repeg")
def main() -> None:
    """Trades stablecoin depegs, on-chain first."""


main.add_command(bench)
main.add_command(demo)
