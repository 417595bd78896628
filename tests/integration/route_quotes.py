"""What a route pays by our own arithmetic, on pools read through the lens."""

from collections.abc import Iterator

import msgspec

from bot.amm.pool import Pool
from bot.chain.abi import encode_hex
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.registry import ALL_POOLS
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec, Venue
from bot.feeds.pool_states import pool_from, read_of
from bot.sandbox.addresses import BALANCER_STABLE_POOL

Route = tuple[tuple[PoolSpec, Token], ...]  # pool, token received

FIRST_STABLE = PoolSpec(
    name="staBAL3",
    venue=Venue.BALANCER_V2,
    address=BALANCER_STABLE_POOL,
    tokens=(DAI, USDC, USDT),
)


def quoted(rpc: RpcClient, route: Route, start: Token, amount: Raw) -> Raw:
    """Return what `amount` of `start` becomes along the route, on the newest block."""
    held = start
    for spec, received in _hops(route):
        pool = _read(rpc, spec)
        tokens = pool.spec.tokens
        amount = pool.amount_out(tokens.index(held), tokens.index(received), amount)
        held = received
    return amount


def _hops(route: Route) -> Iterator[tuple[PoolSpec, Token]]:
    for spec, received in route:
        if spec.between is None:
            yield spec, received
        else:  # a swap in two hops, of which the second is in the oldest pool
            yield spec, spec.between
            yield FIRST_STABLE, received


def _read(rpc: RpcClient, spec: PoolSpec) -> Pool:
    """Return the pool as the bot sees it: the table knows more of it than a route says."""
    known = next((found for found in ALL_POOLS if found.address == spec.address), spec)
    if known is FIRST_STABLE:
        request = {"to": known.address, "data": encode_hex("getPoolId()")}
        pool_id = bytes.fromhex(rpc.call("eth_call", request, "latest")[2:])
        known = msgspec.structs.replace(known, pool_ids=(pool_id,))
    answers = Lens([read_of(known)]).look(rpc, "latest")
    pool = pool_from(known, answers.block, answers.data[0])
    assert pool is not None, known.name
    return pool
