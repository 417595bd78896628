"""`repeg route`: the best plan of this moment, explained leg by leg."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from bot.config import load_config
from bot.domain.units import human
from bot.logs import configure_logs
from bot.operations.best_route import RouteView, StepView, route_now
from bot.operations.rehearsal import Amount

_GWEI_DECIMALS = 9


@click.command()
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--verbose", is_flag=True, help="Show log events on standard error.")
def route(path: Path | None, rpc: str | None, *, as_json: bool, verbose: bool) -> None:
    """Search the whole market of the newest block and explain the best plan.

    Needs no key and sends nothing. Gas is estimated; `ape run simulate` runs the plan.
    """
    configure_logs(quiet=not verbose)
    found = route_now(load_config(path, node={"http_url": rpc}))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for line in told(found):
        click.echo(line)


def told(found: RouteView) -> Iterator[str]:
    """Yield the plan leg by leg, or why there is none."""
    fee, later = _gwei(found.next_base_fee_wei), found.base_fee_later
    yield f"block {found.block}, {found.pools} pools, base fee of the next {fee} gwei"
    yield (
        f"  fee      {_gwei(later.expected)} gwei expected in block {found.block + later.blocks}, "
        f"{_gwei(later.lowest)} to {_gwei(later.highest)} possible"
    )
    yield f"  bound    nothing on this block earns more than {_short(found.bound)} before gas"
    if not found.pays:
        yield f"  {found.verdict}"
        return
    yield f"  funding  {found.funding}"
    for loan in found.loans:
        yield f"  loan     {_short(loan.amount)} from {loan.lender}, fee {_short(loan.fee)}"
    for at, step in enumerate(found.steps, start=1):
        yield from _leg(at, step)
    yield f"  profit   {_short(found.profit)} ({_raw(found.profit)} raw)"
    yield f"  cost     {_short(found.cost)} for gas and tip, estimated"
    yield f"  net      {_short(found.net)}"
    yield f"  else     {_short(found.net_of_best_round_trip)} net by the best single round trip"
    yield f"  gap      {100 * (found.gap or 0.0):.4f} % of the bound is left"


def _gwei(fee: int) -> str:
    return human(fee, _GWEI_DECIMALS, 4)


def _leg(at: int, step: StepView) -> Iterator[str]:
    yield f"  leg {at:<4} {step.pool} ({step.address})"
    first = ", pays first and is paid last" if step.pays_first else ""
    yield f"    pays     {step.paid.human} ({step.takes}{first})"
    yield f"    receives {step.received.human}"
    yield f"    rate     {step.rate:.8f}, {step.spot:.8f} at size zero"


def _short(amount: Amount | None) -> str:
    return "none" if amount is None else amount.human


def _raw(amount: Amount | None) -> str:
    return "" if amount is None else f"{amount.raw:,}"
