"""The same round trips through Uniswap's Universal Router, as cheaply as its commands allow.

It trades with the user's own coins by way of Permit2, and of the profit checks a minimum only.
Source: Commands, Constants and Dispatcher of @uniswap/universal-router 2.1.0.
"""

from eth_abi.abi import encode as abi_encode
from eth_abi.packed import encode_packed

from bot.bench.gas_ground import Ground
from bot.bench.gas_meter import Call, Cost
from bot.bench.gas_pools import Hop
from bot.bench.gas_routes import Trade
from bot.chain.abi import encode
from bot.domain.units import UINT256_MAX, Address
from bot.domain.venues import PERMIT2, Venue
from bot.sandbox.addresses import UNIVERSAL_ROUTER, ZERO, labelled

V3_EXACT_IN, V2_EXACT_IN, V4_SWAP = 0x00, 0x08, 0x10
V4_EXACT_IN_SINGLE, V4_EXACT_IN, V4_SETTLE, V4_SETTLE_ALL, V4_TAKE, V4_TAKE_ALL = (
    0x06,
    0x07,
    0x0B,
    0x0C,
    0x0E,
    0x0F,
)
USER = labelled("gas: user of the router")
TO_ROUTER = Address("0x0000000000000000000000000000000000000002")  # a word of the router's
ALREADY_PAID, OPEN_DELTA = 0, 0
FAR_FUTURE = 2**40
UINT160_MAX, UINT48_MAX = 2**160 - 1, 2**48 - 1
_PATH = "(address,(address,uint24,int24,address,bytes)[],uint256[],uint128,uint128)"
_SINGLE = "((address,address,uint24,int24,address),bool,uint128,uint128,bytes)"

Command = tuple[int, bytes]


def prepare_router(ground: Ground, trade: Trade) -> None:
    """Give the user coins and allowances, and the router one unit, as to everybody else."""
    token = trade.route.tokens[0].address
    ground.chain.send(token, "transfer(address,uint256)", USER, trade.paid + 1)
    for allowance in (0, UINT256_MAX):  # USDT changes no allowance but to or from zero
        ground.chain.send(token, "approve(address,uint256)", PERMIT2, allowance, sender=USER)
    allow = "approve(address,address,uint160,uint48)"
    limits = (UINT160_MAX, UINT48_MAX)
    ground.chain.send(PERMIT2, allow, token, UNIVERSAL_ROUTER, *limits, sender=USER)
    ground.hold_one_unit(UNIVERSAL_ROUTER, trade.route.tokens)


def router_cost(ground: Ground, trade: Trade) -> Cost:
    """Measure the route through the router; what it gains goes to the user."""
    prepare_router(ground, trade)
    commands = _commands(trade)
    data = encode(
        "execute(bytes,bytes[],uint256)",
        bytes(command for command, _ in commands),
        [inputs for _, inputs in commands],
        FAR_FUTURE,
    )
    return ground.meter.measure(Call(to=UNIVERSAL_ROUTER, data=data, sender=USER), trade.before)


def _commands(trade: Trade) -> list[Command]:
    first, last = trade.hops[0], trade.hops[-1]
    least = trade.paid
    match first.pool.venue, last.pool.venue:
        case Venue.UNISWAP_V3, Venue.UNISWAP_V3 if trade.route.split == 1:
            return [_v3(trade.hops, USER, least, user_pays=True)]
        case Venue.UNISWAP_V4, _:
            return _from_v4(trade)
        case _, Venue.UNISWAP_V4:
            paid = (last.token_in.address, last.amount_in, False)
            settle = V4_SETTLE, abi_encode(["address", "uint256", "bool"], paid)
            swap = _single(last, last.amount_in)
            return [_into_router(first), _v4([settle, swap, _take_all(first)])]
        case _, Venue.UNISWAP_V2:
            into_pair = _v3((first,), last.pool.address, 0, user_pays=True)
            return [into_pair, _v2(last, USER, ALREADY_PAID, least, user_pays=False)]
        case _:
            sides = [_into_router(hop) for hop in trade.hops[: trade.route.split]]
            return [*sides, _v3((last,), USER, least, user_pays=False)]


def _from_v4(trade: Trade) -> list[Command]:
    first, last = trade.hops
    if last.pool.venue is Venue.UNISWAP_V4:
        return [_v4([_path(trade.hops, trade.paid), _take_all(first)])]
    owed = abi_encode(["address", "uint256"], [first.token_in.address, UINT256_MAX])
    taken = (first.token_out.address, TO_ROUTER, OPEN_DELTA)
    take = V4_TAKE, abi_encode(["address", "address", "uint256"], taken)
    into_router = _v4([_single(first, first.amount_in), (V4_SETTLE_ALL, owed), take])
    return [into_router, _v3((last,), USER, trade.paid, user_pays=False)]


def _into_router(hop: Hop) -> Command:
    if hop.pool.venue is Venue.UNISWAP_V2:
        return _v2(hop, TO_ROUTER, hop.amount_in, 0, user_pays=True)
    return _v3((hop,), TO_ROUTER, 0, user_pays=True)


def _v3(hops: tuple[Hop, ...], to: Address, least: int, *, user_pays: bool) -> Command:
    path = encode_packed(["address"], [hops[0].token_in.address])
    for hop in hops:
        path += encode_packed(["uint24", "address"], [hop.pool.fee, hop.token_out.address])
    inputs = (to, hops[0].amount_in, least, path, user_pays)
    return V3_EXACT_IN, abi_encode(["address", "uint256", "uint256", "bytes", "bool"], inputs)


def _v2(hop: Hop, to: Address, amount: int, least: int, *, user_pays: bool) -> Command:
    path = [hop.token_in.address, hop.token_out.address]
    inputs = (to, amount, least, path, user_pays)
    return V2_EXACT_IN, abi_encode(["address", "uint256", "uint256", "address[]", "bool"], inputs)


def _v4(actions: list[Command]) -> Command:
    codes = bytes(code for code, _ in actions)
    parameters = [parameter for _, parameter in actions]
    return V4_SWAP, abi_encode(["bytes", "bytes[]"], [codes, parameters])


def _single(hop: Hop, amount: int) -> Command:
    order = (hop.key, hop.zero_for_one, amount, 0, b"")
    return V4_EXACT_IN_SINGLE, abi_encode([_SINGLE], [order])


def _path(hops: tuple[Hop, ...], least: int) -> Command:
    keys = [(hop.token_out.address, hop.pool.fee, hop.pool.tick_spacing, ZERO, b"") for hop in hops]
    no_limits_per_hop: list[int] = []
    order = (hops[0].token_in.address, keys, no_limits_per_hop, hops[0].amount_in, least)
    return V4_EXACT_IN, abi_encode([_PATH], [order])


def _take_all(first: Hop) -> Command:
    return V4_TAKE_ALL, abi_encode(["address", "uint256"], [first.token_in.address, 0])
