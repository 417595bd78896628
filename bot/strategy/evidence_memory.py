"""Remembers what messages say besides prices, until it is asked for as evidence."""

from collections.abc import Callable, Mapping

import msgspec

from bot.domain.coins import coin_of
from bot.domain.ticks import Composition, Fault, Message, Redemption, Supply
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.strategy.bank_hours import banks_closed, hours_until_open
from bot.strategy.evidence import Evidence, PoolSignal, Rail, rail_of
from bot.strategy.pool_watch import PoolWatch, PoolWatchParameters
from bot.strategy.supply_watch import SupplyWatch

PriceOf = Callable[[str], Wad | None]  # par currency per 1.0 of a coin, None where unknown


class EvidenceParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is listened to, and what an operator knows that no feed tells."""

    pools: PoolWatchParameters = PoolWatchParameters()
    hit_shares: dict[str, float] = {}  # by coin: share of the supply whose backing is lost
    rail_age_s: float | None = 3_600.0  # open rails are unknown that nobody confirms; None: never

    def __post_init__(self) -> None:
        if self.rail_age_s is not None and self.rail_age_s <= 0:
            raise ValueError(f"rail_age_s is {self.rail_age_s}, must be above 0")
        for coin, share in self.hit_shares.items():
            if not 0 <= share <= 1:
                raise ValueError(f"hit_shares: {coin} is {share}, must be 0 to 1")


class EvidenceMemory:
    """Takes every message; bounded by the number of coins, rails and pools, not by time."""

    def __init__(self, parameters: EvidenceParameters | None = None) -> None:
        self._parameters = parameters or EvidenceParameters()
        self._rails: dict[str, dict[str, Redemption]] = {}
        self._lost: dict[str, set[str]] = {}  # by coin: open rails whose feed is out of trust
        self._supplies: dict[str, SupplyWatch] = {}
        self._pools: dict[str, dict[str, PoolWatch]] = {}

    def hear(self, message: Message) -> None:
        """Remember what a message says; prices are somebody else's."""
        match message:
            case Redemption():
                self._hear_redemption(message)
            case Supply():
                watch = self._supplies.get(message.asset)
                if watch is None:
                    watch = SupplyWatch(coin_of(message.asset).mint_cap_bps)
                    self._supplies[message.asset] = watch
                watch.hear(message)
            case Composition():
                for asset in message.assets:
                    self._pool(asset, message.venue).hear(message)
            case Fault():
                self._forget(message)
            case _:
                pass

    def evidence(self, asset: str, now: Nanos, price_of: PriceOf = lambda _: None) -> Evidence:
        """Return what is known of a coin; `price_of` values rails that pay in other coins."""
        coin = coin_of(asset)
        supply = self._supplies.get(asset)
        return Evidence(
            coin=coin,
            at=now,
            rails=self._rails_of(asset, now, price_of),
            unheard=self._unheard(asset, now),
            supply_jump_bps=supply.jump_bps if supply else None,
            pools=self._signals(self._pools.get(asset, {}), now),
            banks_closed=banks_closed(coin.par.currency, now),
            hours_until_banks=hours_until_open(coin.par.currency, now),
            hit_share=self._parameters.hit_shares.get(asset),
        )

    def _hear_redemption(self, paid: Redemption) -> None:
        rails = self._rails.setdefault(paid.asset, {})
        known = rails.get(paid.venue)
        if known is None or paid.at >= known.at:
            rails[paid.venue] = paid
            self._lost.get(paid.asset, set()).discard(paid.venue)

    def _pool(self, asset: str, venue: str) -> PoolWatch:
        pools = self._pools.setdefault(asset, {})
        if venue not in pools:
            pools[venue] = PoolWatch(asset, self._parameters.pools)
        return pools[venue]

    def _forget(self, fault: Fault) -> None:
        """A rail whose feed is out of trust is not known to be open, nor to be shut."""
        for asset, rails in self._rails.items():
            if fault.pair in ("", asset) or fault.pair.split("/")[0] == asset:
                gone = rails.pop(fault.venue, None)
                if gone is not None and gone.is_open:
                    self._lost.setdefault(asset, set()).add(gone.venue)

    def _rails_of(self, asset: str, now: Nanos, price_of: PriceOf) -> tuple[Rail, ...]:
        par = coin_of(asset).par
        found = (
            rail_of(paid, par, None if paid.currency == par.currency else price_of(paid.currency))
            for paid in self._rails.get(asset, {}).values()
            if self._is_fresh(paid, now)
        )
        return tuple(rail for rail in found if rail is not None)

    def _unheard(self, asset: str, now: Nanos) -> tuple[str, ...]:
        stale = (p.venue for p in self._rails.get(asset, {}).values() if not self._is_fresh(p, now))
        return tuple(sorted(self._lost.get(asset, set()).union(stale)))

    def _is_fresh(self, paid: Redemption, now: Nanos) -> bool:
        """What was shut stays shut until it is told otherwise; only hope wears out."""
        age_s = self._parameters.rail_age_s
        return age_s is None or not paid.is_open or now - paid.at <= age_s * NANOS_PER_S

    @staticmethod
    def _signals(pools: Mapping[str, PoolWatch], now: Nanos) -> tuple[PoolSignal, ...]:
        found = (pool.signal(now) for pool in pools.values())
        return tuple(signal for signal in found if signal is not None)
