"""ERC-4626 vaults without a waiting time, such as Savings DAI.

Fields a reader fills: `spec` (tokens: asset, share), `block`, `assets` and `shares` (a ratio: that
many shares are worth that many assets), `max_deposit` (assets), `max_redeem` (shares the vault can
pay for now, whoever holds them).

The ratio of a plain vault is `totalAssets` to `totalSupply`, one to one while there are no shares;
of OpenZeppelin's it is `totalAssets + 1` to `totalSupply + 10**offset`; of Sky's savings vaults it
is chi, as of the block the trade is for, to a ray.
"""

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.rails import limits_up_to_max_in, rail_images
from bot.domain.units import UINT256_MAX, Raw
from bot.domain.venues import PoolSpec

_DEPOSIT = (0, 1)


class VaultPool(msgspec.Struct, frozen=True, kw_only=True):
    """What a share is worth, and what the vault still takes and gives back, at `block`.

    Both conversions round down, against whoever calls.

    Source: ERC-4626, `deposit` and `redeem`.
    """

    spec: PoolSpec
    block: int
    assets: int
    shares: int
    max_deposit: Raw
    max_redeem: Raw

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return shares for assets, or assets for shares."""
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        given, taken = self._ratio(i, j)
        return Raw(amount_in * given // taken)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return what `mint` or `withdraw` charges: the least input that pays `amount_out`."""
        if amount_out <= 0 or not self.max_in(i, j):
            return Raw(0)
        given, taken = self._ratio(i, j)
        paid = -(-amount_out * taken // given)
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return the vault's own limit; zero where all of it would pay nothing."""
        if not (self.assets and self.shares):
            return Raw(0)
        given, taken = self._ratio(i, j)
        limit = self.max_deposit if (i, j) == _DEPOSIT else self.max_redeem
        limit = Raw(min(limit, UINT256_MAX // given))
        return limit if limit * given >= taken else Raw(0)

    def limits(self, i: int, j: int) -> Limits:
        """Return the vault's own limits; closed where they are zero or it is worth nothing."""
        worthless = not (self.assets and self.shares)
        return limits_up_to_max_in(self, i, j, Closed.EMPTY if worthless else Closed.CAPPED)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in, in base units."""
        if not self.max_in(i, j):
            return 0.0
        given, taken = self._ratio(i, j)
        return given / taken

    def images(self) -> tuple[Image, ...]:
        """Return one picture for each direction."""
        return rail_images(self)

    def _ratio(self, i: int, j: int) -> tuple[int, int]:
        """Return how much is given for how much."""
        return (self.shares, self.assets) if (i, j) == _DEPOSIT else (self.assets, self.shares)
