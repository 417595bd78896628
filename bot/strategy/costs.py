"""What a plan pays to be included: base fee, and a tip out of its profit."""

import msgspec

from bot.domain.assets import Token
from bot.domain.units import BPS, Raw, Wei
from bot.market.book import MarketBook
from bot.strategy.parameters import StrategyParameters


class GasBid(msgspec.Struct, frozen=True, kw_only=True):
    """Fees of one transaction, per gas and in all."""

    max_fee_per_gas: Wei
    priority_fee_per_gas: Wei
    total: Wei
    cost: Raw  # `total` in the plan's token, rounded up


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
    tip = min(share * one_eth // eth_in_token, parameters.max_tip_wei)
    priority = Wei(max(tip // gas, 1))
    total = Wei(gas * (base_fee + priority))
    return GasBid(
        max_fee_per_gas=Wei(base_fee + priority),
        priority_fee_per_gas=priority,
        total=total,
        cost=book.cost_in(token, total),
    )
