"""Which pools of the table a chain has, as the table means them."""

from collections.abc import Sequence

import structlog

from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration
from bot.domain.local_pools import LOCAL_POOLS
from bot.domain.pool_checks import Check, checks_of
from bot.domain.venues import PoolSpec
from bot.feeds.confirmation import confirm

log = structlog.get_logger()


def admitted(rpc: RpcClient, pools: Sequence[PoolSpec]) -> tuple[list[PoolSpec], list[Token]]:
    """Return those of `pools` that have code and answer their checks, and their tokens.

    The others are left out, each with a line in the log.

    Raises:
        BadConfiguration: a token has other decimals than the table says.
        NodeUnreachable: no answer.
    """
    present = _present(rpc, pools)
    tokens = sorted({token for spec in present for token in spec.tokens}, key=lambda t: t.symbol)
    said = confirm(rpc, [*map(checks_of, present), *map(_decimals, tokens)])
    pools_said, tokens_said = said[: len(present)], said[len(present) :]
    for token, problem in zip(tokens, tokens_said, strict=True):
        if problem:
            raise BadConfiguration(
                f"{token.symbol} at {token.address}: {problem[0]}; is this Ethereum mainnet?"
            )
    wrong = {spec: problem for spec, problem in zip(present, pools_said, strict=True) if problem}
    for spec, problem in wrong.items():
        if spec not in LOCAL_POOLS:  # at those addresses mainnet may have others
            log.warning("pool_contradicts_table", pool=spec.name, reason=problem[0])
    return [spec for spec in present if spec not in wrong], tokens


def _present(rpc: RpcClient, pools: Sequence[PoolSpec]) -> list[PoolSpec]:
    where = list(dict.fromkeys(spec.address for spec in pools))
    codes = rpc.batch([("eth_getCode", (address, "latest")) for address in where])
    inhabited = {address for address, code in zip(where, codes, strict=True) if len(code) > 2}
    absent = [spec.name for spec in pools if spec.address not in inhabited]
    if absent:
        log.info("pools_absent", pools=absent)
    return [spec for spec in pools if spec.address in inhabited]


def _decimals(token: Token) -> tuple[Check, ...]:
    return (Check(target=token.address, view="decimals()", expects=token.decimals),)
