"""What could be sent for a block, priced with gas and tip."""

import msgspec

from bot.domain.assets import USDC, Token
from bot.domain.plans import Certificate, Leg, Loan, Mode, Plan, Tip
from bot.domain.units import Raw
from bot.market.book import MarketBook
from bot.strategy.assembly import Program
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.funding import Funding
from bot.strategy.parameters import GAS_OF_TIP, StrategyParameters, estimated_gas
from bot.strategy.tip_way import TipWay


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in the making, with what it costs to land."""

    token: Token
    mode: Mode
    legs: tuple[Leg, ...]
    loans: tuple[Loan, ...]
    profit: Raw
    bid: GasBid
    net_usdc: int  # base units of USDC after loan fee, gas and tip; negative when it loses

    def plan(
        self, book: MarketBook, certificate: Certificate, to_weth: tuple[Leg, ...] = ()
    ) -> Plan:
        """Return the plan for the block after `book`; `to_weth` are the swaps of its tip."""
        bid = self.bid
        return Plan(
            block=book.block,
            mode=self.mode,
            token=self.token,
            loans=self.loans,
            legs=self.legs,
            profit=self.profit,
            min_profit=self.bid.cost,
            max_block=book.block + 1,
            tip=Tip(share=bid.share, cap=bid.direct, legs=to_weth) if bid.direct else None,
            certificate=certificate,
        )


def offer_of_trip(book: MarketBook, found: Funding, parameters: StrategyParameters) -> Offer:
    """Return a funded single round trip with its price."""
    loans, legs = found.loans, found.legs
    token, profit = found.cycle.token, Raw(found.profit)
    bid = bid_for(book, token, profit, estimated_gas(legs, loans), parameters)
    return Offer(
        token=token,
        mode=found.mode,
        legs=legs,
        loans=loans,
        profit=profit,
        bid=bid,
        net_usdc=book.in_usdc(token, profit - bid.cost),
    )


def offer_of_program(book: MarketBook, found: Program, parameters: StrategyParameters) -> Offer:
    """Return a program, whose profit is in USDC, with its price."""
    gas = estimated_gas(found.legs, found.loans, program=True)
    bid = bid_for(book, USDC, found.profit, gas, parameters)
    return Offer(
        token=USDC,
        mode=Mode.PUSH,
        legs=found.legs,
        loans=found.loans,
        profit=found.profit,
        bid=bid,
        net_usdc=found.profit - bid.cost,
    )


def at_terms(book: MarketBook, offer: Offer, terms: StrategyParameters) -> Offer:
    """Return an offer priced anew, for the same gas; what the executor pays takes more of it."""
    gas = offer.bid.gas + (terms.tip_way is TipWay.EXECUTOR) * GAS_OF_TIP
    bid = bid_for(book, offer.token, offer.profit, gas, terms)
    net = book.in_usdc(offer.token, Raw(offer.profit - bid.cost))
    return msgspec.structs.replace(offer, bid=bid, net_usdc=net)
