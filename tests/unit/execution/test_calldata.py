import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth_abi.abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from bot.chain.abi import decode, selector
from bot.chain.artifacts import PROJECT_ROOT, load_artifact
from bot.domain import venues
from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.errors import BadConfiguration
from bot.domain.executor_lists import MAINNET_LISTS
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan, Tip
from bot.domain.units import Address, Bps, Pips, Raw, Wei
from bot.domain.venues import Lender, PoolSpec, Venue
from bot.execution.calldata import (
    _BY_SELECTOR,
    EXECUTE,
    WITHDRAW,
    encode_constructor,
    encode_execute,
    encode_withdraw,
    explain_revert,
    is_by_pools,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "calldata"
OWNER, OPERATOR, TREASURY = (Address("0x" + digit * 40) for digit in "123")
PARENT = "0x" + "11" * 24 + "0123456789abcdef"
V4_USDC_USDT = PoolSpec(
    name="Uniswap V4 USDC/USDT",
    venue=Venue.UNISWAP_V4,
    address=venues.UNISWAP_V4_POOL_MANAGER,
    tokens=(USDC, USDT),
    fee=Pips(10),
    tick_spacing=-1,  # no pool has a negative one: shows that the sign is kept
)


def leg(pool: PoolSpec, coin_in: int, coin_out: int, amount: int = 1, **rest: Any) -> Leg:
    amounts = {"amount_in": Raw(amount), "amount_out": Raw(1)}
    return Leg(pool=pool, coin_in=coin_in, coin_out=coin_out, **amounts, **rest)


def plan(mode: Mode, legs: tuple[Leg, ...], **rest: Any) -> Plan:
    return Plan(
        block=99,
        mode=mode,
        token=legs[-1].token_out,
        legs=legs,
        profit=Raw(0),
        min_profit=Raw(1_234_567),
        max_block=100,
        **rest,
    )


def share(bps: int) -> dict[str, Any]:
    return {"takes": AmountMode.SHARE, "share": Bps(bps)}


ALL = {"takes": AmountMode.ALL}
# Every mode, and every field of a word.
PLANS = {
    "pull__curve__uniswap_v3": plan(
        Mode.PULL,
        (leg(venues.CURVE_SUSD, 2, 1, 10**12), leg(venues.V3_USDC_USDT, 0, 1, 999 * 10**9)),
    ),
    "pull__lite_psm__uniswap_v3__uniswap_v2__tip": plan(
        Mode.PULL,
        (
            leg(venues.LITE_PSM_USDC, 0, 1, 10**12),
            leg(venues.V3_DAI_USDC, 0, 1, 10**24),
            leg(venues.V2_USDC_USDT, 0, 1, 10**12),
            leg(venues.V2_USDC_USDT, 1, 0, 10**12),
        ),
        parent_hash=PARENT,
        tip=Tip(share=Bps(9_000), cap=Wei(10**18), legs=(leg(venues.V2_USDC_WETH, 0, 1, **ALL),)),
    ),
    "pull_ledger__uniswap_v4__uniswap_v3": plan(
        Mode.PULL_LEDGER,
        (leg(V4_USDC_USDT, 1, 0, 10**12), leg(venues.V3_USDC_USDT, 0, 1, 10**12)),
    ),
    "push__two_loans__split__join": plan(
        Mode.PUSH,
        (
            leg(venues.CURVE_SUSD, 1, 2, 10**12, **share(3_500)),
            leg(venues.V2_USDC_USDT, 0, 1, 10**12, **ALL),
            leg(venues.LITE_PSM_USDC, 1, 0, 10**24),
            leg(venues.V3_USDC_USDT, 1, 0, 10**12, **ALL),
        ),
        loans=(
            Loan(lender=Lender.MORPHO, token=USDC, amount=Raw(2 * 10**12)),
            Loan(
                lender=Lender.ERC3156,
                token=DAI,
                amount=Raw(10**24),
                target=venues.DSS_FLASH,
                takes_back=True,
            ),
            Loan(
                lender=Lender.UNISWAP_V3,
                token=USDC,
                amount=Raw(3),
                pool=venues.V3_USDC_USDT,
            ),
        ),
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_calldata_equals_the_golden_file_that_forge_executes(name: str) -> None:
    path = GOLDEN / f"{name}.hex"
    written = "0x" + encode_execute(PLANS[name]).hex() + "\n"
    if os.environ.get("REPEG_WRITE_GOLDEN"):
        path.write_text(written)
    assert path.read_text() == written, "changed on purpose? run with REPEG_WRITE_GOLDEN=1"


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.hex")} == set(PLANS)


def words_of(name: str) -> list[int]:
    data = encode_execute(PLANS[name])
    assert data[:4] == selector(EXECUTE)
    assert len(data) % 32 == 4
    return [int.from_bytes(data[at : at + 32], "big") for at in range(4, len(data), 32)]


def bits(word: int, low: int, high: int) -> int:
    return word >> low & (1 << high - low + 1) - 1


def fields(word: int) -> list[int]:
    """Return kind, tokens, x, y, z, spacing, amount mode, amount of a step."""
    ranges = [(0, 7), (8, 15), (16, 23), (24, 31), (32, 39), (40, 47), (48, 71), (72, 79)]
    assert bits(word, 80, 127) == 0
    return [bits(word, *each) for each in ranges] + [word >> 128]


def test_the_head_carries_mode_token_block_parent_tip_and_least_profit() -> None:
    head = words_of("pull__lite_psm__uniswap_v3__uniswap_v2__tip")[0]
    assert [bits(head, low, low + 7) for low in (0, 8, 16, 24)] == [0, 0, 2, 0]
    assert bits(head, 32, 63) == 100
    assert bits(head, 64, 127) == 0x0123456789ABCDEF
    assert head >> 128 == 1_234_567
    assert bits(words_of("push__two_loans__split__join")[0], 64, 127) == 0


def test_steps_name_tokens_and_targets_by_their_place_on_the_lists() -> None:
    usdc, usdt, dai, curve = (
        MAINNET_LISTS.token_index(USDC),
        MAINNET_LISTS.token_index(USDT),
        MAINNET_LISTS.token_index(DAI),
        MAINNET_LISTS.target_index(venues.CURVE_SUSD.address),
    )
    first, second = words_of("pull__curve__uniswap_v3")[1:]
    assert fields(first) == [0, usdt, usdc, curve, 2, 1, 0, 0, 10**12]
    assert fields(second) == [2, usdc, usdt, 100, 0, 0, 0, 0, 999 * 10**9]
    psm = words_of("push__two_loans__split__join")[6]
    module = MAINNET_LISTS.target_index(venues.LITE_PSM_USDC.address)
    assert fields(psm) == [3, dai, usdc, module, 1, 0, 0, 0, 10**24]


def test_a_v4_step_carries_fee_and_signed_tick_spacing() -> None:
    step = words_of("pull_ledger__uniswap_v4__uniswap_v3")[1]
    assert fields(step)[3:7] == [10, 0, 0, 2**24 - 1]


def test_shares_stand_in_basis_points_and_all_as_nothing() -> None:
    _, _, _, _, split, rest, _, join = words_of("push__two_loans__split__join")
    assert fields(split)[-2:] == [1, 3_500]
    assert fields(rest)[-2:] == fields(join)[-2:] == [2, 0]


def test_loans_come_first_each_with_what_its_lender_needs() -> None:
    morpho, maker, flash = words_of("push__two_loans__split__join")[1:4]
    usdc, usdt, dai = (MAINNET_LISTS.token_index(token) for token in (USDC, USDT, DAI))
    assert fields(morpho) == [130, usdc, 0, 0, 0, 0, 0, 0, 2 * 10**12]
    target = MAINNET_LISTS.target_index(venues.DSS_FLASH)
    assert fields(maker) == [134, dai, 0, target, 1, 0, 0, 0, 10**24]
    assert fields(flash) == [133, usdc, usdt, 100, 0, 0, 0, 0, 3]


def test_the_tip_stands_last_with_its_swaps() -> None:
    tip, swap = words_of("pull__lite_psm__uniswap_v3__uniswap_v2__tip")[-2:]
    assert (bits(tip, 0, 15), bits(tip, 16, 127), tip >> 128) == (9_000, 0, 10**18)
    assert fields(swap)[2] == MAINNET_LISTS.token_index(WETH)


def test_what_is_not_listed_cannot_be_encoded() -> None:
    stranger = Address("0x" + "ab" * 20)
    unknown = msgspec.structs.replace(venues.CURVE_SUSD, address=stranger)
    broken = msgspec.structs.replace(
        PLANS["pull__curve__uniswap_v3"],
        legs=(leg(unknown, 2, 1), leg(venues.V3_USDC_USDT, 0, 1)),
    )
    with pytest.raises(BadConfiguration, match="abab"):
        encode_execute(broken)


def test_amounts_beyond_128_bits_are_refused() -> None:
    huge = (leg(venues.CURVE_SUSD, 2, 1, 2**128), leg(venues.V3_USDC_USDT, 0, 1))
    with pytest.raises(ValueError, match="128 bits"):
        encode_execute(msgspec.structs.replace(PLANS["pull__curve__uniswap_v3"], legs=huge))


def test_signatures_are_those_of_the_compiled_contract() -> None:
    functions = {
        _signature(entry)
        for entry in load_artifact("DepegExecutor").abi
        if entry["type"] == "function"
    }
    assert {EXECUTE, WITHDRAW} <= functions


def test_every_error_of_the_contract_is_explained_and_no_other() -> None:
    errors = {
        selector(_signature(entry)): [item["name"] for item in entry["inputs"]]
        for entry in load_artifact("IDepegExecutor").abi
        if entry["type"] == "error"
    }
    solidity = {selector("Error(string)"), selector("Panic(uint256)")}
    known = {key: names for key, (_, _, names) in _BY_SELECTOR.items() if key not in solidity}
    assert known == errors


def test_constructor_arguments_are_the_roles_and_the_lists() -> None:
    arguments = encode_constructor(OWNER, OPERATOR, TREASURY)
    roles_and_lists = decode("address,address,address,address[],bytes32[]", arguments)
    assert roles_and_lists[:3] == (OWNER, OPERATOR, TREASURY)
    assert roles_and_lists[3][0] == USDC.address.lower()
    assert roles_and_lists[4] == tuple(target.word for target in MAINNET_LISTS.targets)
    (constructor,) = (
        entry for entry in load_artifact("DepegExecutor").abi if entry["type"] == "constructor"
    )
    names = [item["name"] for item in constructor["inputs"]]
    assert names == ["owner", "operator", "treasury", "tokens", "targets"]


def test_venues_and_lenders_are_numbered_as_in_the_contract() -> None:
    source = (PROJECT_ROOT / "contracts/interfaces/IDepegExecutor.sol").read_text()
    for kind in (Venue, Lender, Mode, AmountMode):
        body = re.search(rf"enum {kind.__name__} \{{(.*?)\n    \}}", source, re.DOTALL)
        assert body is not None
        names = re.findall(r"^        (\w+),?$", body[1], re.MULTILINE)
        assert [name.upper() for name in names] == [each.name.replace("_", "") for each in kind]


def test_withdraw_names_the_token() -> None:
    assert decode("address", encode_withdraw(DAI.address)[4:]) == (DAI.address.lower(),)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            selector("ProfitBelowMinimum(uint256)") + abi_encode(["uint256"], [42]),
            "ProfitBelowMinimum: shortfallRaw 42",
        ),
        (
            selector("UnknownPool(address)") + abi_encode(["address"], [USDT.address]),
            f"UnknownPool: pool {USDT.address}",
        ),
        (
            selector("TooLate(uint256,uint256)") + abi_encode(["uint256", "uint256"], [8, 7]),
            "TooLate: blockNumber 8, maxBlock 7",
        ),
        (selector("IsPaused()"), "IsPaused"),
        (selector("Error(string)") + abi_encode(["string"], ["STF"]), "reverted: STF"),
        (
            selector("Error(string)") + abi_encode(["string"], ["a\nb\x1b[2J"]),
            "reverted: a?b?[2J",
        ),
        (
            selector("Panic(uint256)") + abi_encode(["uint256"], [0x11]),
            "panicked: arithmetic overflow (0x11)",
        ),
        (
            selector("Panic(uint256)") + abi_encode(["uint256"], [0x77]),
            "panicked: unknown code (0x77)",
        ),
        (b"", "reverted without a reason"),
        ("0x", "reverted without a reason"),
        ("0xdeadbeef00", "unknown error 0xdeadbeef00"),
        ("oops", "unreadable revert data 'oops'"),
        (selector("UnknownPool(address)") + b"\1", "UnknownPool with unreadable data 0x01"),
    ],
)
def test_a_revert_is_explained_in_one_line(data: str | bytes, line: str) -> None:
    assert explain_revert(data) == line


def test_hex_text_and_bytes_are_explained_alike() -> None:
    data = selector("BadLength(uint256)") + abi_encode(["uint256"], [1])
    assert explain_revert("0x" + data.hex()) == explain_revert(data) == "BadLength: length 1"


@given(st.sampled_from(sorted(_BY_SELECTOR)), st.binary(max_size=200))
def test_no_revert_data_breaks_the_explanation(known: bytes, tail: bytes) -> None:
    line = explain_revert(known + tail)
    assert line
    assert line.isprintable()


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(_type(item) for item in entry['inputs'])})"


def _type(item: dict[str, Any]) -> str:
    if not item["type"].startswith("tuple"):
        return item["type"]
    inner = ",".join(_type(component) for component in item["components"])
    return f"({inner}){item['type'].removeprefix('tuple')}"


@pytest.mark.parametrize(
    ("error", "by_pools"),
    [
        ("IsPaused()", False),
        ("NotOperator(address)", False),
        ("TooLate(uint256,uint256)", False),
        ("ProfitBelowMinimum(uint256)", True),
        ("PartialFill(address,uint256)", True),
        ("Error(string)", True),
        ("SomePoolsOwn()", True),
    ],
)
def test_only_reverts_that_a_pool_can_cause_speak_against_pools(error: str, by_pools: bool) -> None:  # noqa: FBT001
    assert is_by_pools("0x" + selector(error).hex()) is by_pools


def test_a_revert_without_data_speaks_against_pools() -> None:
    assert is_by_pools("0x")
