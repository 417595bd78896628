"""Round trips with a Uniswap V4 leg: funded by the route itself, inside V4's ledger, exact.

The bot reads no V4 pools yet. Here a test reads one that has a single position, and lets the
planner's own arithmetic do the rest.
"""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak
from support.desk import undone
from support.landing import require_exact

from bot.amm.concentrated import ConcentratedPool
from bot.amm.graph import Cycle, Hop
from bot.amm.optimum import Step, quote_path
from bot.app import open_node
from bot.bench.golden_search import best_size
from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC, USDT, Token
from bot.domain.plans import Leg, Mode, Plan
from bot.domain.units import Raw
from bot.domain.venues import (
    CURVE_SUSD,
    POOLS,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V3_USDC_USDT,
    PoolSpec,
    Venue,
)
from bot.execution.flash_loans import FlashLenders
from bot.feeds.pool_feed import open_pool_feed
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.faucet import shock
from bot.sandbox.pools import V4_USDC_USDT
from bot.sandbox.world import World
from bot.strategy.funding import mode_of, pulled

pytestmark = pytest.mark.anvil
POOLS_SLOT, LIQUIDITY_OFFSET = 6, 3  # of PoolManager's storage; of a pool's state
V4 = PoolSpec(
    name="Uniswap V4 USDC/USDT 0.001%",
    venue=Venue.UNISWAP_V4,
    address=UNISWAP_V4_POOL_MANAGER,
    tokens=V4_USDC_USDT.tokens,
    fee=V4_USDC_USDT.fee,
    tick_spacing=V4_USDC_USDT.spacing,
)


@pytest.fixture(name="world")
def cheap_usdc(world: World) -> Iterator[World]:
    """USDC is cheap in Curve and in the V2 pair."""
    with undone(world):
        world.mined(shock(world.rpc, CURVE_SUSD, USDC, Raw(6_000_000 * 10**6)))
        world.mined(shock(world.rpc, V2_USDC_USDT, USDC, Raw(400_000 * 10**6)))
        yield world


def read_v4(rpc: RpcClient, block: int) -> ConcentratedPool:
    """Return the pool as it was opened: at parity, with one position."""
    key = abi_encode(["address", "address", "uint24", "int24", "address"], V4_USDC_USDT.key)
    state = int.from_bytes(keccak(abi_encode(["bytes32", "uint256"], [keccak(key), POOLS_SLOT])))

    def word(slot: int) -> int:
        data = encode_hex("extsload(bytes32)", slot.to_bytes(32, "big"))
        request = {"to": UNISWAP_V4_POOL_MANAGER, "data": data}
        return int(rpc.call("eth_call", request, "latest"), 16)

    liquidity = word(state + LIQUIDITY_OFFSET) % 2**128
    half = V4_USDC_USDT.half_width
    return ConcentratedPool(
        spec=V4,
        block=block,
        sqrt_price_x96=word(state) % 2**160,
        tick=0,
        liquidity=liquidity,
        fee=V4.fee,
        tick_spacing=V4.tick_spacing,
        lowest_tick=-half,
        highest_tick=half,
        ticks=(-half, half),
        liquidity_nets=(liquidity, -liquidity),
    )


def planned(book: MarketBook, v4: ConcentratedPool, token: Token, *route: PoolSpec) -> Plan:
    """Return the best plan through pools of USDC and USDT, from `token` and back."""
    pools, hops, held = {**book.pools, V4: v4}, [], token
    for spec in route:
        other = USDT if held == USDC else USDC
        hops.append(Hop(pool=spec, i=spec.tokens.index(held), j=spec.tokens.index(other)))
        held = other
    cycle = Cycle(token=token, hops=tuple(hops))
    steps: list[Step] = [(pools[hop.pool], hop.i, hop.j) for hop in hops]
    size, _ = best_size(
        lambda at: quote_path(steps, at)[-1] - at, steps[0][0].max_in(*steps[0][1:])
    )
    funding = pulled(cycle, steps, size)
    legs = tuple(
        Leg(pool=hop.pool, coin_in=hop.i, coin_out=hop.j, amount_in=paid, amount_out=received)
        for hop, paid, received in zip(hops, funding.paid, funding.received, strict=True)
    )
    return Plan(
        block=book.block,
        mode=mode_of(cycle),
        token=token,
        legs=legs,
        profit=Raw(funding.profit),
        min_profit=Raw(funding.profit),
        max_block=book.block + 1,
    )


@pytest.mark.parametrize(
    "route",
    [
        (CURVE_SUSD, V4),
        (V2_USDC_USDT, V4),
        (CURVE_SUSD, V4, V2_USDC_USDT, V3_USDC_USDT),
        (CURVE_SUSD, V3_USDC_USDT, V2_USDC_USDT, V4),
    ],
    ids=lambda route: "-".join(pool.venue.name.lower() for pool in route),
)
def test_a_route_through_v4_makes_exactly_what_was_planned(
    world: World, route: tuple[PoolSpec, ...]
) -> None:
    rpc = open_node(world.config("unused"))
    book = open_pool_feed(rpc, POOLS, FlashLenders).read(latest_head(rpc))
    plan = planned(book, read_v4(rpc, book.block), USDT, *route)
    assert plan.mode is Mode.PULL_LEDGER
    require_exact(world, book, plan)
