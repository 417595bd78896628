"""What a route costs contracts that can do nothing else and check nothing."""

from bot.bench.gas_ground import TREASURY, Ground
from bot.bench.gas_meter import Call, Cost
from bot.bench.gas_pools import bare_swap
from bot.bench.gas_routes import Trade
from bot.chain.abi import encode
from bot.domain.venues import Lender, Venue
from bot.sandbox.addresses import ZERO

_ADDRESSES = ",".join(["address"] * 7)
_ROUTE = f"({_ADDRESSES},uint24,int24,uint24,int24,uint8,uint8,uint256,uint256,uint256,uint256)"
_ENTRY: dict[Lender | None, str] = {
    Lender.MORPHO: "goMorpho()",
    Lender.BALANCER_V2: "goBalancer()",
    Lender.AAVE_V3: "goAave()",
}


def floor_cost(ground: Ground, trade: Trade) -> Cost:
    """Deploy the route's own contract with its amounts burnt in, and measure it."""
    route = trade.route
    floor = ground.deploy(route.floor, _ROUTE, _constants(trade))
    ground.hold_one_unit(floor, route.tokens)
    call = Call(to=floor, data=encode(_ENTRY.get(route.lender, "go()")))
    return ground.meter.measure(call, trade.before)


def bare_cost(ground: Ground, trade: Trade) -> Cost:
    """Measure the bare swaps back to back in one transaction."""
    swaps = [bare_swap(hop, ground.bare).data for hop in trade.hops]
    call = Call(to=ground.bare, data=encode("many(bytes[])", swaps))
    return ground.meter.measure(call, trade.before)


def _constants(trade: Trade) -> tuple[object, ...]:
    """Return `Floor.Route` of the trade."""
    tokens = [token.address for token in trade.route.tokens]
    hops = trade.hops
    first, last = hops[0], hops[-1]
    between = hops[1] if len(hops) == 3 else None
    second = between.pool.address if between else ZERO
    share = (between.amount_out if trade.route.split > 1 else between.amount_in) if between else 0
    coins = first.coins if first.pool.venue in (Venue.CURVE, Venue.CURVE_RECEIVED) else (0, 0)
    return (
        *(*tokens[:2], TREASURY, tokens[-1], first.pool.address, second, last.pool.address),
        *(number for hop in (first, last) for number in (hop.pool.fee, hop.pool.tick_spacing)),
        *coins,
        *(trade.paid, share, last.amount_in, last.amount_out),
    )
