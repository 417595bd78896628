"""The table of pools: what the executor and the address derivations rely on."""

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain import venues
from bot.domain.assets import BY_ADDRESS, BY_SYMBOL
from bot.domain.messages import NoPlan, Refusal
from bot.domain.units import Raw
from bot.domain.venues import (
    POOLS,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    V2_USDC_USDT,
    V2_USDC_WETH,
    V3_DAI_USDC,
    V3_USDC_USDT,
    Venue,
)

V2_CODE = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
V3_CODE = "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"


def create2(factory: str, salt: bytes, code_hash: str) -> str:
    parts = b"\xff" + bytes.fromhex(factory[2:]) + salt + bytes.fromhex(code_hash)
    return to_checksum_address(keccak(parts)[-20:])


def test_every_address_is_checksummed() -> None:
    named = [value for value in vars(venues).values() if isinstance(value, str)]
    found = [value for value in named if value.startswith("0x") and len(value) == 42]
    found += [pool.address for pool in POOLS] + list(BY_ADDRESS)
    assert found == [to_checksum_address(address) for address in found]


def test_no_pool_and_no_token_is_listed_twice() -> None:
    assert len({pool.address for pool in POOLS}) == len({pool.name for pool in POOLS}) == len(POOLS)
    assert len(BY_ADDRESS) == len(BY_SYMBOL)


def test_uniswap_pairs_stand_where_their_factories_put_them() -> None:
    for pool in (V2_USDC_USDT, V2_USDC_WETH):
        salt = keccak(b"".join(bytes.fromhex(token.address[2:]) for token in pool.tokens))
        assert create2(UNISWAP_V2_FACTORY, salt, V2_CODE) == pool.address
    for pool in (V3_USDC_USDT, V3_DAI_USDC):
        words = [bytes(12) + bytes.fromhex(token.address[2:]) for token in pool.tokens]
        salt = keccak(b"".join(words) + (100).to_bytes(32, "big"))
        assert create2(UNISWAP_V3_FACTORY, salt, V3_CODE) == pool.address


def test_uniswap_tokens_stand_in_the_order_of_their_addresses() -> None:
    for pool in POOLS:
        if pool.venue in (Venue.UNISWAP_V2, Venue.UNISWAP_V3):
            numbers = [int(token.address, 16) for token in pool.tokens]
            assert numbers == sorted(numbers)


def test_tokens_show_amounts_with_their_symbol() -> None:
    assert BY_SYMBOL["USDC"].show(Raw(1_234_567_891)) == "1,234.56 USDC"
    assert BY_SYMBOL["SUSD"].show(Raw(10**18), 0) == "1 sUSD"


def test_a_refusal_is_one_line_that_says_why() -> None:
    refusal = NoPlan(block=9, refusal=Refusal.BELOW_COST, detail="0.10 USDC")
    assert refusal.line == "block 9: best cycle does not pay for gas and tip: 0.10 USDC"
