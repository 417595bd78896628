"""Swaps of the gas benchmark, by the cheapest contract there is (`Bare.sol`)."""

import msgspec

from bot.bench.gas_meter import Call, Meter
from bot.chain.abi import encode, word
from bot.domain.assets import Token
from bot.domain.units import Address, Raw
from bot.domain.venues import PoolSpec, Venue
from bot.sandbox.addresses import ZERO

V2_KEPT, V2_WHOLE = 997, 1_000
_KEY = "(address,address,uint24,int24,address)"


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One swap of a route, with the amounts of the state it was quoted on."""

    pool: PoolSpec
    token_in: Token
    token_out: Token
    amount_in: Raw
    amount_out: Raw = Raw(0)

    @property
    def coins(self) -> tuple[int, int]:
        """Positions of the two tokens in the pool."""
        order = self.pool.tokens
        return order.index(self.token_in), order.index(self.token_out)

    @property
    def key(self) -> tuple[Address, Address, int, int, Address]:
        """The V4 pool key."""
        first, second = (token.address for token in self.pool.tokens)
        return (first, second, self.pool.fee, self.pool.tick_spacing, ZERO)

    @property
    def zero_for_one(self) -> bool:
        """Whether the lower address is paid in."""
        return int(self.token_in.address, 16) < int(self.token_out.address, 16)


def bare_swap(hop: Hop, bare: Address) -> Call:
    """Return the swap out of the inventory of `bare`."""
    return Call(to=bare, data=_bare_data(hop))


def _bare_data(hop: Hop) -> bytes:
    pool, token_in, amount = hop.pool, hop.token_in.address, hop.amount_in
    match pool.venue:
        case Venue.UNISWAP_V2:
            out = (0, hop.amount_out) if hop.zero_for_one else (hop.amount_out, 0)
            signature = "v2(address,address,uint256,uint256,uint256)"
            return encode(signature, pool.address, token_in, amount, *out)
        case Venue.UNISWAP_V3:
            signature = "v3(address,address,bool,uint256)"
            return encode(signature, pool.address, token_in, hop.zero_for_one, amount)
        case Venue.UNISWAP_V4:
            return encode(f"v4({_KEY},bool,uint256)", hop.key, hop.zero_for_one, amount)
        case Venue.CURVE:
            signature = "curve(address,int128,int128,uint256)"
            return encode(signature, pool.address, *hop.coins, amount)
        case Venue.CURVE_RECEIVED:
            signature = "curveNg(address,address,int128,int128,uint256)"
            return encode(signature, pool.address, token_in, *hop.coins, amount)
        case Venue.LITE_PSM:
            return encode("psm(address,uint256)", pool.address, amount)
        case _:
            raise ValueError(f"no bare swap in {pool.name}")


def quoted(meter: Meter, hop: Hop, bare: Address, before: tuple[Call, ...]) -> Hop:
    """Return the hop with what the pool pays on the state that `before` leaves."""
    out = _amount_out(meter, hop, bare, before)
    return msgspec.structs.replace(hop, amount_out=Raw(out))


def _amount_out(meter: Meter, hop: Hop, bare: Address, before: tuple[Call, ...]) -> int:
    pool = hop.pool
    match pool.venue:
        case Venue.UNISWAP_V2:
            asked = Call(to=pool.address, data=encode("getReserves()"))
            answer = meter.measure(asked, before).returned
            reserves = word(answer, 0), word(answer, 1)
            reserve_in, reserve_out = reserves if hop.zero_for_one else reserves[::-1]
            kept = hop.amount_in * V2_KEPT
            return kept * reserve_out // (reserve_in * V2_WHOLE + kept)
        case Venue.UNISWAP_V3 | Venue.UNISWAP_V4 | Venue.CURVE_RECEIVED:
            return word(meter.measure(bare_swap(hop, bare), before).returned, 0)
        case Venue.CURVE:
            signature = "curveOut(address,address,int128,int128,uint256)"
            arguments = (pool.address, hop.token_out.address, *hop.coins, hop.amount_in)
            asked = Call(to=bare, data=encode(signature, *arguments))
            return word(meter.measure(asked, before).returned, 0)
        case Venue.LITE_PSM:
            gem, dai = hop.token_in, hop.token_out
            scale: int = 10 ** (dai.decimals - gem.decimals)
            return hop.amount_in * scale
        case _:
            raise ValueError(f"no quote of {pool.name}")
