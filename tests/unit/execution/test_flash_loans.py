"""What every lender's answers mean, and which of their changes are reported."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from fakes.engine_parts import head_of
from fakes.loopback import NodeError, fake_node

from bot.chain.abi import encode, selector
from bot.chain.lens import LENS
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, USDC, Token
from bot.domain.messages import Changed, LenderChange
from bot.domain.units import WAD, Address, Bps, Pips, Raw
from bot.domain.venues import (
    AAVE_POOL,
    CRVUSD_FLASH_LENDER,
    DSS_FLASH,
    GHO_FLASH_MINTER,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    V3_USDC_WETH,
    Lender,
)
from bot.execution.flash_loans import IMPLEMENTATION_SLOT, FlashLenders
from bot.market.lenders import LenderState, bps_half_up, bps_up, pips_up, wad_up

ATOKEN = "0x" + "aa" * 20
USABLE = 1 << 56 | 1 << 63  # active, flash loans on
MILLION = 10**12  # of USDC
OTHER_CHEAP = msgspec.structs.replace(V3_USDC_USDT, address=Address("0x" + "99" * 20))
POOLS = (V3_USDC_USDT, V3_DAI_USDC, OTHER_CHEAP, V3_USDC_WETH, V2_USDC_USDT)
TOKENS = (USDC, DAI, GHO, CRVUSD)


def word(value: int) -> bytes:
    return abi_encode(["uint256"], [value])


class Chain:
    """Answers reads by their selector, or by target and selector where that was said."""

    def __init__(self) -> None:
        self.in_aave = True
        self.implementation = {AAVE_POOL: 0x11}
        self.code: dict[Address, int] = {}
        self.held: dict[Address, int] = {}  # by V3 pools, at the start
        self.heard: list[LenderChange] = []
        self.by_selector: dict[str, bytes] = {
            "FLASHLOAN_PREMIUM_TOTAL()": word(5),
            "getConfiguration(address)": word(USABLE),
            "POOL_REVISION()": word(8),
            "totalSupply()": word(90 * MILLION),
            "getVirtualUnderlyingBalance(address)": word(70 * MILLION),
            "balanceOf(address)": word(80 * MILLION),
            "getFlashLoanFeePercentage()": word(10**14),
            "getPausedState()": word(0) + word(1) + word(2),
            "getReservesOf(address)": word(60 * MILLION),
            "liquidity()": word(1),
            "maxFlashLoan(address)": word(50 * MILLION),
            "flashFee(address,uint256)": word(0),
            "max()": word(55 * MILLION),
            "getFee()": word(2),
            "getFacilitatorBucket(address)": word(77 * MILLION) + word(0),
            "fee()": word(0),
            "version()": b"",
        }

    @contextmanager
    def lenders(self, tokens: tuple[Token, ...] = TOKENS) -> Iterator[FlashLenders]:
        methods = {"eth_call": self._call, "eth_getStorageAt": self._slot}
        with fake_node(methods) as node:
            rpc = RpcClient(node.url, timeout_s=2.0)
            try:
                yield FlashLenders(rpc, tokens, POOLS, tell=self.heard.append)
            finally:
                rpc.close()

    def states(self, lenders: FlashLenders, block: int = 100) -> dict[tuple[str, str], LenderState]:
        known = {selector(signature): answer for signature, answer in self.by_selector.items()}
        answers = [known[read.data[:4]] for read in lenders.reads]
        return {
            (state.lender.name, state.token.symbol): state
            for state in lenders.states(block, answers)
        }

    def _call(self, call: dict[str, str], where: Any, _override: Any = None) -> str:
        if call["to"] == LENS:
            return self._lens(call["data"], where)
        assert call["to"] == AAVE_POOL
        if not self.in_aave:
            raise NodeError("execution reverted")
        return "0x" + "00" * 32 * 8 + "00" * 12 + ATOKEN[2:] + "00" * 32 * 6

    def _lens(self, data: str, where: Any) -> str:
        """Answer reads of who holds how much, at the start, and of code, later."""
        (reads,) = abi_decode(["(address,bytes)[]"], bytes.fromhex(data[10:]))
        asked = [to_checksum_address(view[-20:]) for _, view in reads]
        known = self.held if where == "latest" else self.code
        answers = [word(known.get(Address(each), 0)) for each in asked]
        types = ["uint256", "uint256", "bytes[]"]
        return "0x" + abi_encode(types, [100, 1_750_000_000, answers]).hex()

    def _slot(self, address: Address, slot: str, _where: Any) -> str:
        assert slot == IMPLEMENTATION_SLOT
        return f"0x{self.implementation.get(address, 0):064x}"


def seen(**answers: bytes) -> dict[tuple[str, str], LenderState]:
    chain = Chain()
    for name, answer in answers.items():
        signature = next(known for known in chain.by_selector if known.partition("(")[0] == name)
        chain.by_selector[signature] = answer
    with chain.lenders() as lenders:
        return chain.states(lenders)


def test_nine_lenders_are_read_with_their_fees() -> None:
    states = seen()
    assert {state.lender for state in states.values()} == {
        *(Lender.AAVE_V3, Lender.BALANCER_V2, Lender.BALANCER_V3, Lender.MORPHO),
        *(Lender.UNISWAP_V4, Lender.UNISWAP_V3, Lender.ERC3156),
    }
    targets = {state.target for state in states.values() if state.lender is Lender.ERC3156}
    assert targets == {DSS_FLASH, GHO_FLASH_MINTER, CRVUSD_FLASH_LENDER}
    assert states["AAVE_V3", "USDC"].charge == bps_half_up(Bps(5))
    assert states["BALANCER_V2", "USDC"].charge == wad_up(10**14)
    assert states["UNISWAP_V3", "USDC"].charge == pips_up(Pips(100))
    assert states["ERC3156", "GHO"].charge == bps_half_up(Bps(2))
    free = [("MORPHO", "USDC"), ("UNISWAP_V4", "USDC"), ("BALANCER_V3", "USDC")]
    assert all(states[key].fee(Raw(10**30)) == 0 for key in [*free, ("ERC3156", "DAI")])


def test_the_smallest_of_a_lenders_own_limits_counts() -> None:
    states = seen()
    assert states["AAVE_V3", "USDC"].available == 70 * MILLION
    assert states["BALANCER_V3", "USDC"].available == 60 * MILLION
    assert states["ERC3156", "DAI"].available == 50 * MILLION
    supplied = seen(totalSupply=word(40 * MILLION))
    assert supplied["AAVE_V3", "USDC"].available == 40 * MILLION
    uncounted = seen(getVirtualUnderlyingBalance=b"")  # releases before 3.1
    assert uncounted["AAVE_V3", "USDC"].available == 80 * MILLION


def test_aave_rounds_up_from_revision_9_on() -> None:
    assert seen(POOL_REVISION=word(9))["AAVE_V3", "USDC"].charge == bps_up(Bps(5))


@pytest.mark.parametrize(
    "flags", [0, 1 << 56, 1 << 63, USABLE | 1 << 60], ids=["all", "no loans", "inactive", "paused"]
)
def test_a_reserve_that_aave_switched_off_has_nothing_to_lend(flags: int) -> None:
    assert seen(getConfiguration=word(flags))["AAVE_V3", "USDC"].available == 0


def test_a_paused_vault_has_nothing_to_lend() -> None:
    assert seen(getPausedState=word(1) + word(1) + word(2))["BALANCER_V2", "DAI"].available == 0


def test_a_v3_pool_without_liquidity_in_range_has_nothing_to_lend() -> None:
    assert seen(liquidity=word(0))["UNISWAP_V3", "USDC"].available == 0


def test_only_the_two_deepest_v3_pools_of_the_cheapest_tier_lend_a_token() -> None:
    chain = Chain()
    pools = (V3_DAI_USDC, V3_USDC_USDT, OTHER_CHEAP, V3_USDC_WETH)
    chain.held = {pool.address: depth for depth, pool in enumerate(pools, start=1)}
    with chain.lenders() as lenders:
        chosen = [(offer.pool, offer.token) for offer in lenders.offers if offer.pool is not None]
    assert chosen == [(OTHER_CHEAP, USDC), (V3_USDC_USDT, USDC), (V3_DAI_USDC, DAI)]


@pytest.mark.parametrize(
    ("silent", "who"),
    [
        ("FLASHLOAN_PREMIUM_TOTAL", ("AAVE_V3", "USDC")),
        ("getConfiguration", ("AAVE_V3", "USDC")),
        ("getFlashLoanFeePercentage", ("BALANCER_V2", "USDC")),
        ("getReservesOf", ("BALANCER_V3", "USDC")),
        ("maxFlashLoan", ("ERC3156", "CRVUSD")),
        ("getFee", ("ERC3156", "GHO")),
    ],
)
def test_a_lender_that_does_not_tell_its_terms_lends_nothing(
    silent: str, who: tuple[str, str]
) -> None:
    assert who not in seen(**{silent: b""})
    assert ("MORPHO", "USDC") in seen(**{silent: b""})


def test_a_token_that_aave_does_not_know_is_not_borrowed_there() -> None:
    chain = Chain()
    chain.in_aave = False
    with chain.lenders() as lenders:
        assert Lender.AAVE_V3 not in {offer.lender for offer in lenders.offers}


def test_the_crvusd_lender_that_tells_its_version_waits_for_the_money() -> None:
    assert not seen()["ERC3156", "crvUSD"].takes_back
    assert seen(version=word(32) + word(5))["ERC3156", "crvUSD"].takes_back


def test_equal_reads_are_asked_once() -> None:
    with Chain().lenders() as lenders:
        asked = [read.data for read in lenders.reads]
        assert asked.count(encode("FLASHLOAN_PREMIUM_TOTAL()")) == 1
        assert len(set(lenders.reads)) == len(lenders.reads)


def changes_after(signature: str, answer: bytes, tokens: tuple[Token, ...]) -> list[LenderChange]:
    chain = Chain()
    with chain.lenders(tokens) as lenders:
        chain.states(lenders, 100)
        chain.states(lenders, 101)
        assert chain.heard == []
        chain.by_selector[signature] = answer
        chain.states(lenders, 102)
        found = list(chain.heard)
        chain.states(lenders, 103)
        assert chain.heard == found  # told once
    return found


def test_a_new_fee_is_reported() -> None:
    (change,) = changes_after("FLASHLOAN_PREMIUM_TOTAL()", word(9), (USDC,))
    assert change == LenderChange(
        block=102,
        lender="Aave V3",
        asset="USDC",
        what=Changed.FEE,
        before="5/10000 rounded half up",
        after="9/10000 rounded half up",
    )


@pytest.mark.parametrize(
    ("signature", "answer", "after"),
    [
        ("getConfiguration(address)", word(USABLE | 1 << 60), "closed"),
        ("getConfiguration(address)", b"", "silent"),
    ],
)
def test_a_pause_is_reported_and_so_is_silence(signature: str, answer: bytes, after: str) -> None:
    (change,) = changes_after(signature, answer, (USDC,))
    assert (change.what, change.before, change.after) == (Changed.PAUSE, "open", after)


def test_a_new_ceiling_is_reported() -> None:
    (change,) = changes_after("max()", word(7), (DAI,))
    assert (change.lender, change.what) == ("DssFlash", Changed.CEILING)
    assert (change.before, change.after) == (f"{55 * MILLION}", "7")


def test_a_new_release_of_aave_is_reported_with_its_new_rounding() -> None:
    fee, release = changes_after("POOL_REVISION()", word(9), (USDC,))
    assert (fee.what, fee.after) == (Changed.FEE, "5/10000 rounded up")
    assert (release.what, release.after) == (Changed.IMPLEMENTATION, "revision 9")


def test_what_is_available_changes_without_a_report() -> None:
    assert changes_after("balanceOf(address)", word(1), (USDC,)) == []
    assert changes_after("maxFlashLoan(address)", word(1), (DAI,)) == []


@contextmanager
def checked(chain: Chain) -> Iterator[Callable[[int], list[LenderChange]]]:
    """Yield what checks the code at a block, and returns what was reported of it."""
    with chain.lenders((USDC,)) as lenders:

        def check(block: int) -> list[LenderChange]:
            chain.heard.clear()
            lenders.check_code(head_of(block))
            return list(chain.heard)

        yield check


def test_a_proxy_that_points_elsewhere_is_reported_once() -> None:
    chain = Chain()
    with checked(chain) as check:
        assert check(100) == check(101) == []
        chain.implementation[AAVE_POOL] = 0x22
        (change,) = check(102)
        assert check(103) == []
    assert (change.block, change.lender, change.what) == (102, "Aave V3", Changed.IMPLEMENTATION)
    assert change.before.endswith("proxy of 0x" + "11".zfill(40))
    assert change.after.endswith("proxy of 0x" + "22".zfill(40))


def test_other_code_at_a_lenders_address_is_reported() -> None:
    chain = Chain()
    with checked(chain) as check:
        assert check(100) == []
        chain.code[UNISWAP_V4_POOL_MANAGER] = 0xC0DE
        (change,) = check(101)
    assert (change.lender, change.what) == ("Uniswap V4", Changed.IMPLEMENTATION)
    assert change.after == f"code {0xC0DE:064x}"


def test_the_loan_names_what_the_executor_needs() -> None:
    states = seen()
    assert states["ERC3156", "DAI"].loan(Raw(WAD // 10**9)).target == DSS_FLASH
    assert states["UNISWAP_V3", "USDC"].loan(Raw(1)).pool in POOLS
    plain = states["UNISWAP_V4", "USDC"].loan(Raw(1))
    assert (plain.target, plain.pool, plain.takes_back) == (None, None, False)
    assert msgspec.structs.astuple(plain)[0] is Lender.UNISWAP_V4
