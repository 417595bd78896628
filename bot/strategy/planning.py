"""From a market book to one plan, or to the reason why there is none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from math import ceil

import msgspec

from bot.amm.cycles import RoundTrip
from bot.amm.graph import Cycle, find_cycles
from bot.amm.pool import Pool
from bot.amm.router import Router, Solution
from bot.domain.assets import USDC
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Certificate, Plan
from bot.domain.units import Bps, Raw, Wei
from bot.domain.venues import PoolSpec, Venue
from bot.market.book import MarketBook
from bot.strategy.assembly import program_of
from bot.strategy.funding import fundings_of
from bot.strategy.offers import Offer, at_terms, offer_of_program, offer_of_trip
from bot.strategy.parameters import StrategyParameters, gas_of_venue
from bot.strategy.rivals import are_independent, rivals_of
from bot.strategy.succession import as_of
from bot.strategy.tip_payment import to_weth
from bot.strategy.tip_way import TipWay, is_executor_cheaper

NUMERAIRE = USDC
_ONE = 10**NUMERAIRE.decimals
_GAS_PROBE = 10**6
_MOST_ASKED = 100_000  # round trips
_MARGIN = 1.1  # the book may value what a trip gains so much higher than the search


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found in one block, priced."""

    solution: Solution
    trips: tuple[RoundTrip, ...]  # single ones, whether or not anybody funds them
    programs: tuple[Offer, ...]
    single: tuple[Offer, ...]

    @property
    def best(self) -> Offer | None:
        """What leaves most after fee, gas and tip."""
        offers = (*self.programs, *self.single)
        return max(offers, key=lambda offer: offer.net_usdc, default=None)


class ExecutionPlanner:
    """Finds the best plan of a block over all its pools at once, never below the best round trip.

    Blocks are planned one after the other: the search starts from where the last block ended.
    """

    def __init__(
        self,
        pools: Sequence[PoolSpec],
        parameters: StrategyParameters,
        share_of: Callable[[float], Bps] | None = None,
    ) -> None:
        """Search these pools; `share_of` says what share to offer for a plan worth so many dollars.

        Without it every plan offers the parameters' share.
        """
        # Offers are compared as if all paid by priority fee; how the best one pays is seen to then.
        self.parameters = msgspec.structs.replace(parameters, tip_way=TipWay.PRIORITY)
        self.terms = self.parameters  # with what the newest plan offers, and how it pays
        self.tip_way = parameters.tip_way
        self._reverted = Bps(0)
        self.on_offer: Callable[[Offer | None], None] = lambda _: None  # hears each block's best
        self.blocks = 1  # after the book's, in which a plan may run
        self._share_of = share_of
        self._pools = tuple(pools)
        self._router = Router(self._pools, NUMERAIRE)

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """Every round trip of the table; for people, the search needs no list."""
        return find_cycles(self._pools, self.parameters.max_legs)

    def hear_reverted(self, part: Bps) -> None:
        """Hear which part of our runs in blocks reverted."""
        self._reverted = part

    def plan(self, book: MarketBook) -> Plan | NoPlan:
        """Return the plan with the highest profit after fee, gas and tip, or why there is none."""
        return self.decide(book, self.survey(book, thorough=False))

    def survey(self, book: MarketBook, *, thorough: bool = True) -> Survey:
        """Return the program over all pools and the best single round trips.

        Unless it is `thorough`, round trips that cannot come near the best so far are not priced.
        """
        pools = {spec: as_of(pool, book.next_timestamp_s) for spec, pool in book.pools.items()}
        gas = _gas_by_pool(book)
        self._router.refresh(pools)
        whole = self._router.pruned(gas, self.parameters.max_pools)
        trips = self._round_trips(gas)
        solution = self._without_rivals(whole, pools, gas)
        program = program_of(solution, pools, NUMERAIRE, book.lenders)
        programs = [] if program is None else [offer_of_program(book, program, self.parameters)]
        priced = self._priced(book, trips) if thorough else self._promising(book, trips, programs)
        return Survey(
            solution=solution,
            trips=trips,
            programs=tuple(programs),
            single=tuple(priced),
        )

    def decide(self, book: MarketBook, found: Survey) -> Plan | NoPlan:
        """Return the best of what was found, if it pays."""
        best = found.best
        if best is None:
            self.on_offer(None)
            return self._nothing(book, found)
        best = self._tipped(book, best)
        self.on_offer(best)
        if best.net_usdc < self.parameters.min_net_profit:
            return _below_cost(book, best, self.parameters.min_net_profit)
        certificate = _certificate(book, found.solution, best)
        plan = best.plan(book, certificate, to_weth(book, best))
        return msgspec.structs.replace(plan, max_block=book.block + self.blocks)

    def _tipped(self, book: MarketBook, best: Offer) -> Offer:
        """Return the offer with the share that its value asks for, paid the way that is cheaper."""
        self.terms = self.parameters
        if self._share_of is not None:
            share = self._share_of(book.in_usdc(best.token, best.profit) / _ONE)
            if share != self.parameters.tip_share_bps:
                self.terms = msgspec.structs.replace(self.parameters, tip_share_bps=share)
                best = at_terms(book, best, self.terms)
        if not self._pays_directly(book, best):
            return best
        self.terms = msgspec.structs.replace(self.terms, tip_way=TipWay.EXECUTOR)
        return at_terms(book, best, self.terms)

    def _pays_directly(self, book: MarketBook, best: Offer) -> bool:
        tip = Wei(best.bid.gas * best.bid.priority_fee_per_gas)
        if self.tip_way is TipWay.CHEAPER:
            is_wanted = is_executor_cheaper(tip, book.next_base_fee, self._reverted)
        else:
            is_wanted = self.tip_way is TipWay.EXECUTOR
        return is_wanted and bool(to_weth(book, best))

    def _without_rivals(
        self, whole: Solution, pools: Mapping[PoolSpec, Pool], gas: Mapping[PoolSpec, float]
    ) -> Solution:
        """Return the optimum of pools that do not change each other, with the bounds of all."""
        left, solution = dict(pools), whole
        while rivals := rivals_of(solution):
            left = {spec: pool for spec, pool in left.items() if spec not in rivals}
            self._router.refresh(left)
            solution = self._router.pruned(gas, self.parameters.max_pools)
        if solution is whole:
            return whole
        self._router.refresh(pools)  # round trips are looked for among all
        return msgspec.structs.replace(solution, bound=whole.bound, gas_bound=whole.gas_bound)

    def _round_trips(self, gas: Mapping[PoolSpec, float]) -> tuple[RoundTrip, ...]:
        """Return the best ones, each of pools that do not change each other."""
        wanted = asked = self.parameters.candidates
        while True:
            found = self._router.best_cycles(gas, self.parameters.max_legs, asked)
            calm = [trip for trip in found if are_independent(trip)]
            if len(calm) >= wanted or len(found) < asked or asked > _MOST_ASKED:
                return tuple(calm[:wanted])
            asked *= 4

    def _promising(
        self, book: MarketBook, trips: Sequence[RoundTrip], programs: Sequence[Offer]
    ) -> Iterator[Offer]:
        """Yield the round trips that may leave more than the programs and those before them.

        What those leave, not what they make: a round trip can burn less gas than they.
        """
        left = max((offer.net_usdc for offer in programs), default=0)
        for trip in trips:
            if trip.gain * _MARGIN * _ONE >= left:
                for offer in self._priced(book, (trip,)):
                    left = max(left, offer.net_usdc)
                    yield offer

    def _priced(self, book: MarketBook, trips: Sequence[RoundTrip]) -> Iterator[Offer]:
        for trip in trips:
            for funding in fundings_of(trip, self._router.path, book.lenders):
                if funding.profit > 0:
                    yield offer_of_trip(book, funding, self.parameters)

    def _nothing(self, book: MarketBook, found: Survey) -> NoPlan:
        if found.trips:
            refusal = Refusal.NO_LENDER
            detail = f"one open round trip is {_route(found.trips[0])}"
        elif free := self._round_trips({}):
            refusal = Refusal.BELOW_COST
            gain = NUMERAIRE.show(Raw(int(free[0].gain * _ONE)), 4)
            detail = f"{_route(free[0])}: {gain} do not pay for gas and tip"
        else:
            refusal = Refusal.NO_GAP
            bound = NUMERAIRE.show(Raw(ceil(found.solution.bound * _ONE)), 4)
            detail = f"{len(book.pools)} pools together earn {bound} at most"
        return NoPlan(block=book.block, refusal=refusal, detail=detail)


def _gas_by_pool(book: MarketBook) -> dict[PoolSpec, float]:
    """Return what a swap in each pool burns, in whole coins of the numeraire."""
    cost = book.cost_in(NUMERAIRE, Wei(_GAS_PROBE * book.next_base_fee)) / _GAS_PROBE / _ONE
    of_venue = {venue: gas_of_venue(venue) * cost for venue in Venue}
    return {spec: of_venue[spec.venue] for spec in book.pools}


def _certificate(book: MarketBook, solution: Solution, best: Offer) -> Certificate:
    worth = book.in_usdc(best.token, best.profit)
    net = solution.gas_bound
    return Certificate(
        bound=Raw(ceil(solution.bound * _ONE)),
        worth=worth,
        net_bound=None if net is None else Raw(ceil(net * _ONE)),
        search_gap=solution.gap,
        cold=solution.cold,
    )


def _below_cost(book: MarketBook, best: Offer, minimum: Raw) -> NoPlan:
    token = best.token
    route = best.plan(book, Certificate(bound=Raw(0), worth=0)).route
    detail = (
        f"{route}: profit {token.show(best.profit, 4)}, gas and tip "
        f"{token.show(best.bid.cost, 4)}, least net profit {USDC.show(minimum, 4)}"
    )
    return NoPlan(block=book.block, refusal=Refusal.BELOW_COST, detail=detail)


def _route(trip: RoundTrip) -> str:
    first = trip.hops[0]
    return Cycle(token=first.pool.tokens[first.i], hops=trip.hops).route
