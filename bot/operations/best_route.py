"""The best plan of this moment, leg by leg, beside what it could have been; nothing is sent."""

from collections.abc import Sequence

import msgspec

from bot.app import build_watch, open_node
from bot.config import Config
from bot.domain.assets import USDC
from bot.domain.messages import NoPlan
from bot.domain.plans import Leg, Loan, Plan
from bot.domain.units import Address, Raw, Wei
from bot.market.base_fee_range import BaseFees, base_fees
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.operations.rehearsal import Amount, amount_of
from bot.strategy.planning import ExecutionPlanner

_LOOK_BACK, _LATER = 8, 5  # blocks


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One swap, in the order in which it runs."""

    pool: str
    venue: str
    address: Address
    paid: Amount
    received: Amount
    takes: str  # an exact amount, a share, or all that is held then
    rate: float  # whole coins received per coin paid
    spot: float  # the same at size zero
    pays_first: bool = False  # paid for after the last step


class LoanView(msgspec.Struct, frozen=True, kw_only=True):
    """One flash loan."""

    lender: str
    amount: Amount
    fee: Amount


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it would be taken now; all after `verdict` only where a plan pays."""

    block: int
    next_base_fee_wei: Wei
    base_fee_later: BaseFees
    pools: int  # that answered
    pays: bool
    verdict: str
    bound: Amount  # nothing earns more on this block, before gas
    mode: str | None = None
    funding: str | None = None
    loans: tuple[LoanView, ...] = ()
    steps: tuple[StepView, ...] = ()
    profit: Amount | None = None  # before gas and tip
    cost: Amount | None = None  # gas and tip, estimated
    net: Amount | None = None  # in USDC
    net_of_best_round_trip: Amount | None = None  # in USDC; a single circle through the pools
    gap: float | None = None  # part of the bound that the plan leaves


def route_now(config: Config) -> RouteView:
    """Return the best plan on the newest block; no key is needed and nothing is sent.

    Raises:
        NodeUnreachable: no answer.
        NodeRefused: it does not tell how full its blocks are.
        HaltError: the settings or the chain are not what they should be.
    """
    feed, planner = build_watch(config)
    node = open_node(config)
    history = node.call("eth_feeHistory", hex(_LOOK_BACK), "latest", [])
    used = [float(part) for part in history["gasUsedRatio"]]
    return route_of(feed.read(latest_head(node)), planner, used)


def route_of(book: MarketBook, planner: ExecutionPlanner, used: Sequence[float] = ()) -> RouteView:
    """Return what there is to earn in `book`, and how.

    `used` are parts of their gas limit that the last blocks used.
    """
    found = planner.survey(book)
    plan = planner.decide(book, found)
    bound = Raw(max(round(found.solution.bound * 10**USDC.decimals), 0))
    view = RouteView(
        block=book.block,
        next_base_fee_wei=book.next_base_fee,
        base_fee_later=base_fees(book.next_base_fee, _LATER, used),
        pools=len(book.pools),
        pays=isinstance(plan, Plan),
        verdict=plan.line if isinstance(plan, NoPlan) else f"would pay: {plan.route}",
        bound=amount_of(USDC, bound),
    )
    if isinstance(plan, NoPlan):
        return view
    single = max((offer.net_usdc for offer in found.single), default=None)
    net = book.in_usdc(plan.token, plan.profit - plan.min_profit)
    return msgspec.structs.replace(
        view,
        mode=plan.mode.name.lower(),
        funding=plan.funding,
        loans=tuple(_loan(loan) for loan in plan.loans if not loan.is_swap),
        steps=tuple(
            _step(leg, book, pays_first=at < len(plan.swaps) - len(plan.legs))
            for at, leg in enumerate(plan.swaps)
        ),
        profit=amount_of(plan.token, plan.profit),
        cost=amount_of(plan.token, plan.min_profit),
        net=amount_of(USDC, Raw(net)),
        net_of_best_round_trip=None if single is None else amount_of(USDC, Raw(single)),
        gap=plan.certificate.gap if plan.certificate else None,
    )


def _step(leg: Leg, book: MarketBook, *, pays_first: bool) -> StepView:
    shift = 10.0 ** (leg.token_in.decimals - leg.token_out.decimals)
    spot = book.pools[leg.pool].marginal_rate(leg.coin_in, leg.coin_out)
    return StepView(
        pool=leg.pool.name,
        venue=leg.pool.venue.name.lower(),
        address=leg.pool.address,
        paid=amount_of(leg.token_in, leg.amount_in),
        received=amount_of(leg.token_out, leg.amount_out),
        takes=leg.takes.name.lower(),
        rate=round(leg.amount_out / leg.amount_in * shift, 10),
        spot=round(spot * shift, 10),
        pays_first=pays_first,
    )


def _loan(loan: Loan) -> LoanView:
    return LoanView(
        lender=loan.lender.name.lower(),
        amount=amount_of(loan.token, loan.amount),
        fee=amount_of(loan.token, loan.fee),
    )
