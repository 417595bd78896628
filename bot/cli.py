"""The `repeg` command. Subcommands are imported when called: help must not wait for web3."""

import sys
from importlib import import_module

import click

from bot import __version__
from bot.domain.errors import RepegError
from bot.pauses import uncollected

_COMMANDS = {
    "belief": ("bot.commands.belief:belief", "What becomes of a depeg, by those of the past."),
    "bench": ("bot.commands.bench:bench", "Measure, and compare with peers in the same run."),
    "bundles": (
        "bot.commands.bundles:bundles",
        "What became of every bundle; gaps that others took.",
    ),
    "demo": ("bot.commands.demo:demo", "Shock a pool and let the bot close the gap."),
    "detect": ("bot.commands.detect:detect", "Which depegs a recording of prices holds."),
    "doctor": (
        "bot.commands.doctor:doctor",
        "Check tokens, pools, rails and lenders on chain.",
    ),
    "flatten": ("bot.commands.flatten:flatten", "Leave positions now: the kill switch."),
    "history": (
        "bot.commands.history:history",
        "Past depegs: how they ended, which were alike; candles.",
    ),
    "monitor": ("bot.commands.monitor:monitor", "Watch prices live: coins, depegs, faults."),
    "orders": ("bot.commands.orders:orders", "Every order, and what is known of it; export."),
    "pause": ("bot.commands.pause:pause", "Enter nothing new until resumed."),
    "positions": ("bot.commands.positions:positions", "What is held, how far it is, and risk."),
    "quote": ("bot.commands.quote:quote", "What one pool pays now, exactly."),
    "resume": ("bot.commands.pause:resume", "End a pause or a freeze."),
    "route": ("bot.commands.route:route", "Explain the best plan of this moment, leg by leg."),
    "run": ("bot.commands.run:run", "Watch, judge and trade: monitor, shadow, paper or live."),
    "sandbox": ("bot.sandbox.commands:sandbox", "A local mainnet of real protocol bytecode."),
}


class _Group(click.Group):
    """Turns our own errors into one line and exit code 1; anything else is a bug and shows."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        with uncollected():
            command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in sorted(_COMMANDS)])

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
