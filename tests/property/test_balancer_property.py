"""Whole swaps through Balancer's real Vault, over the local mainnet's pools."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.balancer_curve import Rounding
from bot.amm.balancer_stable import VAULT_BALANCE_MAX, BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted, mapping_slot
from bot.chain.abi import decode, encode, word
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.local_pools import LOCAL_COMPOSABLE, LOCAL_WEIGHTED
from bot.domain.units import UINT256_MAX
from bot.domain.venues import BALANCER_VAULT, PoolSpec, Venue
from bot.sandbox.addresses import BALANCER_STABLE_POOL, DEPLOYER
from bot.sandbox.build import GENESIS_S
from bot.sandbox.state import Account

STATES, SIZES = 150, 6
SHORTLY_AFTER_S = GENESIS_S + 10**6  # the pools can still be paused
GIVEN_IN, GIVEN_OUT = 0, 1
SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)
FIRST = PoolSpec(
    name="staBAL3", venue=Venue.BALANCER_V2, address=BALANCER_STABLE_POOL, tokens=(DAI, USDC, USDT)
)
GENERAL_POOLS_SLOTS = range(20)
Pool = BalancerStablePool | BalancerWeightedPool


class Vault:
    """The vault with its books open for writing; general pools only."""

    def __init__(self, alloc: dict[str, Account]) -> None:
        self.contracts = RealContracts(alloc, timestamp_s=SHORTLY_AFTER_S)
        for coin in (*LOCAL_COMPOSABLE.tokens, *LOCAL_WEIGHTED.tokens):
            self.contracts.approve(coin, BALANCER_VAULT)

    def pool_id(self, spec: PoolSpec) -> bytes:
        return self.contracts.call(spec.address, encode("getPoolId()"))

    def tokens_and_balances(self, spec: PoolSpec) -> dict[str, int]:
        ask = encode("getPoolTokens(bytes32)", self.pool_id(spec))
        tokens, balances, _ = decode(
            "address[],uint256[],uint256", self.contracts.call(BALANCER_VAULT, ask)
        )
        return {token.lower(): held for token, held in zip(tokens, balances, strict=True)}

    def balances(self, spec: PoolSpec) -> tuple[int, ...]:
        held = self.tokens_and_balances(spec)
        return tuple(held[coin.address.lower()] for coin in spec.tokens)

    def put(self, spec: PoolSpec, balances: tuple[int, ...]) -> None:
        """Write the balances into the vault's books, in the slots where it keeps them."""
        for coin, slot in self.slots(spec).items():
            place = [token.address.lower() for token in spec.tokens].index(coin)
            self.contracts.write(BALANCER_VAULT, slot, balances[place])
        assert self.balances(spec) == balances

    def slots(self, spec: PoolSpec) -> dict[str, int]:
        """Return where each coin's balance is; entry k is a token with its balance after it."""
        tokens = list(self.tokens_and_balances(spec))
        for position in GENERAL_POOLS_SLOTS:
            first = mapping_slot(int.from_bytes(self.pool_id(spec), "big"), position)
            entries = [mapping_slot(k, first + 1) for k in range(len(tokens))]
            found = [self.contracts.read(BALANCER_VAULT, entry) for entry in entries]
            if found == [int(token, 16) for token in tokens]:
                ours = {coin.address.lower() for coin in spec.tokens}
                pairs = zip(tokens, entries, strict=True)
                return {token: entry + 1 for token, entry in pairs if token in ours}
        raise LookupError

    def swap(self, pool: Pool, kind: int, i: int, j: int, amount: int) -> int:
        """Return what the vault computed; zero if it or the pool refuses."""
        coins = pool.spec.tokens
        for coin in coins:
            self.contracts.set_balance(coin, TRADER, FORTUNE)
            self.contracts.set_balance(coin, BALANCER_VAULT, FORTUNE)
        single = (self.pool_id(pool.spec), kind, coins[i].address, coins[j].address, amount, b"")
        funds = (TRADER, False, TRADER, False)
        limit = 0 if kind == GIVEN_IN else UINT256_MAX
        call = encode(SWAP, single, funds, limit, UINT256_MAX)
        try:
            return word(self.contracts.call(BALANCER_VAULT, call), 0)
        except Reverted:
            return 0


@pytest.fixture
def vault(alloc: dict[str, Account]) -> Vault:
    return Vault(alloc)


@pytest.fixture(scope="module")
def shared_vault(alloc: dict[str, Account]) -> Vault:
    return Vault(alloc)


def stable_pool(vault: Vault, spec: PoolSpec, **state: Any) -> BalancerStablePool:
    address, ask = spec.address, vault.contracts.ask
    return BalancerStablePool(
        spec=spec,
        block=1,
        balances=vault.balances(spec),
        amplification=ask(address, "getAmplificationParameter()"),
        fee=ask(address, "getSwapFeePercentage()"),
        scaling_factors=tuple(10 ** (36 - coin.decimals) for coin in spec.tokens),
        **state,
    )


def weighted_pool(vault: Vault) -> BalancerWeightedPool:
    address = LOCAL_WEIGHTED.address
    (weights,) = decode(
        "uint256[]", vault.contracts.call(address, encode("getNormalizedWeights()"))
    )
    return BalancerWeightedPool(
        spec=LOCAL_WEIGHTED,
        block=1,
        balances=vault.balances(LOCAL_WEIGHTED),
        weights=tuple(weights),
        fee=vault.contracts.ask(address, "getSwapFeePercentage()"),
    )


def random_balances(rng: Random, pool: BalancerStablePool) -> tuple[int, ...]:
    """Return sizes up to what the vault can hold."""
    scale = 10 ** rng.uniform(0, 32)
    return tuple(
        min(int(scale * 10 ** rng.uniform(-4, 0)) // (factor // 10**18) + 1, VAULT_BALANCE_MAX)
        for factor in pool.scaling_factors
    )


@pytest.mark.slow
@pytest.mark.parametrize("spec", [LOCAL_COMPOSABLE, FIRST])
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_vault_pays_the_quote_and_keeps_the_balances_of_after(
    shared_vault: Vault, spec: PoolSpec, rng: Random
) -> None:
    rounding = Rounding.FIRST if spec is FIRST else Rounding.COMPOSABLE
    pool = stable_pool(shared_vault, spec, rounding=rounding)
    pool = msgspec.structs.replace(pool, balances=random_balances(rng, pool))
    for _ in range(SIZES):
        shared_vault.put(spec, pool.balances)  # it also takes what it pays nothing for
        i, j = rng.sample(range(3), 2)
        limit = pool.max_in(i, j)
        around = [limit, limit + 1, int((limit + 1) ** rng.random())]
        size = max(rng.choice([1, pool.balances[i], *around, *around]), 1)
        paid = pool.amount_out(i, j, size)
        assert shared_vault.swap(pool, GIVEN_IN, i, j, size) == paid
        if paid:
            pool = pool.after(i, j, size)
            assert shared_vault.balances(spec) == pool.balances


def test_weighted_pool_follows_swaps_through_the_vault(vault: Vault) -> None:
    pool = weighted_pool(vault)
    for i, share in ((0, 3), (1, 5), (1, 100), (0, 4), (0, 10_000)):
        size = pool.balances[i] // share
        paid = pool.amount_out(i, 1 - i, size)
        assert vault.swap(pool, GIVEN_IN, i, 1 - i, size) == paid
        pool = pool.after(i, 1 - i, size)
        assert pool.balances == vault.balances(LOCAL_WEIGHTED)
    limit = pool.max_in(0, 1)
    assert vault.swap(pool, GIVEN_IN, 0, 1, limit + 1) == pool.amount_out(0, 1, limit + 1) == 0
    assert vault.swap(pool, GIVEN_IN, 0, 1, limit) == pool.amount_out(0, 1, limit) > 0


def test_vault_charges_the_price_of_an_exact_output(vault: Vault) -> None:
    pool = stable_pool(vault, LOCAL_COMPOSABLE)
    price = pool.amount_in(0, 1, 10**12)
    assert vault.swap(pool, GIVEN_OUT, 0, 1, 10**12) == price > 0
    weighted = weighted_pool(vault)
    price = weighted.amount_in(1, 0, 10**11)
    assert vault.swap(weighted, GIVEN_OUT, 1, 0, 10**11) == price > 0


@pytest.mark.parametrize("spec", [LOCAL_COMPOSABLE, LOCAL_WEIGHTED])
def test_paused_pool_swaps_nothing(vault: Vault, spec: PoolSpec) -> None:
    pool = weighted_pool(vault) if spec is LOCAL_WEIGHTED else stable_pool(vault, spec)
    size = pool.balances[0] // 100
    assert vault.swap(pool, GIVEN_IN, 0, 1, size) == pool.amount_out(0, 1, size) > 0
    authorizer = "0x" + vault.contracts.call(BALANCER_VAULT, encode("getAuthorizer()"))[12:].hex()
    selector = encode("pause()")
    ask = encode("getActionId(bytes4)", selector)
    action = vault.contracts.call(spec.address, ask)
    vault.contracts.call(
        authorizer, encode("grantRole(bytes32,address)", action, DEPLOYER), DEPLOYER
    )
    vault.contracts.call(spec.address, selector, DEPLOYER)
    paused = msgspec.structs.replace(pool, paused=True)
    assert vault.swap(pool, GIVEN_IN, 0, 1, size) == paused.amount_out(0, 1, size) == 0
