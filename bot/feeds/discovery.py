"""More pools than the table names: what the factories have made of tokens that the table knows.

Only of those tokens, since a pool can be no better than its coins; only with some depth, since each
pool costs time in every block. The executor can swap in what Uniswap's factories made; in a Curve
pool only if its lists name it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import msgspec
import structlog
from eth_utils.address import to_checksum_address

from bot.amm.pool import Pool
from bot.chain.abi import encode
from bot.chain.lens import Lens, Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import BY_ADDRESS, BY_SYMBOL, Token
from bot.domain.errors import BadConfiguration
from bot.domain.mainnet_pools import named, uniswap_v3, uniswap_v4
from bot.domain.pool_checks import V2_FACTORIES
from bot.domain.registry import ALL_POOLS
from bot.domain.units import Address
from bot.domain.venues import UNISWAP_V3_FACTORY, Kind, PoolSpec, Venue
from bot.domain.wanted_pools import WantedPools
from bot.feeds.admission import admitted
from bot.feeds.pool_states import pool_from, read_of

log = structlog.get_logger()

STABLESWAP_NG_FACTORY = Address("0x6A8cbed756804B16E05E741eDaBd5cB544AE21bf")
_PAIR_MAKERS = ("Uniswap V2", "SushiSwap", "PancakeSwap V2")  # as in `V2_FACTORIES`
_NG_POOLS_OF_A_PAIR = 4
_NG_MOST_COINS = 8


_Found = Callable[[bytes], PoolSpec | None]


def market_pools(rpc: RpcClient, wanted: WantedPools) -> tuple[PoolSpec, ...]:
    """Return the table's pools, whether they are on this chain or not, and those of `wanted`.

    Raises:
        BadConfiguration: a token that the table does not know.
        NodeUnreachable: no answer.
    """
    found = discover(rpc, wanted, ALL_POOLS)
    if found:
        log.info("pools_discovered", pools=[spec.name for spec in found])
    return (*ALL_POOLS, *found)


def discover(
    rpc: RpcClient, wanted: WantedPools, known: Sequence[PoolSpec]
) -> tuple[PoolSpec, ...]:
    """Return pools of `wanted` that the factories have and `known` has not, the deepest first.

    Raises:
        BadConfiguration: a token that the table does not know.
        NodeUnreachable: no answer.
    """
    tokens = _tokens(wanted.tokens)
    pairs = list(combinations(sorted(tokens, key=lambda token: int(token.address, 16)), 2))
    if not pairs:
        return ()
    made = [
        *_ask(rpc, [question for pair in pairs for question in _questions(pair, wanted)]),
        *(uniswap_v4(*pair, *key) for pair in pairs for key in wanted.uniswap_v4_keys),
    ]
    if wanted.curve_ng:
        made += _next_generation(rpc, pairs)
    fresh = {_identity(spec): spec for spec in made}
    for spec in known:
        fresh.pop(_identity(spec), None)
    present, _ = admitted(rpc, list(fresh.values()))
    deep = _by_depth(rpc, present, wanted.least_depth)
    return tuple(deep[: wanted.most_pools])


def _tokens(symbols: Sequence[str]) -> list[Token]:
    unknown = [symbol for symbol in symbols if symbol.upper() not in BY_SYMBOL]
    if unknown:
        raise BadConfiguration(f"discovery: no token {unknown[0]!r} in the table of tokens")
    return list(dict.fromkeys(BY_SYMBOL[symbol.upper()] for symbol in symbols))


def _ask(rpc: RpcClient, questions: Sequence[tuple[Read, _Found]]) -> list[PoolSpec]:
    answers = Lens([read for read, _ in questions]).look(rpc, "latest").data if questions else ()
    told = (found(answer) for (_, found), answer in zip(questions, answers, strict=True))
    return [spec for spec in told if spec is not None]


def _questions(pair: tuple[Token, Token], wanted: WantedPools) -> Iterator[tuple[Read, _Found]]:
    first, second = (token.address for token in pair)
    for place, factory in enumerate(V2_FACTORIES if wanted.uniswap_v2 else ()):
        data = encode("getPair(address,address)", first, second)
        yield Read(target=factory, data=data), _pair_maker(pair, place)
    for fee in wanted.uniswap_v3_fees:
        data = encode("getPool(address,address,uint24)", first, second, fee)
        yield Read(target=UNISWAP_V3_FACTORY, data=data), _range_maker(pair, fee)


def _pair_maker(pair: tuple[Token, Token], place: int) -> _Found:
    def found(answer: bytes) -> PoolSpec | None:
        address = _address(answer)
        if address is None:
            return None
        spec = named(_PAIR_MAKERS[place], Venue.UNISWAP_V2, address, pair)
        return msgspec.structs.replace(spec, factory=place)

    return found


def _range_maker(pair: tuple[Token, Token], fee: int) -> _Found:
    def found(answer: bytes) -> PoolSpec | None:
        address = _address(answer)
        return uniswap_v3(address, *pair, fee) if address else None

    return found


def _next_generation(rpc: RpcClient, pairs: Sequence[tuple[Token, Token]]) -> list[PoolSpec]:
    """Return the plain StableSwap-NG pools whose coins are all in the table."""
    listed = Lens(
        [
            Read(
                target=STABLESWAP_NG_FACTORY,
                data=encode("find_pool_for_coins(address,address,uint256)", *ends, place),
            )
            for ends in ((first.address, second.address) for first, second in pairs)
            for place in range(_NG_POOLS_OF_A_PAIR)
        ]
    ).look(rpc, "latest")
    found = dict.fromkeys(address for data in listed.data if (address := _address(data)))
    questions = [
        (Read(target=STABLESWAP_NG_FACTORY, data=encode("get_coins(address)", at)), _plain(at))
        for at in found
    ]
    return _ask(rpc, questions)


def _plain(address: Address) -> _Found:
    def found(answer: bytes) -> PoolSpec | None:
        words = [answer[at : at + 32] for at in range(0, 32 * _NG_MOST_COINS, 32)]
        coins = [coin for word in words if (coin := _address(word))]
        tokens = tuple(BY_ADDRESS[coin] for coin in coins if coin in BY_ADDRESS)
        if len(tokens) < max(len(coins), 2):  # a stranger, or the shares of a base pool
            return None
        spec = named("Curve NG", Venue.CURVE, address, tokens)
        return msgspec.structs.replace(
            spec, name=f"{spec.name} {address[:6]}", special=Kind.STABLESWAP_NG
        )

    return found


def _by_depth(rpc: RpcClient, specs: Sequence[PoolSpec], least: float) -> list[PoolSpec]:
    answers = Lens([read_of(spec) for spec in specs]).look(rpc, "latest")
    depths = {
        spec: _depth(pool)
        for spec, answer in zip(specs, answers.data, strict=True)
        if (pool := pool_from(spec, answers.block, answer)) is not None
    }
    deep = [spec for spec, depth in depths.items() if depth >= least]
    return sorted(deep, key=lambda spec: -depths[spec])


def _depth(pool: Pool) -> float:
    """Return the most whole coins that any direction pays."""
    tokens = pool.spec.tokens
    places = range(len(tokens))
    return max(
        pool.limits(i, j).max_out / 10.0 ** tokens[j].decimals
        for i in places
        for j in places
        if i != j
    )


def _identity(spec: PoolSpec) -> tuple[Address, tuple[Token, ...], int, int]:
    return spec.address, spec.tokens, spec.fee, spec.tick_spacing


def _address(answer: bytes) -> Address | None:
    number = int.from_bytes(answer[:32], "big")
    return Address(to_checksum_address(number.to_bytes(20, "big"))) if number else None
