"""What an operation found, in lines for a terminal; scripts print the same as JSON on request."""

from collections.abc import Iterator

from bot.domain.units import human
from bot.operations.acts import DryRun
from bot.operations.deployment import Deployment
from bot.operations.market_view import BlockView, Price
from bot.operations.rehearsal import Amount, Rehearsal
from bot.operations.submission import Submission

_ETH_DECIMALS = 18
_GWEI_DECIMALS = 9


def tell_deployment(found: Deployment) -> Iterator[str]:
    """Yield where the executor is or will be, whose it is, and what it may touch."""
    yield f"executor {found.executor}"
    yield f"  owner    {found.owner}"
    yield f"  operator {found.operator}"
    yield f"  treasury {found.treasury}"
    yield f"  tokens   {', '.join(found.tokens)}"
    yield f"  targets  {', '.join(found.targets)}"
    if found.gas_used:
        yield f"  by {found.gas_used} gas of a call to {found.to}"


def tell_act(found: DryRun) -> Iterator[str]:
    """Yield what an act changes and what is to be sent for it."""
    yield found.what
    for change in found.changes:
        yield f"  {change.name:<24} {change.before} -> {change.after}"
    yield f"  from     {found.sender}"
    yield f"  to       {found.to}"
    yield f"  calldata {found.calldata}"
    yield f"  gas      {found.gas_used}"


def tell_view(view: BlockView) -> Iterator[str]:
    """Yield a block: its prices, the widest round trip, the verdict."""
    fee = human(view.next_base_fee_wei, _GWEI_DECIMALS, 4)
    yield f"block {view.block}, base fee of the next {fee} gwei"
    for price in view.prices:
        yield f"  {price.venue:<28} {price.asset + '/' + price.currency:<10} {_price(price)}"
    if view.gap_bps is not None:
        yield f"  best round trip {view.gap_bps:+.4f} bps: {view.gap_route}"
    yield f"  {view.verdict}"
    if view.pays:
        yield (
            f"  {view.stake_raw} raw {view.token} from {view.funding}, "
            f"profit {view.profit_raw} raw, gas and tip {view.cost_raw} raw"
        )


def tell_rehearsal(found: Rehearsal) -> Iterator[str]:
    """Yield a plan leg by leg, or why there is none."""
    yield f"block {found.block}" if found.pays else found.verdict
    if not found.pays:
        return
    yield f"  route      {found.route}"
    yield f"  funding    {found.funding}"
    yield f"  stake      {_amount(found.stake)}"
    for at, leg in enumerate(found.legs, start=1):
        yield f"  leg {at}      {leg.pool} ({leg.address})"
        yield f"    pays     {_amount(leg.paid)}"
        yield f"    receives {_amount(leg.received)}"
    yield f"  fee        {_amount(found.fee)}"
    yield f"  profit     {_amount(found.profit)}"
    wei = found.cost_wei or 0
    yield f"  gas        {found.gas_used} units, {human(wei, _ETH_DECIMALS, 9)} ETH with the tip"
    yield f"  cost       {_amount(found.cost)}"
    yield f"  net        {_amount(found.net)}"
    yield f"  confirmed to the base unit by: {', '.join(found.simulators)}"
    yield f"  nothing was sent; it could land in block {found.target_block}"


def tell_submission(found: Submission) -> Iterator[str]:
    """Yield what was sent and what became of it."""
    if found.transaction_hash is None:
        yield found.verdict
        return
    yield f"block {found.block}: {found.route}"
    yield f"  transaction {found.transaction_hash} for block {found.target_block}"
    yield f"  {found.verdict}"
    if found.fee_wei is not None and found.gas_used:
        price = human(found.fee_wei // found.gas_used, _GWEI_DECIMALS, 4)
        yield f"  gas {found.gas_used} at {price} gwei"


def _price(price: Price) -> str:
    if price.problem:
        return price.problem
    bid = "closed" if price.bid is None else f"{price.bid:.8f}"
    ask = "closed" if price.ask is None else f"{price.ask:.8f}"
    return f"{bid:>12} {ask:>12}"


def _amount(amount: Amount | None) -> str:
    return "" if amount is None else f"{amount.human} ({amount.raw} raw)"
