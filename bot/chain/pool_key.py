"""Names of pools in Uniswap V4's pool manager."""

from functools import lru_cache

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from bot.domain.units import Address
from bot.domain.venues import PoolSpec

_KEY = ("address", "address", "uint24", "int24", "address")
_NO_HOOKS = Address("0x" + 40 * "0")


@lru_cache(maxsize=4096)
def pool_id(spec: PoolSpec) -> bytes:
    """Return the id of a pool without hooks: the hash of its key. Its logs carry it as a topic."""
    first, second = (token.address for token in spec.tokens)
    return keccak(encode(_KEY, (first, second, spec.fee, spec.tick_spacing, _NO_HOOKS)))
