"""One pool asked for one amount: what a swap pays there now, exactly, and how far it goes."""

from collections.abc import Sequence

import msgspec

from bot.amm.pool import Pool
from bot.chain.lens import Lens
from bot.chain.pool_key import pool_id
from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration
from bot.domain.registry import ALL_POOLS
from bot.domain.units import BPS, Address, Raw, parse_amount
from bot.domain.venues import GAS_PRICE_POOLS, PoolSpec, Venue
from bot.feeds.admission import admitted
from bot.feeds.pool_states import pool_from, read_of


class PoolQuote(msgspec.Struct, frozen=True, kw_only=True):
    """One swap at the end of `block`; amounts in base units."""

    pool: str
    address: Address
    kind: str
    block: int
    token_in: str
    token_out: str
    amount_in_raw: Raw
    amount_out_raw: Raw  # zero: the pool does not take that much, or pays nothing for it
    rate: float | None  # whole coins out per whole coin in, fees included
    rate_at_zero: float | None  # the same for the smallest size
    impact_bps: float | None  # how much worse the first is than the second
    max_in_raw: Raw
    max_out_raw: Raw
    closed: str | None  # why nothing goes this way


def find_pool(name: str, pools: Sequence[PoolSpec] = (*ALL_POOLS, *GAS_PRICE_POOLS)) -> PoolSpec:
    """Return the pool of that name, address or V4 id; part of a name will do if only one has it.

    Raises:
        BadConfiguration: none, or more than one.
    """
    wanted = name.lower()
    exact = [spec for spec in pools if wanted in _handles(spec)]
    found = exact or [spec for spec in pools if wanted in spec.name.lower()]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(repr(spec.name) for spec in found or pools)
    said = "more than one pool is" if found else "no pool is"
    raise BadConfiguration(f"{said} called {name!r}; there are {choices}")


def quote_pool(
    rpc: RpcClient, spec: PoolSpec, pair: tuple[str, str], amount: str, *, exact_out: bool = False
) -> PoolQuote:
    """Return what `amount`, in whole coins, of the first token of `pair` fetches of the second.

    With `exact_out` the amount is of the second token, and what it costs is asked.

    Raises:
        BadConfiguration: the pool has no such token, is not on this chain, or the amount is none.
        NodeUnreachable: no answer.
    """
    i, j = (_place(spec, symbol) for symbol in pair)
    if i == j:
        raise BadConfiguration(f"{pair[0]} cannot be swapped into itself")
    try:
        size = parse_amount(amount, spec.tokens[j if exact_out else i].decimals)
    except ValueError as error:
        raise BadConfiguration(f"amount: {error}") from error
    state = _state(rpc, spec)
    paid = state.amount_in(i, j, size) if exact_out else size
    return _told(state, (i, j), paid, state.amount_out(i, j, paid) if paid else Raw(0))


def _told(state: Pool, pair: tuple[int, int], paid: Raw, got: Raw) -> PoolQuote:
    i, j = pair
    sold, bought = state.spec.tokens[i], state.spec.tokens[j]
    limits = state.limits(i, j)
    rate = _rate(sold, bought, got / paid if paid else 0.0)
    at_zero = _rate(sold, bought, state.marginal_rate(i, j))
    return PoolQuote(
        pool=state.spec.name,
        address=state.spec.address,
        kind=state.spec.kind.value,
        block=state.block,
        token_in=sold.symbol,
        token_out=bought.symbol,
        amount_in_raw=paid,
        amount_out_raw=got,
        rate=rate,
        rate_at_zero=at_zero,
        impact_bps=(1 - rate / at_zero) * BPS if rate and at_zero else None,
        max_in_raw=limits.max_in,
        max_out_raw=limits.max_out,
        closed=limits.closed.value if limits.closed else None,
    )


def _state(rpc: RpcClient, spec: PoolSpec) -> Pool:
    present, _ = admitted(rpc, [spec])
    answers = Lens([read_of(spec)]).look(rpc, "latest")
    state = pool_from(spec, answers.block, answers.data[0]) if present else None
    if state is None:
        raise BadConfiguration(
            f"{spec.name} is not on this chain, or not as the table says: try `repeg doctor`"
        )
    return state


def _place(spec: PoolSpec, symbol: str) -> int:
    symbols = [token.symbol.upper() for token in spec.tokens]
    if symbol.upper() not in symbols:
        held = ", ".join(token.symbol for token in spec.tokens)
        raise BadConfiguration(f"{spec.name} holds no {symbol}; it holds {held}")
    return symbols.index(symbol.upper())


def _rate(sold: Token, bought: Token, raw_rate: float) -> float | None:
    """Return whole coins per whole coin; None where nothing is paid."""
    return raw_rate * 10.0 ** (sold.decimals - bought.decimals) or None


def _handles(spec: PoolSpec) -> tuple[str, ...]:
    if spec.venue is Venue.UNISWAP_V4:  # the manager's address names no pool
        return spec.name.lower(), "0x" + pool_id(spec).hex()
    return spec.name.lower(), spec.address.lower()
