"""How each kind of pool is read through the lens, and what its answer says."""

from collections.abc import Callable

import structlog

from bot.amm.pool import Pool
from bot.chain.lens import LENS, Read
from bot.domain.venues import Kind, PoolSpec
from bot.feeds import balancer_states, curve_states, rail_states, uniswap_states

log = structlog.get_logger()

_VIEWS: dict[Kind, Callable[[PoolSpec], bytes]] = {
    Kind.CONSTANT_PRODUCT: uniswap_states.pair_view,
    Kind.CONCENTRATED: uniswap_states.ranges_view,
    Kind.STABLESWAP: curve_states.classic_view,
    Kind.STABLESWAP_NG: curve_states.next_generation_view,
    Kind.METAPOOL: curve_states.metapool_view,
    Kind.BALANCER_STABLE: balancer_states.stable_view,
    Kind.BALANCER_WEIGHTED: balancer_states.weighted_view,
    Kind.LITE_PSM: rail_states.lite_psm_view,
    Kind.MAKER_PSM: rail_states.maker_psm_view,
    Kind.CONVERTER: rail_states.converter_view,
    Kind.GSM: rail_states.gsm_view,
    Kind.ERC4626: rail_states.vault_view,
}

_DECODERS: dict[Kind, Callable[[PoolSpec, int, bytes], Pool | None]] = {
    Kind.CONSTANT_PRODUCT: uniswap_states.pair,
    Kind.CONCENTRATED: uniswap_states.ranges,
    Kind.STABLESWAP: curve_states.classic_pool,
    Kind.STABLESWAP_NG: curve_states.next_generation_pool,
    Kind.METAPOOL: curve_states.metapool,
    Kind.BALANCER_STABLE: balancer_states.stable,
    Kind.BALANCER_WEIGHTED: balancer_states.weighted,
    Kind.LITE_PSM: rail_states.lite_psm,
    Kind.MAKER_PSM: rail_states.maker_psm,
    Kind.CONVERTER: rail_states.converter,
    Kind.GSM: rail_states.gsm,
    Kind.ERC4626: rail_states.vault,
}


def read_of(spec: PoolSpec) -> Read:
    """Return the lens view that tells the state of `spec`."""
    return Read(target=LENS, data=_VIEWS[spec.kind](spec))


def pool_from(spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
    """Return the snapshot; None where the pool does not answer, or says what cannot be."""
    if not answer:
        return None
    try:
        return _DECODERS[spec.kind](spec, block, answer)
    except ValueError as error:
        log.warning("pool_state_refused", pool=spec.name, block=block, reason=str(error))
        return None
