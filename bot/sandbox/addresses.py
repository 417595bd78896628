"""Accounts and contracts only the local chain cares about; mainnet's where mainnet has them."""

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain.units import Address


def labelled(label: str) -> Address:
    """Return an address nobody holds the key of, the same on every machine."""
    return Address(to_checksum_address(keccak(text=f"repeg sandbox: {label}")[-20:]))


ZERO = Address("0x" + 40 * "0")
DEPLOYER = labelled("deployer")  # owns every protocol of the local mainnet and its spare liquidity
SOMEONE = labelled("someone")  # sells into pools in `faucet.shock`

USDC_PROXY_ADMIN = Address("0x807a96288A1A408dBC13DE2b1d087d10356395d2")
UNISWAP_V3_POSITIONS = Address("0xC36442b4a4522E871399CD717aBDD847Ab11FE88")
UNISWAP_V3_DESCRIPTOR = Address("0x91ae842A5Ffd8d12023116943e72A606179294f3")
UNISWAP_V3_ROUTER = Address("0xE592427A0AEce92De3Edee1F18E0157C05861564")
UNISWAP_V3_QUOTER = Address("0x61fFE014bA17989E743c5F6cB21bF9697530B21e")
UNISWAP_V4_POSITIONS = Address("0xbD216513d74C8cf14cf4747E6AaA6420FF64ee9e")
BALANCER_STABLE_FACTORY = Address("0xc66Ba2B6595D3613CCab350C886aCE23866EDe24")
BALANCER_STABLE_POOL = Address("0x06Df3b2bbB68adc8B0e302443692037ED9f91b42")  # staBAL3
CURVE_SUSD_LP = Address("0xC25a3A3b969415c80451098fa907EC722572917F")

# Second version of the router; whether mainnet's code there is release 2.1.0 was not checked.
UNIVERSAL_ROUTER = Address("0x66a9893cC07D91D95644AEDD05D03f95e1dBA8Af")
BALANCER_FEE_PERCENTAGES = Address("0x97207B095e4D5C9a6e4cfbfcd2C3358E03B90c4A")
BALANCER_QUERIES = Address("0xE39B5e3B6D74016b2F6A9673D7d7493B6DF549d5")
BALANCER_COMPOSABLE_FACTORY = Address("0xdba127fBc23fb20F5929C546af220A991b5C6e01")
BALANCER_WEIGHTED_FACTORY = Address("0x5Dd94Da3644DDD055fcf6B3E1aa310Bb7801EB8b")
# The first pool of each factory, which Balancer made for block explorers; other tokens there.
BALANCER_COMPOSABLE_POOL = Address("0x222bc81C6F3C17e9e9Aba47a12f55a1Dea42f163")
BALANCER_WEIGHTED_POOL = Address("0x1576d472d82A72a1Ec7C57FcA770BD752D124A62")

# StableSwap-NG pools and a metapool with its base that mainnet does not have like this.
NG_CRVUSD_USDC = labelled("StableSwap-NG crvUSD/USDC")
NG_USDS_USDC = labelled("StableSwap-NG USDS/USDC")
NG_SDAI_USDC = labelled("StableSwap-NG sDAI/USDC")
CURVE_BASE_POOL = labelled("Curve base pool DAI/USDC/USDT")
CURVE_BASE_LP = labelled("Curve base pool shares")
CURVE_META_POOL = labelled("Curve metapool crvUSD")
CURVE_META_LP = labelled("Curve metapool shares")
GHO_TREASURY = labelled("GHO treasury")
