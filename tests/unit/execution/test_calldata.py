import os
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from bot.chain.abi import decode, selector
from bot.chain.artifacts import load_artifact
from bot.domain import venues
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import Leg, Plan
from bot.domain.units import Address, Raw
from bot.domain.venues import Lender, PoolSpec
from bot.execution.calldata import (
    _BY_SELECTOR,
    EXECUTE,
    SWEEP,
    encode_constructor,
    encode_execute,
    encode_sweep,
    explain_revert,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "calldata"
OWNER = Address("0x1111111111111111111111111111111111111111")
OPERATOR = Address("0x2222222222222222222222222222222222222222")
PLAN_TYPES = "(uint8,address,uint256),(uint8,address,address,address,uint8,uint8)[],uint256,uint256"


def leg(pool: PoolSpec, coin_in: int, coin_out: int) -> Leg:
    return Leg(pool=pool, coin_in=coin_in, coin_out=coin_out, amount_in=Raw(1), amount_out=Raw(1))


def plan(lender: Lender, loan: int, legs: tuple[Leg, ...]) -> Plan:
    return Plan(
        block=99,
        lender=lender,
        token=legs[0].token_in,
        loan=Raw(loan),
        fee=Raw(0),
        legs=legs,
        profit=Raw(0),
        min_profit=Raw(1_234_567),
        max_block=100,
    )


# One per lender, and every kind of pool in every direction that its encoding tells apart.
PLANS = {
    "aave_v3__curve__uniswap_v3": plan(
        Lender.AAVE_V3,
        1_000_000 * 10**6,
        (leg(venues.CURVE_SUSD, 2, 1), leg(venues.V3_USDC_USDT, 0, 1)),
    ),
    "balancer_v2__lite_psm__uniswap_v3": plan(
        Lender.BALANCER_V2,
        1_000_000 * 10**18,
        (leg(venues.LITE_PSM_USDC, 1, 0), leg(venues.V3_DAI_USDC, 1, 0)),
    ),
    "morpho__uniswap_v2__lite_psm__curve": plan(
        Lender.MORPHO,
        500_000 * 10**6,
        (
            leg(venues.V2_USDC_USDT, 1, 0),
            leg(venues.LITE_PSM_USDC, 0, 1),
            leg(venues.CURVE_SUSD, 0, 2),
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


def test_calldata_carries_every_field_of_the_plan() -> None:
    data = encode_execute(PLANS["morpho__uniswap_v2__lite_psm__curve"])
    loan, steps, min_profit, max_block = decode(PLAN_TYPES, data[4:])
    assert loan == (2, USDT.address.lower(), 500_000 * 10**6)
    assert steps[0] == (
        1,
        venues.V2_USDC_USDT.address.lower(),
        USDT.address.lower(),
        USDC.address.lower(),
        1,
        0,
    )
    assert steps[2][2:] == (DAI.address.lower(), USDT.address.lower(), 0, 2)
    assert (min_profit, max_block) == (1_234_567, 100)


def test_signatures_are_those_of_the_compiled_contract() -> None:
    functions = {
        _signature(entry)
        for entry in load_artifact("DepegExecutor").abi
        if entry["type"] == "function"
    }
    assert {EXECUTE, SWEEP} <= functions


def test_every_error_of_the_contract_is_explained_and_no_other() -> None:
    errors = {
        selector(_signature(entry)): [item["name"] for item in entry["inputs"]]
        for entry in load_artifact("IDepegExecutor").abi
        if entry["type"] == "error"
    }
    solidity = {selector("Error(string)"), selector("Panic(uint256)")}
    known = {key: names for key, (_, _, names) in _BY_SELECTOR.items() if key not in solidity}
    assert known == errors


def test_constructor_arguments_are_owner_then_operator() -> None:
    arguments = encode_constructor(OWNER, OPERATOR)
    assert decode("address,address", arguments) == (OWNER, OPERATOR)
    (constructor,) = (
        entry for entry in load_artifact("DepegExecutor").abi if entry["type"] == "constructor"
    )
    assert [item["name"] for item in constructor["inputs"]] == ["owner", "operator"]


def test_sweep_names_the_token() -> None:
    assert decode("address", encode_sweep(DAI.address)[4:]) == (DAI.address.lower(),)


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
        (selector("EmptyPlan()"), "EmptyPlan"),
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
    data = selector("NothingReceived(uint256)") + abi_encode(["uint256"], [1])
    assert explain_revert("0x" + data.hex()) == explain_revert(data) == "NothingReceived: step 1"


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
