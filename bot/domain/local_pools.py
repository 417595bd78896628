"""Pools that only the local mainnet has, at addresses that nobody on mainnet holds the key of.

They stand beside mainnet's in the market: where they have no code they are left out.
"""

from bot.domain.assets import CRVUSD, DAI, SAVINGS_DAI, USDC, USDS, USDT, WETH
from bot.domain.units import Address
from bot.domain.venues import Kind, PoolSpec, Venue

LOCAL_CRVUSD_USDC = PoolSpec(
    name="local NG USDC/crvUSD",
    venue=Venue.CURVE_RECEIVED,
    address=Address("0xf37fca3A408832f0845F3D6Df98432d091cB3c4A"),
    tokens=(USDC, CRVUSD),
)
LOCAL_USDS_USDC = PoolSpec(
    name="local NG USDS/USDC",
    venue=Venue.CURVE_RECEIVED,
    address=Address("0xA0174b5a5525d86038F9586bafa3C620a11C4d69"),
    tokens=(USDS, USDC),
)
LOCAL_SDAI_USDC = PoolSpec(
    name="local NG sDAI/USDC",
    venue=Venue.CURVE_RECEIVED,
    address=Address("0xfA052016C8574Ec0781e5E61e517fB83bc2269Fe"),
    tokens=(SAVINGS_DAI, USDC),
)
# Only seen under the metapool: what swaps there moves it, and the other way round.
LOCAL_BASE = PoolSpec(
    name="local DAI/USDC/USDT",
    venue=Venue.CURVE,
    address=Address("0x98a3dC9459705f1D7E860A85b938eF0498f629cD"),
    tokens=(DAI, USDC, USDT),
)
LOCAL_METAPOOL = PoolSpec(
    name="local metapool crvUSD",
    venue=Venue.CURVE_UNDERLYING,
    address=Address("0x77BD89eea03365502F634236489fd2108f0AAf19"),
    tokens=(CRVUSD, *LOCAL_BASE.tokens),
    base=LOCAL_BASE,
    shares=Address("0x6692c943385620F0eA3adf5De5e7fA53C33Ba9D4"),
)
# The first pools their factories made: other tokens, and other ids, on mainnet.
LOCAL_COMPOSABLE = PoolSpec(
    name="local Balancer DAI/USDC/USDT",
    venue=Venue.BALANCER_V2,
    address=Address("0x222bc81C6F3C17e9e9Aba47a12f55a1Dea42f163"),
    tokens=(DAI, USDC, USDT),
    pool_ids=(bytes.fromhex("222bc81c6f3c17e9e9aba47a12f55a1dea42f163000000000000000000000001"),),
)
LOCAL_WEIGHTED = PoolSpec(
    name="local Balancer 20USDC/80WETH",
    venue=Venue.BALANCER_V2,
    address=Address("0x1576d472d82A72a1Ec7C57FcA770BD752D124A62"),
    tokens=(USDC, WETH),
    pool_ids=(bytes.fromhex("1576d472d82a72a1ec7c57fca770bd752d124a62000200000000000000000002"),),
    special=Kind.BALANCER_WEIGHTED,
)

LOCAL_POOLS = (
    LOCAL_CRVUSD_USDC,
    LOCAL_USDS_USDC,
    LOCAL_SDAI_USDC,
    LOCAL_METAPOOL,
    LOCAL_COMPOSABLE,
    LOCAL_WEIGHTED,
)
