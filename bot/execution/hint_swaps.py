"""Swaps that logs tell, as anybody who has the coins could do them again."""

import msgspec

from bot.chain.abi import encode_hex
from bot.domain.assets import Token
from bot.domain.units import Address, Pips, Raw
from bot.domain.venues import PoolSpec, Venue
from bot.feeds.block_logs import Log
from bot.feeds.log_effects import topic

V3_ROUTER = Address("0xE592427A0AEce92De3Edee1F18E0157C05861564")
REPEATABLE = (Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.CURVE, Venue.CURVE_RECEIVED)
_FAR_FUTURE = 2**40
_SYNC = topic("Sync(uint112,uint112)")
_V2_SWAP = topic("Swap(address,uint256,uint256,uint256,uint256,address)")
_V3_SWAP = topic("Swap(address,address,int256,int256,uint160,uint128,int24)")
_CURVE_SWAP = topic("TokenExchange(address,int128,uint256,int128,uint256)")
STATE = frozenset((_SYNC, _V3_SWAP, _CURVE_SWAP))  # events that tell where a swap left its pool
SWAPS = frozenset((_V2_SWAP, _V3_SWAP, _CURVE_SWAP))
_EXACT_INPUT = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"

Calls = tuple[tuple[Address, str], ...]  # address and data


class ToldSwap(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one coin for so much of another."""

    spec: PoolSpec
    coin_in: int
    coin_out: int
    sold: Raw
    bought: Raw

    @property
    def token(self) -> Token:
        """What is sold."""
        return self.spec.tokens[self.coin_in]

    def calls(self, who: Address, fee: Pips) -> Calls:
        """Return what `who` calls to do it again; `fee` is the pool's, where that names it."""
        spec, tokens = self.spec, self.spec.tokens
        if spec.venue is Venue.UNISWAP_V2:
            amounts = (self.bought, 0) if self.coin_out == 0 else (0, self.bought)
            swap = encode_hex("swap(uint256,uint256,address,bytes)", *amounts, who, b"")
            paid = encode_hex("transfer(address,uint256)", spec.address, self.sold)
            return ((self.token.address, paid), (spec.address, swap))
        if spec.venue is Venue.UNISWAP_V3:
            path = (self.token.address, tokens[self.coin_out].address, fee)
            order = (*path, who, _FAR_FUTURE, self.sold, 0, 0)
            return self._allowed(V3_ROUTER, encode_hex(_EXACT_INPUT, order))
        told = (self.coin_in, self.coin_out, self.sold, 0)
        swap = encode_hex("exchange(int128,int128,uint256,uint256)", *told)
        return self._allowed(spec.address, swap)

    def _allowed(self, spender: Address, data: str) -> Calls:
        allowed = encode_hex("approve(address,uint256)", spender, self.sold)
        return ((self.token.address, allowed), (spender, data))


def told_swap(spec: PoolSpec, log: Log) -> ToldSwap:
    """Return the swap that an event of `SWAPS` tells.

    Raises:
        ValueError: it does not, or not as something that can be done again.
    """
    if spec.venue not in REPEATABLE:
        raise ValueError(f"nobody repeats swaps in {spec.name}")
    if log.topics[0] == _CURVE_SWAP:
        i, sold, j, bought = (log.word(at) for at in range(4))
    elif log.topics[0] == _V2_SWAP:
        ins, outs = (log.word(0), log.word(1)), (log.word(2), log.word(3))
        if 0 not in ins or 0 not in outs:
            raise ValueError(f"a swap of both coins in {spec.name}")
        i, j = (0, 1) if ins[0] else (1, 0)
        sold, bought = ins[i], outs[j]
    else:
        flows = (log.signed(0), log.signed(1))  # into the pool
        i, j = (0, 1) if flows[0] > 0 else (1, 0)
        sold, bought = flows[i], -flows[j]
    if min(sold, bought) <= 0 or max(i, j) >= len(spec.tokens) or i == j:
        raise ValueError(f"no swap in {spec.name}")
    return ToldSwap(spec=spec, coin_in=i, coin_out=j, sold=Raw(sold), bought=Raw(bought))
