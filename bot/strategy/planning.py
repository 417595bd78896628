"""From a market book to one plan, or to the reason why there is none."""

from collections.abc import Sequence

import msgspec

from bot.amm.graph import Cycle, find_cycles
from bot.amm.optimum import Step, rate_of
from bot.domain.assets import USDC, Token
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec
from bot.market.book import MarketBook
from bot.market.lenders import FREE, LenderState
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.funding import (
    Funding,
    funds_itself,
    lent,
    may_fund,
    mode_of,
    needs_lender,
    pulled,
)
from bot.strategy.parameters import StrategyParameters, estimated_gas


class _Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A funded cycle with what it costs to land."""

    funding: Funding
    bid: GasBid
    net_usdc: int  # base units of USDC, negative when it loses


class ExecutionPlanner:
    """Finds the best single round trip of a block. Holds the cycle list, nothing of the market."""

    def __init__(self, pools: Sequence[PoolSpec], parameters: StrategyParameters) -> None:
        self.parameters = parameters
        self.cycles = find_cycles(pools, parameters.max_legs)

    def plan(self, book: MarketBook) -> Plan | NoPlan:
        """Return the plan with the highest profit after fee, gas and tip, or why there is none."""
        gaps = self._gaps(book)
        if not gaps:
            detail = f"{len(self.cycles)} cycles, none pays back more than it takes"
            return NoPlan(block=book.block, refusal=Refusal.NO_GAP, detail=detail)
        offers = [self._price(book, funding) for funding in self._fundings(book, gaps)]
        if not offers:
            detail = f"{len(gaps)} open cycles, one is {gaps[0][0].route}"
            return NoPlan(block=book.block, refusal=Refusal.NO_LENDER, detail=detail)
        best = max(offers, key=lambda offer: offer.net_usdc)
        if best.net_usdc < self.parameters.min_net_profit:
            return _below_cost(book, best, self.parameters.min_net_profit)
        return _to_plan(book, best)

    def _fundings(self, book: MarketBook, gaps: list[tuple[Cycle, list[Step]]]) -> list[Funding]:
        """Return every gap that funds itself, and those that cannot with every lender."""
        own = [pulled(cycle, steps) for cycle, steps in gaps if funds_itself(cycle)]
        foreign = [(cycle, steps) for cycle, steps in gaps if needs_lender(cycle)]
        return own + [
            lent(cycle, steps, state)
            for cycle, steps in self._candidates(book, foreign)
            for state in book.lenders_of(cycle.token)
            if may_fund(state, cycle)
        ]

    def _gaps(self, book: MarketBook) -> list[tuple[Cycle, list[Step]]]:
        """Return the cycles that gain at size zero, before any fee but the pools' own."""
        found = []
        for cycle in self.cycles:
            if all(hop.pool in book.pools for hop in cycle.hops):
                steps: list[Step] = [(book.pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]
                if rate_of(steps) > 1.0:
                    found.append((cycle, steps))
        return found

    def _candidates(
        self, book: MarketBook, gaps: list[tuple[Cycle, list[Step]]]
    ) -> list[tuple[Cycle, list[Step]]]:
        """Return the gaps worth trying with every lender, best first by profit on a free loan."""
        roomiest = _without_fee(book)
        found: list[tuple[int, Cycle, list[Step]]] = []
        for cycle, steps in gaps:
            if cycle.token in roomiest:
                profit = lent(cycle, steps, roomiest[cycle.token]).profit
                found.append((book.in_usdc(cycle.token, profit), cycle, steps))
        found.sort(key=lambda gap: -gap[0])
        return [(cycle, steps) for _, cycle, steps in found[: self.parameters.candidates]]

    def _price(self, book: MarketBook, funding: Funding) -> _Offer:
        venues = tuple(hop.pool.venue for hop in funding.cycle.hops)
        token = funding.cycle.token
        bid = bid_for(
            book,
            token,
            Raw(funding.profit),
            estimated_gas(venues, funding.lender),
            self.parameters,
        )
        return _Offer(
            funding=funding, bid=bid, net_usdc=book.in_usdc(token, funding.profit - bid.cost)
        )


def _without_fee(book: MarketBook) -> dict[Token, LenderState]:
    """Return the deepest loan per token as if it were free: an upper bound for ranking cycles."""
    deepest: dict[Token, LenderState] = {}
    for state in book.lenders:
        if state.available > (deepest[state.token].available if state.token in deepest else 0):
            deepest[state.token] = state
    return {token: msgspec.structs.replace(state, charge=FREE) for token, state in deepest.items()}


def _below_cost(book: MarketBook, best: _Offer, minimum: Raw) -> NoPlan:
    token = best.funding.cycle.token
    detail = (
        f"{best.funding.cycle.route}: profit {token.show(Raw(best.funding.profit), 4)}, "
        f"gas and tip {token.show(best.bid.cost, 4)}, least net profit {USDC.show(minimum, 4)}"
    )
    return NoPlan(block=book.block, refusal=Refusal.BELOW_COST, detail=detail)


def _to_plan(book: MarketBook, best: _Offer) -> Plan:
    funding = best.funding
    cycle = funding.cycle
    legs = tuple(
        Leg(pool=hop.pool, coin_in=hop.i, coin_out=hop.j, amount_in=paid, amount_out=received)
        for hop, paid, received in zip(cycle.hops, funding.paid, funding.received, strict=True)
    )
    loans: tuple[Loan, ...] = ()
    if funding.lender is not None:
        loan = Loan(lender=funding.lender, token=cycle.token, amount=funding.loan, fee=funding.fee)
        loans = (loan,)
        legs = tuple(msgspec.structs.replace(leg, takes=AmountMode.ALL) for leg in legs)
    return Plan(
        block=book.block,
        mode=Mode.PUSH if loans else mode_of(cycle),
        token=cycle.token,
        loans=loans,
        legs=legs,
        profit=Raw(funding.profit),
        min_profit=best.bid.cost,
        max_block=book.block + 1,
    )
