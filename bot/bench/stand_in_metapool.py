"""The stand-ins for a metapool and its base in an in-process EVM, with random states."""

from random import Random

import msgspec

from bot.amm.generations import Generation
from bot.amm.metapool import MetaPool
from bot.amm.stableswap import StableSwapPool
from bot.bench.classic_curve import NOW_S
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted
from bot.bench.stand_in_ng import plain_token
from bot.chain.abi import encode, word
from bot.chain.artifacts import load_artifact
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.units import WAD, Raw
from bot.domain.venues import PoolSpec, Venue
from bot.sandbox.mainnet import load_alloc

_SUPPLY, _MINTER = 2, 5  # slots of CurveLpToken
_BASE_BALANCES = 3  # slot of CurveBasePool
_META_BALANCES, _KEPT_PRICE, _KEPT_AT = 5, 7, 8  # slots of CurveMetaPool


class Terms(msgspec.Struct, frozen=True):
    """What the stand-ins of a metapool fix when they are made."""

    amplification: int  # of the metapool, without extra digits
    fee: int
    base_amplification: int
    base_fee: int


class MetaStandIn:
    """A metapool's stand-in over the stand-in of its base pool."""

    def __init__(self, terms: Terms) -> None:
        self._contracts = RealContracts(load_alloc(), timestamp_s=NOW_S)
        self._terms = terms
        deploy = self._contracts.deploy
        shares = load_artifact("CurveLpToken").creation_code
        own_shares = deploy(shares, "string,string,address", "own", "own", TRADER)
        base_shares = deploy(shares, "string,string,address", "base", "base", TRADER)
        self._shares = Token(symbol="base", address=base_shares, decimals=18)
        coins = (DAI, USDC, USDT)
        base = deploy(
            load_artifact("CurveBasePool").creation_code,
            "address,address[3],address,uint256,uint256",
            *(TRADER, [coin.address for coin in coins], base_shares),
            *(terms.base_amplification, terms.base_fee),
        )
        self._base = PoolSpec(name="base", venue=Venue.CURVE, address=base, tokens=coins)
        self._contracts.write(base_shares, _MINTER, int(base, 16))
        self._put_base((Raw(10**24), Raw(10**12), Raw(10**12)), 3 * 10**24)
        coin = plain_token(self._contracts, "META")
        address = deploy(
            load_artifact("CurveMetaPool").creation_code,
            "address,address,address,address,uint256,uint256",
            *(TRADER, coin.address, own_shares, base, terms.amplification, terms.fee),
        )
        self.spec = PoolSpec(
            name="metapool stand-in",
            venue=Venue.CURVE_UNDERLYING,
            address=address,
            tokens=(coin, *coins),
        )
        for token in self.spec.tokens:
            self._contracts.approve(token, address)

    def random_pool(self, rng: Random) -> MetaPool:
        """Return both pools from balanced to ten thousand to one, the kept price fresh or old."""
        total = 10 ** rng.uniform(22, 27.5)
        parts = [rng.choice([1, rng.random(), 0.01, 10 ** rng.uniform(-4, 0)]) for _ in range(3)]
        base = StableSwapPool(
            spec=self._base,
            block=1,
            amplification=self._terms.base_amplification,
            fee=self._terms.base_fee,
            balances=tuple(
                Raw(int(total * part / sum(parts)) // 10 ** (18 - coin.decimals) + 1)
                for part, coin in zip(parts, self._base.tokens, strict=True)
            ),
            generation=Generation.THREE_POOL,
        )
        supply = int(base.curve.invariant / rng.uniform(1, 1.3))
        size = 10 ** rng.uniform(20, 26)
        shares = min(int(size * rng.choice([1, rng.random(), 0.01])), supply * 9 // 10)
        return MetaPool(
            spec=self.spec,
            block=1,
            amplification=self._terms.amplification * 100,
            fee=self._terms.fee,
            balances=(Raw(int(size * rng.choice([1, rng.random(), 0.01])) + 1), Raw(shares)),
            base=base,
            base_supply=Raw(supply),
            base_virtual_price=int(WAD * rng.uniform(1, 1.3)),
            base_cache_updated=rng.choice([NOW_S, NOW_S - 600, NOW_S - 601, 0]),
            timestamp_s=NOW_S,
        )

    def exchanged(self, pool: MetaPool, i: int, j: int, size: int) -> tuple[int, ...]:
        """Return what a swap on that state pays, and all books after it; only 0 if it reverts."""
        self._put(pool)
        self._contracts.set_balance(pool.spec.tokens[i], TRADER, size)
        call = encode("exchange_underlying(int128,int128,uint256,uint256)", i, j, size, 0)
        try:
            paid = word(self._contracts.call(pool.spec.address, call), 0)
        except Reverted:
            return (0,)
        ask, base = self._contracts.ask, self._base.address
        return (
            paid,
            *(ask(pool.spec.address, "balances(uint256)", k) for k in range(2)),
            *(ask(base, "balances(uint256)", k) for k in range(3)),
            ask(self._shares.address, "totalSupply()"),
            ask(pool.spec.address, "base_virtual_price()"),
        )

    def view(self, pool: MetaPool, i: int, j: int, size: int) -> int:
        """Return what `get_dy_underlying` answers on that state; zero where it reverts."""
        self._put(pool)
        signature = "get_dy_underlying(int128,int128,uint256)"
        try:
            return self._contracts.ask(pool.spec.address, signature, i, j, size)
        except Reverted:
            return 0

    def _put(self, pool: MetaPool) -> None:
        address, (coin, shares) = pool.spec.address, pool.balances
        self._put_base(pool.base.balances, pool.base_supply)
        self._contracts.write(address, _META_BALANCES, coin)
        self._contracts.write(address, _META_BALANCES + 1, shares)
        self._contracts.write(address, _KEPT_PRICE, pool.base_virtual_price)
        self._contracts.write(address, _KEPT_AT, pool.base_cache_updated)
        self._contracts.set_balance(pool.spec.tokens[0], address, FORTUNE)
        self._contracts.set_balance(self._shares, address, shares)

    def _put_base(self, balances: tuple[Raw, ...], supply: int) -> None:
        for k, balance in enumerate(balances):
            self._contracts.write(self._base.address, _BASE_BALANCES + k, balance)
            self._contracts.set_balance(self._base.tokens[k], self._base.address, FORTUNE)
        self._contracts.write(self._shares.address, _SUPPLY, supply)
