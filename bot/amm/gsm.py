"""Aave's GHO stability modules with fixed price and fees: a coin against GHO of a reserve.

Fields a reader fills: `spec` (tokens: asset, GHO), `block`, `price_ratio` (`PRICE_RATIO` of the
price strategy), `buy_fee` and `sell_fee` (zero where there is no fee strategy), `exposure`,
`exposure_cap`, `reserve_limit` and `reserve_used` (the module's in the GHO reserve),
`reserve_balance` (GHO the reserve holds), `frozen`, `seized`.
"""

from functools import cached_property

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import BPS, Bps, Raw, Wad, mul_div_up
from bot.domain.venues import PoolSpec

_SELL_ASSET = (0, 1)


class GsmPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Price, fees, caps and switches of the module at `block`.

    Buying the asset is asked in assets, so GHO paid in buys the most it can pay for; what is left
    is worth less than one base unit. A sale of which the module would not take all is refused by
    the executor, so it pays nothing here.

    Source: `Gsm.buyAsset`, `Gsm.sellAsset`, `FixedPriceStrategy`, `FixedFeeStrategy`, `GhoReserve`.
    """

    spec: PoolSpec
    block: int
    price_ratio: Wad  # GHO per whole asset
    buy_fee: Bps
    sell_fee: Bps
    exposure: Raw
    exposure_cap: Raw
    reserve_limit: Raw
    reserve_used: Raw
    reserve_balance: Raw
    frozen: bool = False
    seized: bool = False

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the module pays; zero when closed or above a cap."""
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        if (i, j) != _SELL_ASSET:
            gross = amount_in * BPS // (BPS + self.buy_fee)
            return Raw(gross * self._unit // self.price_ratio)
        paid = self._paid_for(amount_in)
        return Raw(paid) if self._taken_for(paid) == amount_in else Raw(0)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays at least `amount_out`; zero when nothing does.

        What is bought costs exactly this much GHO.
        """
        if amount_out <= 0 or not self.max_in(i, j):
            return Raw(0)
        if (i, j) == _SELL_ASSET:
            paid = self._least_sold(amount_out)
        else:
            gross = mul_div_up(amount_out, self.price_ratio, self._unit)
            paid = gross + mul_div_up(gross, self.buy_fee, BPS)
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what exposure cap and reserve leave; zero when frozen or seized."""
        if self.frozen or self.seized:
            return Raw(0)
        return self._most_sold if (i, j) == _SELL_ASSET else self._most_spent

    def limits(self, i: int, j: int) -> Limits:
        """Return the caps, the reserve and the switches as limits."""
        if self.frozen or self.seized:
            closed = Closed.FROZEN
        else:
            closed = Closed.CAPPED if (i, j) == _SELL_ASSET else Closed.EMPTY
        return limits_up_to_max_in(self, i, j, closed)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units."""
        if not self.max_in(i, j):
            return 0.0
        price = self.price_ratio / self._unit
        if (i, j) == _SELL_ASSET:
            return price * (BPS - self.sell_fee) / BPS
        return BPS / (price * (BPS + self.buy_fee))

    def images(self) -> tuple[Image, ...]:
        """Return one picture for each direction."""
        return rail_images(self)

    @cached_property
    def _unit(self) -> int:
        """Base units of one whole asset."""
        return int(10 ** self.spec.tokens[0].decimals)

    def _paid_for(self, asset: int) -> int:
        """Return the GHO for `asset`, its fee rounded up."""
        gross = asset * self.price_ratio // self._unit
        return gross - mul_div_up(gross, self.sell_fee, BPS)

    def _taken_for(self, paid: int) -> int:
        """Return the assets that the module takes for `paid`: it counts back from there."""
        drawn = mul_div_up(paid, BPS, BPS - self.sell_fee)
        return mul_div_up(drawn, self._unit, self.price_ratio)

    def _least_sold(self, wanted: Raw) -> int:
        """Return the smallest sale for at least `wanted` that is taken whole, caps aside."""
        gross = mul_div_up(wanted, BPS, BPS - self.sell_fee)
        asset = mul_div_up(gross, self._unit, self.price_ratio)
        while self._taken_for(self._paid_for(asset)) != asset:
            gross += 1
            asset = mul_div_up(gross, self._unit, self.price_ratio)
        return asset

    @cached_property
    def _most_sold(self) -> Raw:
        """Return the largest sale under the exposure cap whose draw the reserve grants."""
        room = min(self.reserve_limit - self.reserve_used, self.reserve_balance)
        under_cap = self.exposure_cap - self.exposure
        if room <= 0 or under_cap <= 0:
            return Raw(0)
        # Inverted step by step: draw <= room, its fee, the price.
        paid = room * (BPS - self.sell_fee) // BPS
        gross = ((paid + 1) * BPS - 1) // (BPS - self.sell_fee)
        most = min(under_cap, ((gross + 1) * self._unit - 1) // self.price_ratio)
        while (taken := self._taken_for(self._paid_for(most))) != most:
            most = taken  # nothing between the two is taken whole
        return Raw(most)

    @cached_property
    def _most_spent(self) -> Raw:
        """Return the GHO that buys all there is, and nothing of one unit more."""
        asset = min(self.exposure, self.reserve_used * self._unit // self.price_ratio)
        gross = ((asset + 1) * self.price_ratio - 1) // self._unit
        if not (asset and gross):
            return Raw(0)
        return Raw(((gross + 1) * (BPS + self.buy_fee) - 1) // BPS)
