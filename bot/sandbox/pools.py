"""Uniswap pools of the local mainnet: the bot's own, and more for studies of gas and routes."""

import msgspec
from eth_abi.abi import encode as abi_encode
from eth_abi.packed import encode_packed
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain.assets import DAI, USDC, USDT, WETH, Token
from bot.domain.units import Address, Pips
from bot.domain.venues import (
    PANCAKE_V2_FACTORY,
    SUSHI_FACTORY,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    UNISWAP_V4_POOL_MANAGER,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
    Venue,
)
from bot.sandbox.addresses import ZERO, labelled

V2_PAIR_CODE_HASH = bytes.fromhex(
    "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
)
SUSHI_PAIR_CODE_HASH = bytes.fromhex(
    "e18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"
)
PANCAKE_PAIR_CODE_HASH = bytes.fromhex(
    "57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d"
)
V3_POOL_CODE_HASH = bytes.fromhex(
    "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"
)
LOWEST, LOW, MIDDLE = Pips(100), Pips(500), Pips(3_000)  # V3 fee tiers
TICK_SPACINGS = {LOWEST: 1, LOW: 10, MIDDLE: 60}


class V3Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A pool and what is put into it; half-widths in ticks around the price of the dollar."""

    pool: PoolSpec
    fee: Pips
    ranges: tuple[tuple[int, int], ...]  # half-width, dollars of each token


class V4Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A pool without hooks at the dollar's price, filled in one range."""

    tokens: tuple[Token, Token]
    fee: Pips
    spacing: int
    half_width: int  # ticks
    depth: int  # dollars of each

    @property
    def key(self) -> tuple[Address, Address, int, int, Address]:
        """The pool's key, as the pool manager wants it."""
        first, second = (token.address for token in self.tokens)
        return (first, second, self.fee, self.spacing, ZERO)

    @property
    def pool(self) -> PoolSpec:
        """The pool, for the bot."""
        first, second = (token.symbol for token in self.tokens)
        return PoolSpec(
            name=f"Uniswap V4 {first}/{second} {self.fee / 10_000:g}%",
            venue=Venue.UNISWAP_V4,
            address=UNISWAP_V4_POOL_MANAGER,
            tokens=self.tokens,
            fee=self.fee,
            tick_spacing=self.spacing,
        )


class V2Maker(msgspec.Struct, frozen=True, kw_only=True):
    """Uniswap V2 or a fork of it."""

    place: int  # among the factories the executor knows
    name: str
    factory: Address
    code_hash: bytes  # of the pair's creation code


def plain_tokens() -> tuple[Token, Token]:
    """Return two tokens of 18 decimals in the order of their addresses."""
    low, high = sorted((labelled("plain token 1"), labelled("plain token 2")), key=_number)
    return (
        Token(symbol="PLAIN-A", address=low, decimals=18),
        Token(symbol="PLAIN-B", address=high, decimals=18),
    )


def v2_pool(first: Token, second: Token, maker: V2Maker) -> PoolSpec:
    """Return the pair `maker` makes; CREATE2 decides its address."""
    tokens = in_order(first, second)
    salt = keccak(encode_packed(["address", "address"], [token.address for token in tokens]))
    return PoolSpec(
        name=f"{maker.name} {first.symbol}/{second.symbol}",
        venue=Venue.UNISWAP_V2,
        address=_create2(maker.factory, salt, maker.code_hash),
        tokens=tokens,
        factory=maker.place,
    )


def v3_pool(first: Token, second: Token, fee: Pips) -> PoolSpec:
    """Return the pool the V3 factory makes; CREATE2 decides its address."""
    tokens = in_order(first, second)
    words = [*(token.address for token in tokens), fee]
    salt = keccak(abi_encode(["address", "address", "uint24"], words))
    return PoolSpec(
        name=f"Uniswap V3 {first.symbol}/{second.symbol} {fee / 10_000:g}%",
        venue=Venue.UNISWAP_V3,
        address=_create2(UNISWAP_V3_FACTORY, salt, V3_POOL_CODE_HASH),
        tokens=tokens,
        fee=fee,
    )


def in_order(first: Token, second: Token) -> tuple[Token, Token]:
    """Return both as Uniswap orders them, by their addresses."""
    low, high = sorted((first, second), key=lambda token: _number(token.address))
    return low, high


def _number(address: Address) -> int:
    return int(address, 16)


def _create2(factory: Address, salt: bytes, code_hash: bytes) -> Address:
    digest = keccak(b"\xff" + bytes.fromhex(factory[2:]) + salt + code_hash)
    return Address(to_checksum_address(digest[-20:]))


PLAIN_A, PLAIN_B = plain_tokens()
UNISWAP = V2Maker(
    place=0, name="Uniswap V2", factory=UNISWAP_V2_FACTORY, code_hash=V2_PAIR_CODE_HASH
)
SUSHI = V2Maker(place=1, name="SushiSwap", factory=SUSHI_FACTORY, code_hash=SUSHI_PAIR_CODE_HASH)
PANCAKE = V2Maker(
    place=2, name="PancakeSwap V2", factory=PANCAKE_V2_FACTORY, code_hash=PANCAKE_PAIR_CODE_HASH
)
V2_PLAIN = v2_pool(PLAIN_A, PLAIN_B, UNISWAP)
SUSHI_PAIRS = (v2_pool(USDC, USDT, SUSHI), v2_pool(PLAIN_A, PLAIN_B, SUSHI))
PANCAKE_PAIRS = (v2_pool(USDC, USDT, PANCAKE), v2_pool(PLAIN_A, PLAIN_B, PANCAKE))
V3_PLAIN = v3_pool(PLAIN_A, PLAIN_B, LOWEST)
V3_PLAIN_LOW = v3_pool(PLAIN_A, PLAIN_B, LOW)
V3_USDC_USDT_LOW = v3_pool(USDC, USDT, LOW)
V3_USDC_USDT_MIDDLE = v3_pool(USDC, USDT, MIDDLE)
V3_DAI_USDT = v3_pool(DAI, USDT, LOWEST)
V3_USDC_WETH = v3_pool(USDC, WETH, LOW)
V3_USDT_WETH = v3_pool(USDT, WETH, LOW)
V3_DAI_WETH = v3_pool(DAI, WETH, LOW)

_PARITY = ((5, 20_000_000), (50, 10_000_000), (500, 3_000_000))
_ETHER = ((1_000, 3_000_000), (10_000, 3_000_000))
_COARSE = ((50, 10_000_000), (500, 3_000_000))
V3_OPENINGS = (
    V3Opening(pool=V3_USDC_USDT, fee=LOWEST, ranges=_PARITY),
    V3Opening(pool=V3_DAI_USDC, fee=LOWEST, ranges=_PARITY),
    V3Opening(pool=V3_USDC_USDT_LOW, fee=LOW, ranges=_COARSE),
    V3Opening(pool=V3_USDC_USDT_MIDDLE, fee=MIDDLE, ranges=((600, 6_000_000),)),
    V3Opening(pool=V3_DAI_USDT, fee=LOWEST, ranges=_PARITY),
    V3Opening(pool=V3_USDC_WETH, fee=LOW, ranges=_ETHER),
    V3Opening(pool=V3_USDT_WETH, fee=LOW, ranges=_ETHER),
    V3Opening(pool=V3_DAI_WETH, fee=LOW, ranges=_ETHER),
    V3Opening(pool=V3_PLAIN, fee=LOWEST, ranges=_PARITY),
    V3Opening(pool=V3_PLAIN_LOW, fee=LOW, ranges=_COARSE),
)
V4_USDC_USDT = V4Opening(
    tokens=(USDC, USDT), fee=Pips(10), spacing=1, half_width=10, depth=10_000_000
)
V4_USDC_USDT_100 = V4Opening(
    tokens=(USDC, USDT), fee=LOWEST, spacing=1, half_width=50, depth=10_000_000
)
V4_PLAIN = V4Opening(
    tokens=(PLAIN_A, PLAIN_B), fee=LOWEST, spacing=1, half_width=50, depth=10_000_000
)
V4_PLAIN_500 = V4Opening(
    tokens=(PLAIN_A, PLAIN_B), fee=LOW, spacing=10, half_width=500, depth=10_000_000
)
V4_OPENINGS = (V4_USDC_USDT, V4_USDC_USDT_100, V4_PLAIN, V4_PLAIN_500)
