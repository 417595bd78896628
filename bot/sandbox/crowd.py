"""Strangers who trade and move liquidity on a local chain, at random but the same for a seed.

Every act is an ordinary pending transaction; who mines them is the chain's own affair. An act that
the pool refuses is mined as a failed transaction and changes nothing.
"""

from collections.abc import Callable, Sequence
from random import Random

from eth_abi.abi import encode as abi_encode

from bot.chain.abi import encode_hex, signed_word, word
from bot.chain.rpc import RpcClient
from bot.domain.assets import WETH, Token
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address, Raw
from bot.domain.venues import PERMIT2, PoolSpec, Venue
from bot.sandbox.addresses import (
    UNISWAP_V3_POSITIONS,
    UNISWAP_V3_ROUTER,
    UNISWAP_V4_POSITIONS,
    UNIVERSAL_ROUTER,
    ZERO,
    labelled,
)
from bot.sandbox.faucet import FAR_FUTURE, FUEL, fund_eth, fund_token

STRANGER = labelled("stranger")
GAS = 1_500_000
WEALTH = 10**9  # whole coins of each token
USD_PER_WETH = 3_000
_TOKEN_ALLOWANCE, _PERMIT_ALLOWANCE = 2**255, 2**160 - 1
_MOST_TICKS = 300  # half-width of a position, in tick spacings

_V3_SWAP = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"
_V3_MINT = (
    "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
)
_V3_LEAVE = "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))"
_V4_KEY = "(address,address,uint24,int24,address)"
_V4_ACT = "modifyLiquidities(bytes,uint256)"
_INCREASE, _DECREASE, _MINT, _SETTLE, _TAKE = 0x00, 0x01, 0x02, 0x0D, 0x11


class Crowd:
    """One account with a lot of every token, and a will of its own."""

    def __init__(self, rpc: RpcClient, pools: Sequence[PoolSpec], seed: int) -> None:
        """Fund the account and approve everything, in pending transactions: mine a block after.

        Raises:
            BadConfiguration: the node is not anvil.
        """
        self._rpc, self._pools, self._random = rpc, tuple(pools), Random(seed)  # noqa: S311 - play
        rpc.call("anvil_impersonateAccount", STRANGER)
        fund_eth(rpc, STRANGER, FUEL)
        for token in sorted({t for pool in pools for t in pool.tokens}, key=lambda t: t.symbol):
            fund_token(rpc, token, STRANGER, Raw(WEALTH * 10**token.decimals))
            for spender in self._spenders(token):
                self._send(token.address, "approve(address,uint256)", spender, _TOKEN_ALLOWANCE)
            for spender in (UNISWAP_V4_POSITIONS, UNIVERSAL_ROUTER):
                permit = (token.address, spender, _PERMIT_ALLOWANCE, 2**48 - 1)
                self._send(PERMIT2, "approve(address,address,uint160,uint48)", *permit)

    def trade(self, pool: PoolSpec, coins: float) -> str:
        """Sell about `coins` dollars of a random coin into `pool`; return the transaction's hash.

        Raises:
            BadConfiguration: nobody of the crowd sells into its kind.
        """
        i, j = self._random.sample(range(len(pool.tokens)), 2)
        return self._swaps(pool)(pool, i, j, _raw(pool.tokens[i], coins * self._random.random()))

    def sell(self, pool: PoolSpec, i: int, j: int, amount: Raw) -> str:
        """Sell exactly `amount` of coin `i` for coin `j`; return the transaction's hash.

        Raises:
            BadConfiguration: nobody of the crowd sells into its kind.
        """
        return self._swaps(pool)(pool, i, j, amount)

    def trade_somewhere(self, coins: float) -> str:
        """Sell about `coins` dollars into any pool; return the transaction's hash."""
        return self.trade(self._random.choice(self._pools), coins)

    def act(self, coins: float) -> str:
        """Do anything to any pool, with about that many dollars; return the transaction's hash."""
        pool = self._random.choice(self._pools)
        others = _OTHER_ACTS.get(pool.venue, ())
        if others and self._random.random() < 0.4:
            return self._random.choice(others)(self, pool, coins * self._random.random())
        return self.trade(pool, coins)

    def _swaps(self, pool: PoolSpec) -> Callable[[PoolSpec, int, int, Raw], str]:
        known = {
            Venue.CURVE: self._into_curve,
            Venue.CURVE_RECEIVED: self._into_curve,
            Venue.UNISWAP_V2: self._into_v2,
            Venue.UNISWAP_V3: self._into_v3,
            Venue.UNISWAP_V4: self._into_v4,
        }
        if pool.venue not in known:
            raise BadConfiguration(f"nobody of the crowd sells into {pool.name}")
        return known[pool.venue]

    def _into_curve(self, pool: PoolSpec, i: int, j: int, amount: Raw) -> str:
        return self._send(pool.address, "exchange(int128,int128,uint256,uint256)", i, j, amount, 0)

    def _into_v2(self, pool: PoolSpec, i: int, j: int, amount: Raw) -> str:
        reserves = self._view(pool.address, "getReserves()")
        kept = amount * 997
        out = kept * word(reserves, j) // (word(reserves, i) * 1_000 + kept)
        self._send(pool.tokens[i].address, "transfer(address,uint256)", pool.address, amount)
        amounts = (out, 0) if j == 0 else (0, out)
        swap = "swap(uint256,uint256,address,bytes)"
        return self._send(pool.address, swap, *amounts, STRANGER, b"")

    def _into_v3(self, pool: PoolSpec, i: int, j: int, amount: Raw) -> str:
        pair = (pool.tokens[i].address, pool.tokens[j].address)
        order = (*pair, pool.fee, STRANGER, FAR_FUTURE, amount, 0, 0)
        return self._send(UNISWAP_V3_ROUTER, _V3_SWAP, order)

    def _into_v4(self, pool: PoolSpec, i: int, j: int, amount: Raw) -> str:
        single = abi_encode(
            [f"({_V4_KEY},bool,uint128,uint128,bytes)"], [(_key(pool), i < j, amount, 0, b"")]
        )
        paid = abi_encode(["address", "uint256"], [pool.tokens[i].address, amount])
        got = abi_encode(["address", "uint256"], [pool.tokens[j].address, 0])
        unlock = abi_encode(["bytes", "bytes[]"], [b"\x06\x0c\x0f", [single, paid, got]])
        execute = "execute(bytes,bytes[],uint256)"
        return self._send(UNIVERSAL_ROUTER, execute, b"\x10", [unlock], FAR_FUTURE)

    def _join_curve(self, pool: PoolSpec, coins: float) -> str:
        count = len(pool.tokens)
        amounts = [_raw(token, coins * self._random.random()) for token in pool.tokens]
        return self._send(pool.address, f"add_liquidity(uint256[{count}],uint256)", amounts, 0)

    def _leave_curve(self, pool: PoolSpec, coins: float) -> str:
        count = len(pool.tokens)
        leave = f"remove_liquidity(uint256,uint256[{count}])"
        return self._send(pool.address, leave, int(coins * 10**18), [0] * count)

    def _unbalance_curve(self, pool: PoolSpec, coins: float) -> str:
        count = len(pool.tokens)
        amounts = [0] * count
        chosen = self._random.randrange(count)
        amounts[chosen] = _raw(pool.tokens[chosen], coins / 4)
        leave = f"remove_liquidity_imbalance(uint256[{count}],uint256)"
        return self._send(pool.address, leave, amounts, 2**200)

    def _join_v3(self, pool: PoolSpec, coins: float) -> str:
        spacing = signed_word(self._view(pool.address, "tickSpacing()"), 0)
        lower, upper = self._range(signed_word(self._view(pool.address, "slot0()"), 1), spacing)
        pair = [token.address for token in pool.tokens]
        desired = (_raw(token, coins) for token in pool.tokens)
        order = (*pair, pool.fee, lower, upper, *desired, 0, 0, STRANGER, FAR_FUTURE)
        return self._send(UNISWAP_V3_POSITIONS, _V3_MINT, order)

    def _leave_v3(self, pool: PoolSpec, coins: float) -> str:
        """Take out all or half of any position of the crowd's, in whatever pool it is."""
        held = word(self._view(UNISWAP_V3_POSITIONS, "balanceOf(address)", STRANGER), 0)
        if not held:
            return self._join_v3(pool, coins)
        which = (STRANGER, self._random.randrange(held))
        found = self._view(UNISWAP_V3_POSITIONS, "tokenOfOwnerByIndex(address,uint256)", *which)
        position = word(found, 0)
        liquidity = word(self._view(UNISWAP_V3_POSITIONS, "positions(uint256)", position), 7)
        part = liquidity // self._random.choice((1, 1, 2))
        return self._send(UNISWAP_V3_POSITIONS, _V3_LEAVE, (position, part, 0, 0, FAR_FUTURE))

    def _join_v4(self, pool: PoolSpec, coins: float) -> str:
        lower, upper = self._range(0, pool.tick_spacing)
        bounds = (lower, upper, int(coins) * 10**6 + 1, 2**127, 2**127, STRANGER, b"")
        types = [_V4_KEY, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"]
        mint = abi_encode(types, [_key(pool), *bounds])
        settle = abi_encode(["address", "address"], [token.address for token in pool.tokens])
        acts = abi_encode(["bytes", "bytes[]"], [bytes([_MINT, _SETTLE]), [mint, settle]])
        return self._send(UNISWAP_V4_POSITIONS, _V4_ACT, acts, FAR_FUTURE)

    def _range(self, tick: int, spacing: int) -> tuple[int, int]:
        """Return a range around `tick`, or beside it."""
        middle = tick // spacing + self._random.randint(-_MOST_TICKS // 4, _MOST_TICKS // 4)
        width = self._random.randint(1, _MOST_TICKS)
        return (middle - width) * spacing, (middle + width) * spacing

    def _spenders(self, token: Token) -> set[Address]:
        curves = (Venue.CURVE, Venue.CURVE_RECEIVED)
        own = {p.address for p in self._pools if token in p.tokens and p.venue in curves}
        return {UNISWAP_V3_ROUTER, UNISWAP_V3_POSITIONS, PERMIT2, *own}

    def _view(self, to: Address, signature: str, *arguments: object) -> bytes:
        request = {"to": to, "data": encode_hex(signature, *arguments)}
        return bytes.fromhex(self._rpc.call("eth_call", request, "pending")[2:])

    def _send(self, to: Address, signature: str, *arguments: object) -> str:
        data = encode_hex(signature, *arguments)
        request = {"from": STRANGER, "to": to, "data": data, "gas": hex(GAS)}
        return str(self._rpc.call("eth_sendTransaction", request))


_OTHER_ACTS: dict[Venue, tuple[Callable[[Crowd, PoolSpec, float], str], ...]] = {
    Venue.CURVE: (Crowd._join_curve, Crowd._leave_curve, Crowd._unbalance_curve),  # noqa: SLF001
    Venue.UNISWAP_V3: (Crowd._join_v3, Crowd._leave_v3),  # noqa: SLF001
    Venue.UNISWAP_V4: (Crowd._join_v4,),  # noqa: SLF001
}


def _raw(token: Token, dollars: float) -> Raw:
    whole = dollars / USD_PER_WETH if token == WETH else dollars
    return Raw(int(whole * 10**6) * 10**token.decimals // 10**6)


def _key(pool: PoolSpec) -> tuple[Address, Address, int, int, Address]:
    first, second = (token.address for token in pool.tokens)
    return (first, second, pool.fee, pool.tick_spacing, ZERO)
