"""What trading a depeg costs, before any venue is asked: for ranking, not for orders."""

import msgspec

from bot.domain.ticks import SourceKind

_YEAR_H = 365 * 24.0


class TradingCosts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Costs in basis points of the capital, unless the name says otherwise; defaults are dear."""

    capital_usd: float = 100_000.0  # of one opportunity: what fixed costs are spread over
    cex_fee_bps: float = 10.0  # taker, one way
    dex_fee_bps: float = 4.0  # of a pool, one way
    spread_bps: float = 2.0  # half of it and impact, one way
    transfer_usd: float = 10.0  # a withdrawal
    gas_usd: float = 15.0  # of one transaction of several swaps
    carry_bps_per_year: float = 450.0  # what idle dollars earn elsewhere
    loss_if_never_bps: float = 8_000.0  # of what is held, if it never comes back
    hurdle_bps: float = 5.0  # expected gain after everything, below which nothing is done
    issuer_hours: float = 24.0  # of working days that an issuer takes to pay
    chain_hours: float = 0.1  # to hand in at a rail on chain and be done

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"{name} is {value}, must be zero or more")
        if not self.capital_usd or self.loss_if_never_bps > 10_000:
            raise ValueError("capital_usd must be above 0, loss_if_never_bps at most 10000")

    def way_in_bps(self, kind: SourceKind) -> float:
        """Return what one trade at a sort of venue costs."""
        if kind is SourceKind.CEX:
            return self.cex_fee_bps + self.spread_bps
        return self.dex_fee_bps + self.spread_bps + self.spread_over(self.gas_usd)

    def spread_over(self, usd: float) -> float:
        """Return a fixed cost in basis points of the capital."""
        return usd / self.capital_usd * 1e4

    def carry_bps(self, hours: float) -> float:
        """Return what the capital would have earned elsewhere in that time."""
        return self.carry_bps_per_year * hours / _YEAR_H
