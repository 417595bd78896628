"""Maker's peg stability modules against their stand-ins: what a caller pays and receives."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from random import Random

import msgspec

from bot.amm.maker_psm import MakerPsmPool
from bot.amm.peg_module import HALTED, PegModulePool
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.real_contracts import (
    FORTUNE,
    TRADER,
    RealContracts,
    Reverted,
    local_contracts,
    mapping_slot,
)
from bot.chain.abi import encode
from bot.domain.mainnet_pools import MAKER_PSM_USDC
from bot.domain.units import WAD, Raw, Wad
from bot.domain.venues import (
    DSS_PSM_USDC_JOIN,
    LITE_PSM_POCKET,
    LITE_PSM_USDC,
    Kind,
    PoolSpec,
    Venue,
)

_GEM, _DAI_COIN = 0, 1
_USDC, _DAI = LITE_PSM_USDC.tokens
_FACTOR = 10**12
_SIZES = 10  # of each state
_LITE_TIN_SLOT, _LITE_TOUT_SLOT = 0, 1
_TIN_SLOT, _TOUT_SLOT, _DEBT_SLOT, _CEILING_SLOT = 1, 2, 3, 4
_LIVE_SLOT, _GEMS_SLOT = 0, 2  # of the gem join
_SUPPLY_SLOT = 1  # of Dai, from which the first module burns

ModulePool = PegModulePool | MakerPsmPool


class Module(msgspec.Struct, frozen=True):
    """A module in an EVM, put into the state of one snapshot after the other."""

    contracts: RealContracts
    spec: PoolSpec

    def put(self, pool: ModulePool) -> None:
        """Give the contracts the state of `pool`, and the trader coins."""
        if isinstance(pool, PegModulePool):
            self._put_lite(pool)
        else:
            self._put_first(pool)
        for coin in self.spec.tokens:
            self.contracts.set_balance(coin, TRADER, FORTUNE)

    def received_for(self, pool: ModulePool, gem: int) -> int:
        """Return the DAI that the module pays for `gem`; zero if it refuses."""
        self.put(pool)
        if not self._trade("sellGem(address,uint256)", gem):
            return 0
        return self.contracts.balance(_DAI, TRADER) - FORTUNE

    def price_of(self, pool: ModulePool, gem: int) -> int | None:
        """Return the DAI that `gem` costs; nothing if the module refuses."""
        self.put(pool)
        if not self._trade("buyGem(address,uint256)", gem):
            return None
        return FORTUNE - self.contracts.balance(_DAI, TRADER)

    def most_gem(self, pool: ModulePool, dai: int) -> int:
        """Return the most gem that the module sells for at most `dai`, by trying."""
        if dai > pool.max_in(_DAI_COIN, _GEM):
            return 0  # it would leave DAI that buys nothing: our own rule
        guess = dai * WAD // (_FACTOR * (WAD + pool.tout)) + 2
        for gem in range(guess, max(guess - 5, 0), -1):
            price = self.price_of(pool, gem)
            if price is not None and price <= dai:
                return gem
        return 0

    def _trade(self, signature: str, gem: int) -> bool:
        try:
            self.contracts.call(self.spec.address, encode(signature, TRADER, gem))
        except Reverted:
            return False
        return True

    def _put_lite(self, pool: PegModulePool) -> None:
        write, address = self.contracts.write, self.spec.address
        write(address, _LITE_TIN_SLOT, pool.tin)
        write(address, _LITE_TOUT_SLOT, pool.tout)
        self.contracts.set_balance(_DAI, address, pool.dai_balance)
        self.contracts.set_balance(_USDC, LITE_PSM_POCKET, pool.gem_balance)

    def _put_first(self, pool: MakerPsmPool) -> None:
        """Leave more gems in the join than the debt can buy back, as gifts do."""
        write, address = self.contracts.write, self.spec.address
        debt = pool.gem_balance * _FACTOR + _FACTOR - 1
        held = pool.gem_balance + 1
        write(address, _TIN_SLOT, pool.tin)
        write(address, _TOUT_SLOT, pool.tout)
        write(address, _DEBT_SLOT, debt)
        write(address, _CEILING_SLOT, debt + pool.headroom)
        write(DSS_PSM_USDC_JOIN, _LIVE_SLOT, pool.live)
        write(DSS_PSM_USDC_JOIN, mapping_slot(int(address, 16), _GEMS_SLOT), held)
        write(_DAI.address, _SUPPLY_SLOT, FORTUNE)
        self.contracts.set_balance(_USDC, DSS_PSM_USDC_JOIN, held)


def module_of(spec: PoolSpec) -> Module:
    """Return the module in an EVM of its own; the trader has allowed it everything."""
    contracts = local_contracts()
    contracts.approve(_DAI, spec.address)
    contracts.approve(_USDC, spec.puller or spec.address)
    return Module(contracts, spec)


def random_module(rng: Random, spec: PoolSpec) -> ModulePool:
    """Return a state of any fees and depths, empty and halted ones included."""
    usual = [0, 1, WAD // 10_000, int(WAD * rng.random()), int(WAD ** rng.random())]
    fees = [*usual * 4, WAD, HALTED]
    tin, tout = (Wad(rng.choice(fees)) for _ in range(2))
    dai, gem = (Raw(rng.choice([0, *[int(10 ** rng.uniform(3, top))] * 9])) for top in (28, 16))
    if spec.venue is Venue.LITE_PSM:
        return PegModulePool(
            spec=spec, block=1, tin=tin, tout=tout, factor=_FACTOR, dai_balance=dai, gem_balance=gem
        )
    return MakerPsmPool(
        spec=spec,
        block=1,
        tin=tin,
        tout=tout,
        factor=_FACTOR,
        headroom=dai,
        gem_balance=gem,
        live=rng.random() < 0.95,
    )


def random_size(rng: Random, pool: ModulePool, i: int) -> Raw:
    """Return a size up to the limit, around it, or around the price of a whole unit of gem."""
    limit = pool.max_in(i, 1 - i)
    around = max(limit + rng.randint(-1, 1), 1)
    drawn = [1, around, *[rng.randint(1, limit + 1), int((limit + 1) ** rng.random())] * 2]
    if i == _DAI_COIN and pool.tout != HALTED:
        exact = rng.randint(1, pool.gem_balance + 1) * _FACTOR
        exact += exact * pool.tout // WAD
        drawn += [exact, exact - 1]
    return Raw(rng.choice(drawn))


def _answers(spec: PoolSpec, rng: Random) -> Iterator[Pair]:
    module = module_of(spec)
    while True:
        pool = random_module(rng, spec)
        for _ in range(_SIZES):
            size = random_size(rng, pool, _GEM)
            yield pool.amount_out(_GEM, _DAI_COIN, size), module.received_for(pool, size)
            size = random_size(rng, pool, _DAI_COIN)
            yield pool.amount_out(_DAI_COIN, _GEM, size), module.most_gem(pool, size)
            gem = rng.randint(1, pool.gem_balance + 1)
            price = module.price_of(pool, gem)
            yield pool.amount_in(_DAI_COIN, _GEM, Raw(gem)), price or 0


def _pairs(spec: PoolSpec, points: int, seed: int) -> Iterator[Pair]:
    return islice(_answers(spec, Random(seed)), points)


COMPARISONS: tuple[Comparison, ...] = tuple(
    Comparison(
        kind=kind,
        name="sold, bought and priced",
        source=Source.STAND_IN,
        pairs=partial(_pairs, spec),
    )
    for kind, spec in ((Kind.LITE_PSM, LITE_PSM_USDC), (Kind.MAKER_PSM, MAKER_PSM_USDC))
)
