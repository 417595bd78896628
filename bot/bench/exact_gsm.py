"""GHO stability modules against their stand-in: what a caller pays and receives.

The trader acts as the executor does: it asks the module how much its GHO buys, and refuses a sale
of which the module would leave something.
"""

from collections.abc import Iterator
from itertools import islice, product
from random import Random

import msgspec
from eth_utils.address import to_checksum_address

from bot.amm.gsm import GsmPool
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.real_contracts import (
    FORTUNE,
    TRADER,
    Reverted,
    local_contracts,
    mapping_slot,
)
from bot.chain.abi import encode, word
from bot.chain.artifacts import load_artifact
from bot.domain.assets import GHO, Token
from bot.domain.units import WAD, Address, Bps, Raw, Wad
from bot.domain.venues import GHO_RESERVE, Kind, PoolSpec, Venue
from bot.sandbox.bytecode import creation_code
from bot.sandbox.pins import AAVE

_ASSET, _GHO = 0, 1
_SIZES = 10  # of each state
_DECIMALS = (2, 6, 8, 18)
_RATIOS = (WAD, WAD, WAD * 98 // 100, 3 * WAD + 1)
_FEES = ((0, 0), (2, 0), (0, 10), (1, 1), (20, 30), (4_999, 4_999))
_FEES_SLOT, _EXPOSURE_SLOT = 1, 2
_FROZEN, _SEIZED = 1 << 160, 1 << 168  # bits of the slot of the fee strategy
_UINT128 = 1 << 128
_COIN = "artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json"


class Gsm(msgspec.Struct, frozen=True):
    """One module over one asset."""

    spec: PoolSpec
    price_ratio: Wad


class GsmWorld:
    """Modules of several assets and prices, and fee strategies, over the sandbox's reserve."""

    def __init__(self) -> None:
        self._contracts = local_contracts()
        self._fees = {fees: self._strategy(*fees) for fees in _FEES}
        self._modules = [self._module(*asset) for asset in product(_DECIMALS, _RATIOS)]

    def draw(self, rng: Random) -> GsmPool:
        """Return a random state of a random module, its switches mostly off."""
        module = rng.choice(self._modules)
        unit, size = 10 ** module.spec.tokens[0].decimals, 10 ** rng.uniform(0, 10)

        def some(scale: int) -> int:
            share = rng.choice([0, 1e-3]) if rng.random() < 0.05 else rng.choice([rng.random(), 3])
            return int(scale * size * share)

        exposure, used = Raw(some(unit)), Raw(some(WAD))
        buy, sell = rng.choice(_FEES)
        return GsmPool(
            spec=module.spec,
            block=1,
            price_ratio=module.price_ratio,
            buy_fee=Bps(buy),
            sell_fee=Bps(sell),
            exposure=exposure,
            exposure_cap=Raw(exposure + some(unit) if rng.random() < 0.9 else some(unit)),
            reserve_limit=Raw(used + some(WAD) if rng.random() < 0.9 else some(WAD)),
            reserve_used=used,
            reserve_balance=Raw(some(WAD)),
            frozen=rng.random() < 0.02,
            seized=rng.random() < 0.02,
        )

    def sold(self, pool: GsmPool, asset: int) -> int:
        """Return the GHO received for `asset`; zero if refused, or not taken whole."""
        self._put(pool)
        if not self._trade(pool, "sellAsset(uint256,address)", asset):
            return 0
        taken = FORTUNE - self._contracts.balance(pool.spec.tokens[_ASSET], TRADER)
        return self._contracts.balance(GHO, TRADER) - FORTUNE if taken == asset else 0

    def bought(self, pool: GsmPool, gho: int) -> int:
        """Return the assets received for at most `gho`; zero if refused."""
        self._put(pool)
        ask = encode("getAssetAmountForBuyAsset(uint256)", gho)
        asset, price = (word(self._contracts.call(pool.spec.address, ask), k) for k in (0, 1))
        if price > gho or gho > pool.max_in(_GHO, _ASSET):  # the latter is our own rule
            return 0
        if not self._trade(pool, "buyAsset(uint256,address)", asset):
            return 0
        return self._contracts.balance(pool.spec.tokens[_ASSET], TRADER) - FORTUNE

    def price_of(self, pool: GsmPool, asset: int) -> int:
        """Return the GHO that `asset` costs; zero if refused."""
        self._put(pool)
        if not self._trade(pool, "buyAsset(uint256,address)", asset):
            return 0
        return FORTUNE - self._contracts.balance(GHO, TRADER)

    def _trade(self, pool: GsmPool, signature: str, asset: int) -> bool:
        try:
            self._contracts.call(pool.spec.address, encode(signature, asset, TRADER))
        except Reverted:
            return False
        return True

    def _put(self, pool: GsmPool) -> None:
        write, balance = self._contracts.write, self._contracts.set_balance
        module, asset = pool.spec.address, pool.spec.tokens[_ASSET]
        strategy = int(self._fees[pool.buy_fee, pool.sell_fee], 16)
        write(module, _FEES_SLOT, strategy | _FROZEN * pool.frozen | _SEIZED * pool.seized)
        write(module, _EXPOSURE_SLOT, pool.exposure_cap | pool.exposure * _UINT128)
        usage = pool.reserve_limit | pool.reserve_used * _UINT128
        write(GHO_RESERVE, mapping_slot(int(module, 16), 0), usage)
        balance(GHO, GHO_RESERVE, pool.reserve_balance)
        balance(GHO, module, 0)
        balance(asset, module, pool.exposure)
        for coin in pool.spec.tokens:
            balance(coin, TRADER, FORTUNE)

    def _strategy(self, buy: int, sell: int) -> Address:
        if not buy and not sell:
            return Address(to_checksum_address("0x" + 40 * "0"))
        code = load_artifact("FixedFeeStrategy").creation_code
        return self._contracts.deploy(code, "uint256,uint256", buy, sell)

    def _module(self, places: int, ratio: int) -> Gsm:
        contracts = self._contracts
        coin = creation_code(AAVE, _COIN)
        asset = contracts.deploy(coin, "string,string,uint8", "Asset", "ASSET", places)
        price = load_artifact("FixedPriceStrategy").creation_code
        strategy = contracts.deploy(price, "uint256,address", ratio, asset)
        module = contracts.deploy(
            load_artifact("Gsm").creation_code,
            "address,address,address,address,uint128",
            *(strategy, GHO_RESERVE, TRADER, TRADER, 0),
        )
        tokens = (Token(symbol="ASSET", address=asset, decimals=places), GHO)
        for token in tokens:
            contracts.approve(token, module)
        spec = PoolSpec(name="GSM", venue=Venue.GHO_GSM, address=module, tokens=tokens)
        return Gsm(spec, Wad(ratio))


def _pairs(points: int, seed: int) -> Iterator[Pair]:
    return islice(_answers(Random(seed)), points)


def _answers(rng: Random) -> Iterator[Pair]:
    world = GsmWorld()
    while True:
        pool = world.draw(rng)
        for _ in range(_SIZES):
            size = _random_size(rng, pool, _ASSET)
            yield pool.amount_out(_ASSET, _GHO, size), world.sold(pool, size)
            size = _random_size(rng, pool, _GHO)
            yield pool.amount_out(_GHO, _ASSET, size), world.bought(pool, size)
            asset = Raw(rng.randint(1, pool.exposure + 1))
            yield pool.amount_in(_GHO, _ASSET, asset), world.price_of(pool, asset)


def _random_size(rng: Random, pool: GsmPool, i: int) -> Raw:
    limit = pool.max_in(i, 1 - i)
    usual = [rng.randint(1, limit + 1), int((limit + 1) ** rng.random())]
    return Raw(rng.choice([1, max(limit + rng.randint(-1, 1), 1), *usual, *usual]))


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        kind=Kind.GSM,
        name="sold, bought and priced",
        source=Source.STAND_IN,
        pairs=_pairs,
    ),
)
