"""Pools made by Balancer's own factories in an in-process EVM, for any coins, rates and weights."""

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
from eth_utils.address import to_checksum_address

from bot.amm.balancer_curve import AMPLIFICATION_PRECISION, Rounding
from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.ramp import Ramp
from bot.bench.real_contracts import RealContracts, Reverted
from bot.chain.abi import encode, word
from bot.domain.assets import Token
from bot.domain.units import WAD, Address, Raw, Wad
from bot.domain.venues import BALANCER_VAULT, Kind, PoolSpec, Venue
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_FACTORY,
    BALANCER_STABLE_FACTORY,
    BALANCER_WEIGHTED_FACTORY,
    DEPLOYER,
    ZERO,
    labelled,
)
from bot.sandbox.mainnet import load_alloc

NOW_S = 2_000_000_000  # after the local mainnet was built: pools check when they were made
GIVEN_IN, GIVEN_OUT = 0, 1
DECIMALS = (2, 6, 8, 18)

_FIRST_FEE = 10**14  # until a state sets its own
_FIRST_AMPLIFICATION = 77  # the slot is found by it
_OWN_TOKENS = 2**111  # a composable pool's balance of its own token
_SLOTS = 64
_REQUEST = "(uint8,address,address,uint256,bytes32,uint256,address,address,bytes)"
_ON_SWAP_GENERAL = f"onSwap({_REQUEST},uint256[],uint256,uint256)"
_ON_SWAP_PAIR = f"onSwap({_REQUEST},uint256,uint256)"


class MadePool(msgspec.Struct, frozen=True):
    """A pool of the factory, with the coins in its order and who tells their rates."""

    spec: PoolSpec
    pool_id: bytes
    rate_providers: tuple[Address | None, ...] = ()
    weights: tuple[Wad, ...] = ()
    amplification_slot: int = 0
    own_place: int | None = None  # where a composable pool's own token stands


class BalancerWorld:
    """Makes pools, gives them states, and asks them as the vault would."""

    def __init__(self) -> None:
        alloc = load_alloc()
        self._contracts = RealContracts(alloc, timestamp_s=NOW_S)
        self._vault_code = {int(at, 16): found.code for at, found in alloc.items()}[
            int(BALANCER_VAULT, 16)
        ]
        self._vault_is_there = True

    def coins(self, decimals: Sequence[int]) -> tuple[Token, ...]:
        """Return coins that do nothing but tell their decimals, in the order of addresses."""
        made = []
        for k, places in enumerate(decimals):
            address = labelled(f"coin {k} of {places} decimals")
            self._contracts.place(address, _constant(places))
            made.append(Token(symbol=f"C{places}", address=address, decimals=places))
        return tuple(sorted(made, key=lambda coin: int(coin.address, 16)))

    def composable(self, decimals: Sequence[int], *, rated: Sequence[bool]) -> MadePool:
        """Return a composable stable pool; rated coins have a rate of their own."""
        coins = self.coins(decimals)
        providers = [
            self._rate_provider(coin) if has_rate else None
            for coin, has_rate in zip(coins, rated, strict=True)
        ]
        pool = self._create(
            BALANCER_COMPOSABLE_FACTORY,
            "create(string,string,address[],uint256,address[],uint256[],bool[],uint256,address)",
            *("Sandbox stable", "S", [coin.address for coin in coins], _FIRST_AMPLIFICATION),
            *([provider or ZERO for provider in providers], [0] * len(coins)),
            *([False] * len(coins), _FIRST_FEE, DEPLOYER),
        )
        place = sum(int(coin.address, 16) < int(pool, 16) for coin in coins)
        return self._stable(pool, coins, tuple(providers), place)

    def first_stable(self, decimals: Sequence[int]) -> MadePool:
        """Return a stable pool of 2021's factory."""
        coins = self.coins(decimals)
        pool = self._create(
            BALANCER_STABLE_FACTORY,
            "create(string,string,address[],uint256,uint256,address)",
            *("Sandbox stable", "S", [coin.address for coin in coins], _FIRST_AMPLIFICATION),
            *(_FIRST_FEE, DEPLOYER),
        )
        return self._stable(pool, coins, (None,) * len(coins), None)

    def weighted(self, decimals: Sequence[int], weights: Sequence[Wad]) -> MadePool:
        """Return a weighted pool; `weights` add up to one wad, in the order of addresses."""
        coins = self.coins(decimals)
        pool = self._create(
            BALANCER_WEIGHTED_FACTORY,
            "create(string,string,address[],uint256[],address[],uint256,address)",
            *("Sandbox weighted", "W", [coin.address for coin in coins], list(weights)),
            *([ZERO] * len(coins), _FIRST_FEE, DEPLOYER),
        )
        spec = _spec(pool, coins, Kind.BALANCER_WEIGHTED)
        return MadePool(spec, self._pool_id(pool), weights=tuple(weights))

    def put_stable(self, made: MadePool, pool: BalancerStablePool) -> None:
        """Give the contract the fee, the amplification and the rates of `pool`."""
        self._set_fee(made, pool.fee)
        still = Ramp(pool.amplification, pool.amplification, 1, 1)  # it moved long ago
        packed = _packed(pool.ramp or still)
        self._contracts.write(made.spec.address, made.amplification_slot, packed)
        places = zip(made.spec.tokens, made.rate_providers, pool.scaling_factors, strict=True)
        for coin, provider, factor in places:
            if provider is not None:
                self._contracts.write(provider, 0, factor // 10 ** (18 - coin.decimals))
                update = encode("updateTokenRateCache(address)", coin.address)
                self._contracts.call(made.spec.address, update)

    def put_weighted(self, made: MadePool, pool: BalancerWeightedPool) -> None:
        """Give the contract the fee of `pool`; its weights are fixed."""
        self._set_fee(made, pool.fee)

    def ask_stable(self, made: MadePool, balances: Sequence[int], swap: "Swap") -> int:
        """Return the pool's own price as the vault gets it; zero if it refuses."""
        all_balances, i, j = list(balances), swap.i, swap.j
        if made.own_place is not None:
            all_balances.insert(made.own_place, _OWN_TOKENS)
            i, j = i + (i >= made.own_place), j + (j >= made.own_place)
        request = self._request(made, swap)
        return self._ask(made, _ON_SWAP_GENERAL, request, all_balances, i, j)

    def ask_weighted(self, made: MadePool, balances: Sequence[int], swap: "Swap") -> int:
        """Return the pool's own price as the vault gets it; zero if it refuses."""
        request = self._request(made, swap)
        return self._ask(made, _ON_SWAP_PAIR, request, balances[swap.i], balances[swap.j])

    def _ask(self, made: MadePool, signature: str, *arguments: Any) -> int:
        self._put_vault(present=False)  # a caller must not have code
        try:
            answer = self._contracts.call(
                made.spec.address, encode(signature, *arguments), caller=BALANCER_VAULT
            )
        except Reverted:
            return 0
        return word(answer, 0)

    def _put_vault(self, *, present: bool) -> None:
        if present is not self._vault_is_there:
            self._contracts.place(BALANCER_VAULT, self._vault_code if present else b"")
            self._vault_is_there = present

    def _request(self, made: MadePool, swap: "Swap") -> tuple[Any, ...]:
        coin_in, coin_out = (made.spec.tokens[k].address for k in (swap.i, swap.j))
        return (swap.kind, coin_in, coin_out, swap.amount, made.pool_id, 0, ZERO, ZERO, b"")

    def _set_fee(self, made: MadePool, fee: int) -> None:
        self._put_vault(present=True)
        call = encode("setSwapFeePercentage(uint256)", fee)
        self._contracts.call(made.spec.address, call, caller=DEPLOYER)

    def _create(self, factory: Address, signature: str, *arguments: Any) -> Address:
        answer = self._contracts.call(factory, encode(signature, *arguments))
        return Address(to_checksum_address(answer[12:32]))

    def _stable(
        self,
        address: Address,
        coins: tuple[Token, ...],
        providers: tuple[Address | None, ...],
        own_place: int | None,
    ) -> MadePool:
        return MadePool(
            spec=_spec(address, coins, Kind.BALANCER_STABLE),
            pool_id=self._pool_id(address),
            rate_providers=providers,
            amplification_slot=self._amplification_slot(address),
            own_place=own_place,
        )

    def _amplification_slot(self, pool: Address) -> int:
        value = _FIRST_AMPLIFICATION * AMPLIFICATION_PRECISION
        packed = _packed(Ramp(value, value, NOW_S, NOW_S))
        for slot in range(_SLOTS):
            if self._contracts.read(pool, slot) == packed:
                return slot
        raise LookupError(f"no amplification slot of {pool}")

    def _pool_id(self, pool: Address) -> bytes:
        return self._contracts.call(pool, encode("getPoolId()"))

    def _rate_provider(self, coin: Token) -> Address:
        address = labelled(f"rate of {coin.address}")
        self._contracts.place(address, bytes.fromhex("5f545f5260205ff3"))  # answers its slot 0
        self._contracts.write(address, 0, WAD)
        return address


class Swap(msgspec.Struct, frozen=True):
    """One question: what `amount` of coin `i` buys (given in), or what `amount` of `j` costs."""

    kind: int
    i: int
    j: int
    amount: Raw


def random_balances(rng: Random, pool: MadePool, factors: Sequence[int]) -> tuple[Raw, ...]:
    """Return balances from balanced to a million to one, at times one that is missing."""
    total = 10 ** rng.uniform(22, 30)
    shares = [rng.choice([1, rng.random(), 10 ** rng.uniform(-6, 0)]) for _ in pool.spec.tokens]
    if rng.random() < 0.05:  # ninety-nine to one
        shares = [0.01, *[0.99] * (len(shares) - 1)]
    balances = [
        Raw(int(total * share / sum(shares)) * WAD // factor + 1)
        for share, factor in zip(shares, factors, strict=True)
    ]
    if rng.random() < 0.01:
        balances[rng.randrange(len(balances))] = Raw(0)
    return tuple(balances)


def _spec(address: Address, coins: tuple[Token, ...], kind: Kind) -> PoolSpec:
    return PoolSpec(
        name=kind.value, venue=Venue.BALANCER_V2, address=address, tokens=coins, special=kind
    )


def _packed(ramp: Ramp) -> int:
    """Return the word in which a stable pool keeps its amplification."""
    return ramp.initial | ramp.future << 64 | ramp.initial_time << 128 | ramp.future_time << 192


def _constant(number: int) -> bytes:
    """Return code that answers every call with `number`, below 256."""
    return bytes([0x60, number]) + bytes.fromhex("5f5260205ff3")


def rounding_of(made: MadePool) -> Rounding:
    """Return which generation the pool is of."""
    return Rounding.FIRST if made.own_place is None else Rounding.COMPOSABLE
