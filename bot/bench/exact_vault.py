"""ERC-4626 and the DAI/USDS converter against their stand-ins."""

from collections.abc import Iterator
from itertools import islice
from random import Random

import msgspec

from bot.amm.converter import ConverterPool
from bot.amm.vault import VaultPool
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.real_contracts import (
    TRADER,
    RealContracts,
    Reverted,
    local_contracts,
    mapping_slot,
)
from bot.chain.abi import encode, word
from bot.domain.assets import DAI, USDS
from bot.domain.mainnet_pools import DAI_USDS_CONVERTER, SAVINGS_DAI_VAULT
from bot.domain.units import UINT256_MAX, Raw
from bot.domain.venues import DAI_USDS, SDAI, Kind

_SIZES = 10  # of each state
_SUPPLY_SLOT, _SHARES_SLOT = 0, 1
_DEPOSIT = "deposit(uint256,address)"
_REDEEM = "redeem(uint256,address,address)"
_MINT = "mint(uint256,address)"
_WITHDRAW = "withdraw(uint256,address,address)"


class Vault(msgspec.Struct, frozen=True):
    """Savings DAI in an EVM: what it holds is what its shares are worth."""

    contracts: RealContracts

    def put(self, pool: VaultPool) -> None:
        """Give the vault its assets and shares, the trader all shares and all other assets."""
        write = self.contracts.write
        write(SDAI, _SUPPLY_SLOT, pool.shares)
        write(SDAI, mapping_slot(int(TRADER, 16), _SHARES_SLOT), pool.shares)
        self.contracts.set_balance(DAI, SDAI, pool.assets)
        self.contracts.set_balance(DAI, TRADER, UINT256_MAX - pool.assets)

    def answer(self, pool: VaultPool, size: int, signature: str) -> int:
        """Return the number that the vault returns; zero if it refuses."""
        self.put(pool)
        owners = (TRADER,) * (signature.count("address"))
        try:
            return word(self.contracts.call(SDAI, encode(signature, size, *owners)), 0)
        except Reverted:
            return 0


def random_vault(rng: Random) -> VaultPool:
    """Return a vault of any size whose share is worth from a millionth to a million."""
    shares = int(10 ** rng.uniform(0, 30))
    assets = max(int(shares * rng.choice([1, 1.12, 10 ** rng.uniform(-6, 6)])), 1)
    return VaultPool(
        spec=SAVINGS_DAI_VAULT,
        block=1,
        assets=assets,
        shares=shares,
        max_deposit=Raw(UINT256_MAX),
        max_redeem=Raw(shares),
    )


def _vault_answers(rng: Random) -> Iterator[Pair]:
    vault = Vault(local_contracts())
    vault.contracts.approve(DAI, SDAI)
    while True:
        pool = random_vault(rng)
        for _ in range(_SIZES):
            size = _random_size(rng, pool.assets)
            yield pool.amount_out(0, 1, size), vault.answer(pool, size, _DEPOSIT)
            size = _random_size(rng, pool.shares)
            yield pool.amount_out(1, 0, size), vault.answer(pool, size, _REDEEM)
            size = _random_size(rng, pool.shares)
            yield pool.amount_in(0, 1, size), vault.answer(pool, size, _MINT)
            size = _random_size(rng, pool.assets)
            yield pool.amount_in(1, 0, size), vault.answer(pool, size, _WITHDRAW)


def _converter_answers(rng: Random) -> Iterator[Pair]:
    contracts = local_contracts()
    for coin in (DAI, USDS):
        contracts.approve(coin, DAI_USDS)
    pool = ConverterPool(spec=DAI_USDS_CONVERTER, block=1)
    calls = (
        encode("daiToUsds(address,uint256)", TRADER, 0),
        encode("usdsToDai(address,uint256)", TRADER, 0),
    )
    while True:
        size = Raw(int(10 ** rng.uniform(0, 26)))
        for i in (0, 1):  # there and back: neither coin's supply runs out
            coin_in, coin_out = DAI_USDS_CONVERTER.tokens[i], DAI_USDS_CONVERTER.tokens[1 - i]
            contracts.set_balance(coin_in, TRADER, size)
            contracts.set_balance(coin_out, TRADER, 0)
            contracts.call(DAI_USDS, calls[i][:-32] + size.to_bytes(32, "big"))
            yield pool.amount_out(i, 1 - i, size), contracts.balance(coin_out, TRADER)


def _random_size(rng: Random, held: int) -> Raw:
    usual = [rng.randint(1, held), int(held ** rng.random()), held * rng.randint(1, 100)]
    return Raw(rng.choice([1, held, held + 1, *usual, *usual]))


def _vault_pairs(points: int, seed: int) -> Iterator[Pair]:
    return islice(_vault_answers(Random(seed)), points)


def _converter_pairs(points: int, seed: int) -> Iterator[Pair]:
    return islice(_converter_answers(Random(seed)), points)


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        kind=Kind.ERC4626,
        name="deposit, redeem, mint, withdraw",
        source=Source.STAND_IN,
        pairs=_vault_pairs,
    ),
    Comparison(
        kind=Kind.CONVERTER,
        name="both ways",
        source=Source.STAND_IN,
        pairs=_converter_pairs,
    ),
)
