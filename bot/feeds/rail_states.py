"""Rails and vaults as the lens tells them."""

from bot.amm.converter import ConverterPool
from bot.amm.gsm import GsmPool
from bot.amm.maker_psm import MakerPsmPool
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.amm.vault import VaultPool
from bot.chain.abi import encode
from bot.chain.answers import number
from bot.chain.lens import LENS
from bot.domain.units import SLOT_S, Bps, Raw, Wad
from bot.domain.venues import PoolSpec


def lite_psm_view(spec: PoolSpec) -> bytes:
    """Return the question for a LitePSM."""
    return encode("litePsm(address)", spec.address)


def lite_psm(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a LitePSM."""
    return PegModulePool(
        spec=spec,
        block=block,
        tin=Wad(number(answer, 0)),
        tout=Wad(number(answer, 1)),
        factor=number(answer, 2),
        dai_balance=Raw(number(answer, 3)),
        gem_balance=Raw(number(answer, 4)),
    )


def maker_psm_view(spec: PoolSpec) -> bytes:
    """Return the question for Maker's first module."""
    return encode("makerPsm(address)", spec.address)


def maker_psm(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of Maker's first module: gems leave only against its debt."""
    factor, debt, ceiling = (number(answer, k) for k in (2, 3, 4))
    return MakerPsmPool(
        spec=spec,
        block=block,
        tin=Wad(number(answer, 0)),
        tout=Wad(number(answer, 1)),
        factor=factor,
        headroom=Raw(max(ceiling - debt, 0)),
        gem_balance=Raw(min(number(answer, 5), debt // factor)),
        live=bool(number(answer, 6)),
    )


def converter_view(spec: PoolSpec) -> bytes:
    """Return the question for the DAI/USDS converter."""
    return encode("daiUsds(address)", spec.address)


def converter(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of the DAI/USDS converter."""
    return ConverterPool(spec=spec, block=block, live=bool(number(answer, 0)))


def gsm_view(spec: PoolSpec) -> bytes:
    """Return the question for a GHO stability module."""
    return encode("ghoGsm(address)", spec.address)


def gsm(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a GHO stability module."""
    return GsmPool(
        spec=spec,
        block=block,
        price_ratio=Wad(number(answer, 0)),
        buy_fee=Bps(number(answer, 2)),
        sell_fee=Bps(number(answer, 3)),
        exposure=Raw(number(answer, 4)),
        exposure_cap=Raw(number(answer, 5)),
        reserve_limit=Raw(number(answer, 6)),
        reserve_used=Raw(number(answer, 7)),
        reserve_balance=Raw(number(answer, 8)),
        frozen=bool(number(answer, 9)),
        seized=bool(number(answer, 10)),
    )


def vault_view(spec: PoolSpec) -> bytes:
    """Return the question for an ERC-4626 vault: the lens stands for whoever deposits."""
    return encode("erc4626(address,address,uint256)", spec.address, LENS, SLOT_S)


def vault(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of an ERC-4626 vault."""
    return VaultPool(
        spec=spec,
        block=block,
        shares=number(answer, 0),
        assets=number(answer, 1),
        max_deposit=Raw(number(answer, 2)),
        max_redeem=Raw(number(answer, 3)),
    )
