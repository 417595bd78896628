"""What a plan pays to be included: base fee, and a tip out of its profit."""

import msgspec

from bot.domain.assets import Token
from bot.domain.units import BPS, Bps, Raw, Wei, mul_div_up
from bot.market.book import MarketBook
from bot.strategy.parameters import StrategyParameters
from bot.strategy.tip_way import TipWay


class GasBid(msgspec.Struct, frozen=True, kw_only=True):
    """Fees of one transaction, per gas and in all."""

    max_fee_per_gas: Wei
    priority_fee_per_gas: Wei
    total: Wei  # of gas, and what the executor pays
    cost: Raw  # `total` in the plan's token, rounded up
    gas: int = 0
    direct: Wei = Wei(0)  # paid by the executor at most, out of `share` of the profit
    share: Bps = Bps(0)


def bid_for(
    book: MarketBook,
    token: Token,
    profit: Raw,
    gas: int,
    parameters: StrategyParameters,
) -> GasBid:
    """Return the bid of a plan that earns `profit` of `token` and uses `gas`.

    The tip is a share of what base fee leaves over, capped; at least one wei per gas. The book has
    the exact base fee of the target block, so the bid is the exact cost, not a ceiling.
    """
    base_fee = book.next_base_fee
    one_eth = Wei(10**18)
    eth_in_token = book.cost_in(token, one_eth)
    surplus = profit - book.cost_in(token, Wei(gas * base_fee))
    share = max(surplus, 0) * parameters.tip_share_bps // BPS
    tip = Wei(min(share * one_eth // eth_in_token, parameters.max_tip_wei))
    is_direct = parameters.tip_way is TipWay.EXECUTOR and tip > 0
    priority = Wei(1 if is_direct else max(tip // gas, 1))
    burned = Wei(gas * (base_fee + priority))
    bid = GasBid(
        max_fee_per_gas=Wei(base_fee + priority),
        priority_fee_per_gas=priority,
        total=burned,
        cost=book.cost_in(token, burned),
        gas=gas,
    )
    return _paid_by_executor(bid, tip, book.cost_in(token, tip), profit) if is_direct else bid


def _paid_by_executor(bid: GasBid, tip: Wei, tip_raw: Raw, profit: Raw) -> GasBid:
    """Return a bid for gas alone, with a tip on top as a share of the profit, rounded up."""
    share = Bps(min(mul_div_up(tip_raw, BPS, profit), BPS))
    return msgspec.structs.replace(
        bid,
        total=Wei(bid.total + tip),
        cost=Raw(bid.cost + profit * share // BPS),
        direct=tip,
        share=share,
    )
