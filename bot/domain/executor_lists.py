"""What the executor may touch: its token and target lists, one table for chain and encoder.

Both lists are constructor arguments, so they decide the executor's address. Plans name their
entries by index: append only, never reorder.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec

from bot.domain.assets import (
    CRVUSD,
    DAI,
    FRAX,
    GHO,
    PYUSD,
    SAVINGS_DAI,
    SUSD,
    USDC,
    USDE,
    USDS,
    USDT,
    WETH,
    Token,
)
from bot.domain.errors import BadConfiguration
from bot.domain.local_pools import (
    LOCAL_COMPOSABLE,
    LOCAL_CRVUSD_USDC,
    LOCAL_METAPOOL,
    LOCAL_SDAI_USDC,
    LOCAL_USDS_USDC,
    LOCAL_WEIGHTED,
)
from bot.domain.mainnet_pools import (
    CURVE_CRVUSD_USDC,
    CURVE_CRVUSD_USDT,
    CURVE_FRAX_USDC,
    CURVE_PYUSD_USDC,
    CURVE_USDE_USDC,
)
from bot.domain.units import Address
from bot.domain.venues import (
    CRVUSD_FLASH_LENDER,
    CURVE_3POOL,
    CURVE_SUSD,
    DAI_USDS,
    DSS_FLASH,
    DSS_PSM_USDC,
    DSS_PSM_USDC_JOIN,
    GHO_FLASH_MINTER,
    GSM_USDC,
    GSM_USDT,
    LITE_PSM_USDC,
    NG_GHO_CRVUSD,
    NG_USDC_USDT,
    PoolSpec,
    Venue,
)

MOST_TOKENS, MOST_TARGETS = 16, 24
_WORD_BYTES, _ADDRESS_BYTES = 32, 20
# Tokens, fee and spacing say which pool; a vault is one of its tokens.
_WITHOUT_TARGET = (Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4, Venue.ERC4626)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the list: an address in the low 160 bits, or a pool id of Balancer V2."""

    name: str
    word: bytes

    def __post_init__(self) -> None:
        if len(self.word) != _WORD_BYTES:
            raise ValueError(f"target {self.name} has {len(self.word)} bytes, not {_WORD_BYTES}")


class ExecutorLists(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The lists of one executor."""

    tokens: tuple[Token, ...]
    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        if len(self.tokens) > MOST_TOKENS or len(self.targets) > MOST_TARGETS:
            raise ValueError(f"{len(self.tokens)} tokens, {len(self.targets)} targets: too many")
        if len(self._token_indices) < len(self.tokens):
            raise ValueError("a token is listed twice")
        if len(self._target_indices) < len(self.targets):
            raise ValueError("a target is listed twice")

    def token_index(self, token: Token) -> int:
        """Return the token's place.

        Raises:
            BadConfiguration: it is not listed.
        """
        found = self._token_indices.get(token.address)
        if found is None:
            raise BadConfiguration(f"the executor's list has no token {token.symbol}")
        return found

    def target_index(self, target: Address | bytes) -> int:
        """Return the place of an address or of a Balancer pool id.

        Raises:
            BadConfiguration: it is not listed.
        """
        word = target if isinstance(target, bytes) else address_word(target)
        found = self._target_indices.get(word)
        if found is None:
            raise BadConfiguration(f"the executor's list has no target 0x{word.hex()}")
        return found

    def covers(self, pool: PoolSpec) -> bool:
        """Return whether plans can name every token of `pool`, and all that a swap there needs."""
        return all(token.address in self._token_indices for token in pool.tokens) and all(
            word in self._target_indices for word in _words_of(pool)
        )

    @cached_property
    def _token_indices(self) -> dict[Address, int]:
        return {token.address: place for place, token in enumerate(self.tokens)}

    @cached_property
    def _target_indices(self) -> dict[bytes, int]:
        return {target.word: place for place, target in enumerate(self.targets)}


def _words_of(pool: PoolSpec) -> tuple[bytes, ...]:
    if pool.venue in _WITHOUT_TARGET:
        return ()
    if pool.pool_ids:
        return pool.pool_ids
    puller = () if pool.puller is None else (address_word(pool.puller),)
    return (address_word(pool.address), *puller)


def address_word(address: Address) -> bytes:
    """Return `address` in the low 160 bits of a word."""
    return bytes(_WORD_BYTES - _ADDRESS_BYTES) + bytes.fromhex(address[2:])


def targets_of(named: Sequence[tuple[str, Address]]) -> tuple[Target, ...]:
    """Return contracts as targets, in that order."""
    return tuple(Target(name=name, word=address_word(address)) for name, address in named)


MAINNET_LISTS = ExecutorLists(
    tokens=(
        *(USDC, USDT, DAI, SUSD, WETH, USDS, GHO, CRVUSD),
        *(SAVINGS_DAI, FRAX, PYUSD, USDE),
    ),
    targets=targets_of(
        [
            *((pool.name, pool.address) for pool in (CURVE_SUSD, CURVE_3POOL, LITE_PSM_USDC)),
            ("DssFlash", DSS_FLASH),
            ("PSM USDC-A", DSS_PSM_USDC),
            ("PSM USDC-A gem join", DSS_PSM_USDC_JOIN),
            ("DAI/USDS converter", DAI_USDS),
            ("GSM USDC", GSM_USDC),
            ("GSM USDT", GSM_USDT),
            ("GHO flash minter", GHO_FLASH_MINTER),
            ("crvUSD flash lender", CRVUSD_FLASH_LENDER),
            ("Curve NG USDC/USDT", NG_USDC_USDT),
            ("Curve NG GHO/crvUSD", NG_GHO_CRVUSD),
            *(
                (pool.name, pool.address)
                for pool in (
                    *(CURVE_CRVUSD_USDC, CURVE_CRVUSD_USDT, CURVE_FRAX_USDC),
                    *(CURVE_PYUSD_USDC, CURVE_USDE_USDC),
                )
            ),
        ]
    ),
)

# Of executors on the local mainnet: the same places, and then its own pools.
LOCAL_LISTS = ExecutorLists(
    tokens=MAINNET_LISTS.tokens,
    targets=(
        *MAINNET_LISTS.targets,
        *targets_of(
            [
                (pool.name, pool.address)
                for pool in (LOCAL_CRVUSD_USDC, LOCAL_USDS_USDC, LOCAL_SDAI_USDC, LOCAL_METAPOOL)
            ]
        ),
        *(
            Target(name=pool.name, word=pool.pool_ids[0])
            for pool in (LOCAL_COMPOSABLE, LOCAL_WEIGHTED)
        ),
    ),
)
