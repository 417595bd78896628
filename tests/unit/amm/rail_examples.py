"""One plain rail of each kind."""

from typing import Any

from hypothesis import strategies as st

from bot.amm.converter import ConverterPool
from bot.amm.gsm import GsmPool
from bot.amm.maker_psm import MakerPsmPool
from bot.amm.pool import Pool
from bot.amm.vault import VaultPool
from bot.domain.mainnet_pools import (
    DAI_USDS_CONVERTER,
    GHO_GSM_USDC,
    MAKER_PSM_USDC,
    SAVINGS_DAI_VAULT,
)
from bot.domain.units import WAD

MILLION = 10**6 * 10**6  # of a coin with six decimals


def first_psm(**changed: Any) -> MakerPsmPool:
    state = {"tin": 0, "tout": 0, "headroom": 10**25, "gem_balance": 5 * MILLION} | changed
    return MakerPsmPool(spec=MAKER_PSM_USDC, block=1, factor=10**12, **state)


def converter(*, live: bool = True) -> ConverterPool:
    return ConverterPool(spec=DAI_USDS_CONVERTER, block=1, live=live)


def gsm(**changed: Any) -> GsmPool:
    state = {
        "spec": GHO_GSM_USDC,
        "price_ratio": WAD,
        "buy_fee": 2,
        "sell_fee": 10,
        "exposure": 20 * MILLION,
        "exposure_cap": 50 * MILLION,
        "reserve_limit": 100_000_000 * WAD,
        "reserve_used": 20_000_000 * WAD,
        "reserve_balance": 90_000_000 * WAD,
    }
    return GsmPool(block=1, **(state | changed))


def vault(assets: int = 112, shares: int = 100, **changed: int) -> VaultPool:
    limits = {"max_deposit": 2**256 - 1, "max_redeem": 10**26} | changed
    return VaultPool(spec=SAVINGS_DAI_VAULT, block=1, assets=assets, shares=shares, **limits)


def rails() -> st.SearchStrategy[Pool]:
    amounts, wads = st.integers(10**6, 10**15), st.integers(10**18, 10**27)
    fees = st.sampled_from([0, 10**14, WAD // 100])
    return st.one_of(
        st.builds(first_psm, tin=fees, tout=fees, headroom=wads, gem_balance=amounts),
        st.builds(gsm, exposure=amounts, exposure_cap=st.integers(10**16, 10**18)),
        st.builds(vault, wads, wads),
        st.builds(converter),
    )
