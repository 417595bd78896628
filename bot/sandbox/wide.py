"""The local mainnet with a wide market: Uniswap pools of three generations among its tokens.

For measurements and tests that need fifty pools. Its state is made on top of the local mainnet's,
once, and kept beside it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain as joined
from itertools import zip_longest
from pathlib import Path

from bot.cache_folder import cache_folder
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, SUSD, USDC, USDS, USDT, WETH, Token
from bot.domain.units import Pips
from bot.domain.venues import PoolSpec
from bot.sandbox import pools
from bot.sandbox.addresses import UNISWAP_V3_POSITIONS
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.build import FIRST_BASE_FEE_WEI, RPC_DEADLINE_S
from bot.sandbox.deployer import Deployer
from bot.sandbox.mainnet import ensure_state, kept_state, state_key
from bot.sandbox.pools import LOW, LOWEST, MIDDLE, UNISWAP, V3Opening, V4Opening, in_order, v2_pool
from bot.sandbox.progress import Progress, silent
from bot.sandbox.state import trimmed
from bot.sandbox.systems import uniswap_v2, uniswap_v3, uniswap_v4
from bot.sandbox.systems.tokens import approve

MOST_POOLS = 50
_TOKENS = (USDC, USDT, DAI, SUSD, WETH, USDS, GHO, CRVUSD)
_V3 = {
    LOWEST: (
        *((USDC, USDS), (USDC, GHO), (USDC, CRVUSD), (USDT, USDS), (USDT, GHO), (USDT, CRVUSD)),
        *((DAI, USDS), (DAI, GHO), (DAI, CRVUSD), (GHO, CRVUSD), (GHO, USDS), (USDC, SUSD)),
    ),
    LOW: (
        *((DAI, USDC), (DAI, USDT), (USDC, GHO), (USDC, CRVUSD), (USDT, GHO), (USDT, SUSD)),
        (DAI, SUSD),
    ),
    MIDDLE: ((USDC, WETH), (USDT, WETH), (USDC, GHO)),
}
_V2 = (
    *((DAI, USDC), (DAI, USDT), (USDC, USDS), (USDC, GHO), (USDC, CRVUSD), (USDT, CRVUSD)),
    *((USDC, SUSD), (USDT, WETH), (DAI, WETH)),
)
_V4 = {
    (LOWEST, 1): (
        *((DAI, USDC), (DAI, USDT), (USDC, USDS), (USDC, GHO), (USDC, CRVUSD), (USDT, USDS)),
        *((USDT, GHO), (USDT, CRVUSD), (GHO, CRVUSD)),
    ),
    (LOW, 10): ((USDC, USDT), (USDC, WETH)),
    (Pips(10), 1): ((DAI, USDS),),
}
# Half-widths in ticks with dollars of each token: ten initialised ticks where all five are used.
_FINE = ((3, 1_000_000), (10, 1_000_000), (30, 1_000_000), (100, 1_000_000), (300, 500_000))
_RANGES = {
    LOWEST: _FINE,
    LOW: ((50, 2_000_000), (200, 1_000_000), (1_000, 500_000)),
    MIDDLE: ((600, 1_000_000), (6_000, 1_000_000)),
}
_V2_DEPTH, _V4_DEPTH = 3_000_000, 2_000_000  # dollars of each token
_V4_HALF_WIDTHS = {1: 50, 10: 500}  # by tick spacing

_V3_OPENINGS = tuple(
    V3Opening(pool=pools.v3_pool(*pair, fee), fee=fee, ranges=_RANGES[fee])
    for fee, pairs in _V3.items()
    for pair in pairs
)
_V2_PAIRS = tuple(v2_pool(*pair, UNISWAP) for pair in _V2)
_V4_OPENINGS = tuple(
    V4Opening(
        tokens=in_order(*pair),
        fee=fee,
        spacing=spacing,
        half_width=_V4_HALF_WIDTHS[spacing],
        depth=_V4_DEPTH,
    )
    for (fee, spacing), pairs in _V4.items()
    for pair in pairs
)
# Of the local mainnet, but not in the bot's own table.
_ALREADY_THERE = (
    *(pools.V3_USDC_USDT_LOW, pools.V3_USDC_USDT_MIDDLE, pools.V3_DAI_USDT),
    *(pools.V3_USDC_WETH, pools.V3_USDT_WETH, pools.V3_DAI_WETH),
    *(pools.V4_USDC_USDT.pool, pools.V4_USDC_USDT_100.pool),
    *(pools.SUSHI_PAIRS[0], pools.PANCAKE_PAIRS[0]),
)


def _mixed() -> Iterator[PoolSpec]:
    """Yield the new pools so that any first few are of all three generations."""
    kinds = (
        [opening.pool for opening in _V3_OPENINGS],
        list(_V2_PAIRS),
        [opening.pool for opening in _V4_OPENINGS],
    )
    return (pool for pool in joined.from_iterable(zip_longest(*kinds)) if pool is not None)


NEW_POOLS = tuple(_mixed())


def wide_pools(present: Sequence[PoolSpec], most: int = MOST_POOLS) -> tuple[PoolSpec, ...]:
    """Return `present`, filled up to `most` with what else is there, for the bot's table.

    `present` are pools of the bot's own table that live on the chain.
    """
    known = {_place(pool) for pool in present}
    more = [pool for pool in (*_ALREADY_THERE, *NEW_POOLS) if _place(pool) not in known]
    return (*present, *more)[:most]


def ensure_wide_state(progress: Progress = silent) -> Path:
    """Return the cached state file, built first where there is none or it is damaged.

    Raises:
        RepegError: as `ensure_state`.
    """
    made_of = state_key().encode() + Path(__file__).read_bytes()
    key = hashlib.sha256(made_of).hexdigest()[:32]
    path = cache_folder() / "wide-states" / f"{key}.json"
    return kept_state(path, lambda: _build(progress), progress)


def _build(progress: Progress) -> bytes:
    options = AnvilOptions(state_path=ensure_state(progress), extra=("--auto-impersonate",))
    progress("build", "wide market", 0, 1)
    with Anvil(options) as anvil:
        rpc = RpcClient(anvil.url, timeout_s=RPC_DEADLINE_S)
        chain = Deployer(rpc)
        rpc.call("anvil_setBlockTimestampInterval", 1)
        rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # it stays there: blocks are half empty
        _open(chain)
        rpc.call("anvil_setNextBlockBaseFeePerGas", hex(FIRST_BASE_FEE_WEI))
        rpc.call("evm_mine")
        progress("build", "done", 1, 1)
        return trimmed(rpc.call("anvil_dumpState"))


def _open(chain: Deployer) -> None:
    for token in _TOKENS:
        approve(chain, token.address, UNISWAP_V3_POSITIONS)
        uniswap_v4.allow(chain, token)
    for v3 in _V3_OPENINGS:
        uniswap_v3.open_pool(chain, v3)
    for pair in _V2_PAIRS:
        first, second = (_V2_DEPTH // uniswap_v3.DOLLARS.get(token, 1) for token in pair.tokens)
        uniswap_v2.open_pair(chain, pair, (first, second))
    for v4 in _V4_OPENINGS:
        uniswap_v4.open_pool(chain, v4)


def _place(pool: PoolSpec) -> tuple[str, tuple[Token, ...], int, int]:
    """What makes it the same pool, whatever its name."""
    return pool.address, pool.tokens, pool.fee, pool.tick_spacing
