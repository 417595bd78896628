"""Curve's metapools, swapped by underlying coins: one coin against the coins of a base pool.

A swap of the metapool's coin goes through shares of the base pool: deposit and swap, or swap and
withdraw; between two coins of the base pool it is the base pool's own swap.

Fields a reader fills: `base_virtual_price` and `base_cache_updated` where the pool keeps that
price for ten minutes (metapools of 2020), zero where it asks every time (the factory's);
`coin_rate` where the coin has a rate of its own (RAI's redemption price), zero elsewhere.
"""

from functools import cached_property
from math import sqrt

import msgspec

from bot.amm.generations import Generation
from bot.amm.image import Image, Shut, Stable
from bot.amm.least_input import least_input
from bot.amm.pool import Closed, Limits
from bot.amm.ramp import Ramp
from bot.amm.stable_shares import StableShares
from bot.amm.stableswap import FEE_SCALE, StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.domain.assets import Token
from bot.domain.units import WAD, Raw
from bot.domain.venues import PoolSpec, Venue

_CACHE_EXPIRES_S = 600
_COIN, _SHARES = 0, 1  # places in the metapool itself


class MetaPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A metapool and its base at `block`; `spec.tokens` are the coin, then the base pool's coins.

    Source: curvefi/curve-contract `SwapTemplateMeta.vy` and `StableSwapRAI.vy`, curvefi/
    curve-factory `MetaUSD.vy`: `exchange_underlying`.
    """

    spec: PoolSpec
    block: int
    amplification: int  # with its extra digits, in a block of `timestamp_s`
    fee: int  # 1.0 is 10**10, as is the next
    balances: tuple[Raw, Raw]  # the coin, shares of the base pool
    base: StableSwapPool
    base_supply: Raw
    admin_fee: int = FEE_SCALE // 2
    base_virtual_price: int = 0
    base_cache_updated: int = 0
    coin_rate: int = 0
    ramp: Ramp | None = None
    timestamp_s: int = 0
    killed: bool = False
    amplification_precision: int = 100
    generation: Generation = Generation.TEMPLATE

    def at(self, timestamp_s: int) -> "MetaPool":
        """Return the state as a block of `timestamp_s` finds it: itself where nothing moves."""
        amplification = self.ramp.at(timestamp_s) if self.ramp else self.amplification
        base, replace = self.base.at(timestamp_s), msgspec.structs.replace
        moved = replace(self, amplification=amplification, base=base, timestamp_s=timestamp_s)
        still = amplification == self.amplification and base is self.base
        return self if still and self.price_is_kept == moved.price_is_kept else moved

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what `exchange_underlying` pays; zero where it would revert."""
        return self._swapped(i, j, amount_in)[0]

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays `amount_out`; zero where none does."""
        limit, rate = self.max_in(i, j), self.marginal_rate(i, j)
        return least_input(lambda size: self.amount_out(i, j, Raw(size)), amount_out, limit, rate)

    def get_dy_underlying(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the contract's view answers.

        It takes half the base pool's fee for a deposit and forgets what that moves, so it can lie
        on either side of what `exchange_underlying` pays.
        """
        if i and j:
            return self.base.get_dy(i - 1, j - 1, amount_in)
        if self.pair.closed:
            return Raw(0)
        if not i:
            shares = self.pair.exchange(_COIN, _SHARES, amount_in)[0]
            return Raw(max(self.shares.withdrawn(shares, j - 1)[0], 0))
        amounts = [amount_in if k == i - 1 else 0 for k in range(len(self.base.balances))]
        minted = self.shares.shares_for(amounts, deposit=True)
        if minted < 0:
            return Raw(0)
        worth = minted * self.pair.rates[_SHARES] // WAD
        worth -= worth * self.base.fee // (2 * FEE_SCALE)
        held, in_shares = self.pair.curve.balances
        gross = held - self.pair.curve.pair(_SHARES, _COIN)(in_shares + worth) - 1
        return Raw(max(gross - gross * self.fee // FEE_SCALE, 0) * WAD // self.pair.rates[_COIN])

    def max_in(self, i: int, j: int) -> Raw:
        """Return the largest input that surely fits; zero where the way is closed.

        Through the metapool: as many shares, or the coins that mint them, as empty its other side.
        """
        found = self._most_in.get((i, j))
        if found is None:
            self._most_in[i, j] = found = self._room(i, j)
        return found

    def limits(self, i: int, j: int) -> Limits:
        """Return how far the direction goes."""
        most, closed = self.max_in(i, j), self._closed(i, j)
        return Limits(max_in=most, max_out=self.amount_out(i, j, most), closed=closed)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fees, in base units, at a size that moves next to nothing."""
        if i == j or self._closed(i, j):
            return 0.0
        if i and j:
            return self.base.marginal_rate(i - 1, j - 1)
        if not i:
            return self.pair.marginal_rate(_COIN, _SHARES) * self.shares.paid_per_share[j - 1]
        return self.pair.marginal_rate(_SHARES, _COIN) / self.shares.asked_per_share[i - 1]

    def images(self) -> tuple[Image, ...]:
        """Return one picture for the coin against each coin of the base pool.

        A coin of the base pool stands in it for the shares it is worth now, the base pool's fees on
        both ways as part of the picture's fee. Each has the metapool's whole depth: using two at
        once is dearer than they say. Swaps within the base pool are left to its own picture.
        """
        return tuple(self._image(k) for k in range(1, len(self.spec.tokens)))

    def after(self, i: int, j: int, amount_in: Raw) -> "MetaPool":
        """Return the state that `exchange_underlying` leaves, the base pool's included."""
        return self._swapped(i, j, amount_in)[1]

    @property
    def virtual_price(self) -> int:
        """What the metapool takes a share to be worth in a block of `timestamp_s`."""
        return self.base_virtual_price if self.price_is_kept else self.shares.virtual_price()

    @property
    def price_is_kept(self) -> bool:
        """Whether the virtual price that the pool keeps still counts."""
        age_s = self.timestamp_s - self.base_cache_updated
        return bool(self.base_virtual_price) and age_s <= _CACHE_EXPIRES_S

    @cached_property
    def shares(self) -> StableShares:
        """The base pool and its shares."""
        return StableShares(self.base, self.base_supply)

    @cached_property
    def pair(self) -> StableSwapNgPool:
        """The metapool itself: its coin against shares of the base pool, as `exchange` swaps."""
        coin = self.spec.tokens[_COIN]
        shares = Token(
            symbol="base", address=self.base.spec.shares or self.base.spec.address, decimals=18
        )
        return StableSwapNgPool(
            spec=msgspec.structs.replace(self.spec, venue=Venue.CURVE, tokens=(coin, shares)),
            block=self.block,
            amplification=self.amplification,
            amplification_precision=self.amplification_precision,
            fee=self.fee,
            admin_fee=self.admin_fee,
            balances=self.balances,
            rates=(self.coin_rate or 10 ** (36 - coin.decimals), self.virtual_price),
            generation=self.generation,
            killed=self.killed,
        )

    def _closed(self, i: int, j: int) -> Closed | None:
        """Return why a way is closed: between base coins, the metapool's own curve is not asked."""
        if self.killed:
            return Closed.KILLED
        if not self.base_supply:
            return Closed.EMPTY
        return self.base.closed or (None if i and j else self.pair.closed)

    def _image(self, k: int) -> Image:
        pair = None if self._closed(_COIN, k) else self.pair.images()[0]
        paid = self.shares.paid_per_share[k - 1] if pair else 0.0
        if not isinstance(pair, Stable) or not paid:
            return Shut((_COIN, k))
        asked, decimals = self.shares.asked_per_share[k - 1], self.spec.tokens[k].decimals
        unit = self.virtual_price / WAD * 10**decimals / WAD / sqrt(paid * asked)
        return msgspec.structs.replace(
            pair,
            coins=(_COIN, k),
            units=(pair.units[_COIN], unit),
            keep=pair.keep * sqrt(paid / asked),
        )

    @cached_property
    def _most_in(self) -> dict[tuple[int, int], Raw]:
        return {}

    def _room(self, i: int, j: int) -> Raw:
        if i == j or self._closed(i, j):
            return Raw(0)
        if i and j:
            return self.base.max_in(i - 1, j - 1)
        if not i:
            return self.pair.max_in(_COIN, _SHARES)
        shares = self.pair.max_in(_SHARES, _COIN)
        most = shares * self.virtual_price // WAD // self.base.scales[i - 1]
        while most and not 0 < self.shares.deposited(i - 1, most)[0] <= shares:
            most -= (most >> 3) + 1
        return Raw(most)

    def _swapped(self, i: int, j: int, amount_in: int) -> tuple[Raw, "MetaPool"]:
        if i == j or amount_in <= 0 or self._closed(i, j):
            return Raw(0), self
        if i and j:
            left = StableShares(self.base.after(i - 1, j - 1, Raw(amount_in)), self.base_supply)
            paid = self.base.amount_out(i - 1, j - 1, Raw(amount_in))
            return paid, self._with(self.balances, left)
        return self._sold(j - 1, amount_in) if not i else self._bought(i - 1, amount_in)

    def _sold(self, k: int, amount_in: int) -> tuple[Raw, "MetaPool"]:
        """Swap the coin for shares, and these for coin `k` of the base pool."""
        shares = self.pair.exchange(_COIN, _SHARES, amount_in)[0]
        paid, left = self.shares.withdrawn(shares, k)
        if paid < 0:
            return Raw(0), self
        return Raw(paid), self._moved(_COIN, _SHARES, amount_in, left)

    def _bought(self, k: int, amount_in: int) -> tuple[Raw, "MetaPool"]:
        """Swap coin `k` of the base pool for shares, and these for the coin."""
        shares, left = self.shares.deposited(k, amount_in)
        paid = self.pair.exchange(_SHARES, _COIN, shares)[0]
        if paid < 0:
            return Raw(0), self
        return Raw(paid), self._moved(_SHARES, _COIN, shares, left)

    def _moved(self, i: int, j: int, amount_in: int, shares: StableShares) -> "MetaPool":
        coin, held = self.pair.after(i, j, Raw(amount_in)).balances
        return self._with((coin, held), shares)

    def _with(self, balances: tuple[Raw, Raw], shares: StableShares) -> "MetaPool":
        """Return the state after a swap, which also renews an expired virtual price."""
        renewed = bool(self.base_virtual_price) and not self.price_is_kept
        return msgspec.structs.replace(
            self,
            balances=balances,
            base=shares.pool,
            base_supply=Raw(shares.supply),
            base_virtual_price=self.virtual_price if renewed else self.base_virtual_price,
            base_cache_updated=self.timestamp_s if renewed else self.base_cache_updated,
        )
