"""Discovery in Curve's NG factory, which no local chain has: a node that answers for it."""

from collections.abc import Callable
from typing import Any

from eth_abi.abi import encode as abi_encode
from fakes.loopback import fake_node

from bot.chain.abi import decode, encode, selector
from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC, USDT
from bot.domain.units import Address
from bot.domain.venues import Kind, PoolSpec, Venue
from bot.domain.wanted_pools import WantedPools
from bot.feeds.discovery import discover

NOBODY = "0x" + 40 * "0"
PLAIN = Address("0x1111111111111111111111111111111111111111")
WITH_STRANGER = Address("0x2222222222222222222222222222222222222222")
STRANGER = "0x3333333333333333333333333333333333333333"
CURVE_STATE = "(uint256,uint256,uint256,uint256,uint256[4],bool,uint256,uint256[])"
WANTED = WantedPools(
    tokens=("USDC", "USDT", "GHO"), uniswap_v2=False, uniswap_v3_fees=(), uniswap_v4_keys=()
)


class NgFactory:
    """Knows two pools of USDC and USDT: one plain, one with a third coin nobody knows."""

    def __init__(self, depth: int) -> None:
        self.depth = depth  # whole coins of each

    def methods(self) -> dict[str, Callable[..., Any]]:
        return {"eth_getCode": lambda *_: "0x00", "eth_call": self._call}

    def _call(self, call: dict[str, str], *_: Any) -> str:
        ((*reads,),) = decode("(address,bytes)[]", bytes.fromhex(call["data"][10:]))
        answers = [self._said(question) for _, question in reads]
        types = ["uint256", "uint256", "bytes[]"]
        return "0x" + abi_encode(types, [1, 1_750_000_000, answers]).hex()

    def _said(self, question: bytes) -> bytes:
        pair = {USDC.address, USDT.address}
        if question[:4] == selector("find_pool_for_coins(address,address,uint256)"):
            first, second, place = decode("address,address,uint256", question[4:])
            known = [PLAIN, WITH_STRANGER] if {first, second} == {a.lower() for a in pair} else []
            found = known[place] if place < len(known) else NOBODY
            return abi_encode(["address"], [found])
        if question == encode("get_coins(address)", PLAIN):
            return abi_encode(["address[8]"], [[USDC.address, USDT.address, *6 * [NOBODY]]])
        if question == encode("get_coins(address)", WITH_STRANGER):
            coins = [USDC.address, USDT.address, STRANGER, *5 * [NOBODY]]
            return abi_encode(["address[8]"], [coins])
        return self._about_the_pool(question)

    def _about_the_pool(self, question: bytes) -> bytes:
        answers: dict[bytes, bytes] = {
            encode("stableSwapNg(address)", PLAIN): self._state(),
            encode("coins(uint256)", 0): abi_encode(["address"], [USDC.address]),
            encode("coins(uint256)", 1): abi_encode(["address"], [USDT.address]),
            encode("decimals()"): abi_encode(["uint256"], [6]),
        }
        return answers.get(question, b"")

    def _state(self) -> bytes:
        held = [self.depth * 10**6] * 2
        terms = (20_000, 100, 10**6, 5 * 10**9, (0, 0, 0, 0), False, 1_750_000_000, held)
        return abi_encode([CURVE_STATE, "uint256", "uint256[]"], [terms, 5 * 10**10, [10**30] * 2])


def found_by(factory: NgFactory) -> tuple[PoolSpec, ...]:
    with fake_node(factory.methods()) as node:
        rpc = RpcClient(node.url, timeout_s=2.0)
        try:
            return discover(rpc, WANTED, ())
        finally:
            rpc.close()


def test_a_pool_of_known_coins_is_found_with_its_coins_in_order() -> None:
    (pool,) = found_by(NgFactory(depth=5_000_000))
    assert (pool.address, pool.tokens) == (PLAIN, (USDC, USDT))
    assert (pool.venue, pool.kind) == (Venue.CURVE, Kind.STABLESWAP_NG)
    assert pool.name == "Curve NG USDC/USDT 0x1111"


def test_a_pool_with_hardly_anything_in_it_is_not_worth_reading() -> None:
    assert found_by(NgFactory(depth=9_999)) == ()
