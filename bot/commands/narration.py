"""The demo's story as a person reads it."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.domain.assets import BY_SYMBOL, USDC, Token
from bot.domain.messages import Ticket
from bot.domain.units import Raw, human
from bot.engine import Report
from bot.sandbox.bars import Bars
from bot.sandbox.demo import DemoResult, Shock
from bot.sandbox.world import World


class Terminal:
    """Prints each step as it happens, with figures for people and in base units."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(console)
        self.progress = self._bars.step

    def ready(self, world: World) -> None:
        """The chain, the relay and the executor are up."""
        self._bars.stop()
        head = int(world.rpc.call("eth_blockNumber"), 16)
        self._say("chain", f"{world.anvil.url}, chain id 1, block {head}")
        self._say("relay", f"{world.relay.url}, builds the blocks")
        self._say("executor", f"{world.executor}, owner and treasury {world.treasury}")

    def shocked(self, shock: Shock, block: int) -> None:
        """The shock was mined."""
        what = shock.token.show(shock.amount)
        self._say("shock", f"someone sells {what} into {shock.pool.name}, block {block}")

    def sent(self, report: Report, ticket: Ticket, gap_bps: float) -> None:
        """A bundle is with the relay."""
        plan = ticket.plan
        self._say("gap", f"{gap_bps:.2f} bps, seen in block {report.head.number}")
        pools = {leg.pool for leg in plan.swaps}
        self._say("route", f"{len(plan.swaps)} swaps through {len(pools)} pools")
        for leg in plan.swaps:
            paid, received = leg.token_in.show(leg.amount_in), leg.token_out.show(leg.amount_out)
            self._say("", f"{paid:>19} -> {received:<19} {leg.pool.name}")
        self._say("funding", f"{plan.funding}: {_both(plan.token, plan.stake)}, fee {plan.fee}")
        self._say("expected", f"{_both(plan.token, plan.profit)}, equal in revm and on the node")
        if plan.certificate is not None:
            bound = USDC.show(plan.certificate.bound)
            left = f"{100 * plan.certificate.gap:.4f} % left"
            self._say("bound", f"nothing on this block earns more than {bound} before gas: {left}")
        self._say(
            "cost", f"at most {plan.token.show(ticket.cost)}: {ticket.gas_used:,} gas and tip"
        )
        outcome = report.problem or "signed and taken by the relay"
        elapsed = f"{report.elapsed / 1e6:.1f} ms after the head"
        self._say("bundle", f"for block {ticket.target_block}, {outcome}, {elapsed}")

    def settled(self, result: DemoResult) -> None:
        """The story is over."""
        if not result.included or result.profit_raw is None or result.profit_token is None:
            self._say("nothing sent", result.reason)
            return
        token = BY_SYMBOL[result.profit_token.upper()]
        table = Table(show_header=False, box=None, padding=(0, 2))
        table.add_row("included in block", f"{result.block_included}")
        table.add_row("profit in the owner's address", _both(token, Raw(result.profit_raw)))
        table.add_row("owner's balance rose by", _both(token, Raw(result.owner_gain_raw or 0)))
        table.add_row("gas used", f"{result.gas_used:,}")
        table.add_row("gas and tip paid", f"{human(result.fee_wei or 0, 18, 6)} ETH")
        table.add_row("gap", f"{result.gap_before_bps:.2f} -> {result.gap_after_bps:.2f} bps")
        self._console.print(table)

    def _say(self, topic: str, text: str) -> None:
        line = f"[bold]{topic:>12}[/bold]  {escape(text)}"
        self._console.print(line, highlight=False, soft_wrap=True)


def _both(token: Token, amount: Raw) -> str:
    return f"{token.show(amount)} ({amount:,} raw)"
