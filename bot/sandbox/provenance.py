"""Proof, from addresses and code hashes, that the local mainnet is made of mainnet's bytecode."""

from collections.abc import Iterator

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain.units import Address
from bot.domain.venues import (
    AAVE_ADDRESSES_PROVIDER,
    AAVE_POOL,
    BALANCER_FEE_COLLECTOR,
    BALANCER_VAULT,
    MULTICALL3,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    V2_USDC_USDT,
    V2_USDC_WETH,
)
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_POOL,
    BALANCER_STABLE_POOL,
    BALANCER_WEIGHTED_POOL,
)
from bot.sandbox.bytecode import MULTICALL3_CODE_HASH
from bot.sandbox.deployer import Deployer
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.pools import V2_PLAIN, V3_OPENINGS

Fact = tuple[str, str, str]  # what, found, expected


def check_provenance(chain: Deployer) -> int:
    """Return how many facts were checked.

    A pool created by CREATE2 lands on mainnet's address only if its creation code is mainnet's.
    Aave's pool, Balancer's fee collector and pools prove their creator's address and order only.

    Raises:
        LocalChainFailed: one is not as on mainnet.
    """
    facts = list(provenance(chain))
    for what, found, expected in facts:
        if found != expected:
            raise LocalChainFailed(f"{what} is {found}, on mainnet {expected}")
    return len(facts)


def provenance(chain: Deployer) -> Iterator[Fact]:
    """Yield each fact with what this chain says."""
    for pool in (V2_USDC_USDT, V2_USDC_WETH, V2_PLAIN):
        pair = (token.address for token in pool.tokens)
        found = chain.address_of(UNISWAP_V2_FACTORY, "getPair(address,address)", *pair)
        yield pool.name, found, pool.address
    for opening in V3_OPENINGS:
        pair = (token.address for token in opening.pool.tokens)
        get_pool = "getPool(address,address,uint24)"
        found = chain.address_of(UNISWAP_V3_FACTORY, get_pool, *pair, opening.fee)
        yield opening.pool.name, found, opening.pool.address
    yield "Aave Pool", chain.address_of(AAVE_ADDRESSES_PROVIDER, "getPool()"), AAVE_POOL
    collector = chain.address_of(BALANCER_VAULT, "getProtocolFeesCollector()")
    yield "Balancer fee collector", collector, BALANCER_FEE_COLLECTOR
    for address in (BALANCER_STABLE_POOL, BALANCER_COMPOSABLE_POOL, BALANCER_WEIGHTED_POOL):
        (pool_id,) = chain.call(address, "getPoolId()", "bytes32")
        words = chain.call(BALANCER_VAULT, "getPool(bytes32)", "address,uint8", pool_id)
        yield "Balancer pool", to_checksum_address(words[0]), address
    yield "Multicall3 code hash", _code_hash(chain, MULTICALL3), MULTICALL3_CODE_HASH


def _code_hash(chain: Deployer, address: Address) -> str:
    code = chain.rpc.call("eth_getCode", address, "latest")
    return keccak(bytes.fromhex(code[2:])).hex()
