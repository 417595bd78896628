"""A plan that does not close in its own token cannot exist."""

from typing import Any

import msgspec
import pytest

from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import AmountMode, Certificate, Leg, Loan, Mode, Plan, Tip
from bot.domain.units import Bps, Raw, Wei
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT, Lender, PoolSpec, Venue

OUT = Leg(pool=CURVE_SUSD, coin_in=1, coin_out=2, amount_in=Raw(100), amount_out=Raw(110))
BACK = Leg(pool=V3_USDC_USDT, coin_in=1, coin_out=0, amount_in=Raw(110), amount_out=Raw(105))
V4 = msgspec.structs.replace(V3_USDC_USDT, name="Uniswap V4", venue=Venue.UNISWAP_V4)
PULL = Plan(
    block=7,
    mode=Mode.PULL,
    token=USDC,
    legs=(OUT, BACK),
    profit=Raw(5),
    min_profit=Raw(1),
    max_block=8,
)
LOAN = Loan(lender=Lender.AAVE_V3, token=USDC, amount=Raw(100), fee=Raw(2))
PUSH = msgspec.structs.replace(PULL, mode=Mode.PUSH, loans=(LOAN,), profit=Raw(3))


def through(pool: PoolSpec) -> tuple[Leg, Leg]:
    return OUT, msgspec.structs.replace(BACK, pool=pool)


def test_a_leg_names_its_tokens_by_their_place_in_the_pool() -> None:
    assert (OUT.token_in, OUT.token_out) == (USDC, USDT)


def test_a_route_reads_from_loan_token_to_loan_token() -> None:
    assert PULL.route == (
        "USDC -[Curve DAI/USDC/USDT/sUSD]-> USDT -[Uniswap V3 USDC/USDT 0.01%]-> USDC"
    )


def test_a_split_reads_branch_by_branch() -> None:
    first = msgspec.structs.replace(OUT, takes=AmountMode.SHARE, share=Bps(4_000))
    second = Leg(
        pool=V2_USDC_USDT,
        coin_in=0,
        coin_out=1,
        amount_in=Raw(60),
        amount_out=Raw(66),
        takes=AmountMode.ALL,
    )
    plan = msgspec.structs.replace(PUSH, legs=(first, second, BACK))
    assert plan.route == (
        "USDC -[Curve DAI/USDC/USDT/sUSD]-> USDT, USDC -[Uniswap V2 USDC/USDT]-> USDT"
        " -[Uniswap V3 USDC/USDT 0.01%]-> USDC"
    )


def test_a_plan_says_who_advances_what() -> None:
    assert (PULL.funding, PULL.stake, PULL.fee) == (f"the {V3_USDC_USDT.name} pool itself", 100, 0)
    assert (PUSH.funding, PUSH.stake, PUSH.fee) == ("aave_v3", 100, 2)
    other = Loan(lender=Lender.MORPHO, token=USDT, amount=Raw(9))
    both = msgspec.structs.replace(PUSH, loans=(LOAN, other))
    assert (both.funding, both.stake, both.fee) == ("aave_v3 and morpho", 100, 2)


def test_a_flash_swap_brings_the_other_token_of_its_pool() -> None:
    swap = Loan(lender=Lender.UNISWAP_V3_SWAP, token=USDT, amount=Raw(9), pool=V3_USDC_USDT)
    flash = msgspec.structs.replace(swap, lender=Lender.UNISWAP_V3)
    assert (swap.received, flash.received, LOAN.received) == (USDC, USDT, USDC)


def test_a_flash_swap_is_a_swap_of_the_plan_and_no_lender() -> None:
    loan = Loan(
        lender=Lender.UNISWAP_V3_SWAP,
        token=USDT,
        amount=Raw(110),
        pool=V3_USDC_USDT,
        pays=Raw(105),
    )
    plan = msgspec.structs.replace(PUSH, legs=(OUT,), loans=(loan,), profit=Raw(5))
    assert plan.swaps == (BACK, OUT)
    assert plan.funding == f"the {V3_USDC_USDT.name} pool itself"
    assert plan.route == (
        "USDT -[Uniswap V3 USDC/USDT 0.01%]-> USDC -[Curve DAI/USDC/USDT/sUSD]-> USDT"
    )
    assert (PUSH.swaps, LOAN.swap) == (PUSH.legs, None)
    both = msgspec.structs.replace(plan, loans=(LOAN, loan))
    assert both.funding == f"aave_v3 and the {V3_USDC_USDT.name} pool itself"


def test_the_gap_is_what_part_of_the_bound_a_plan_leaves() -> None:
    def gap(bound: int, worth: int) -> float:
        return Certificate(bound=Raw(bound), worth=worth).gap

    assert gap(1_000, 999) == pytest.approx(0.001)
    assert gap(1_000, 1_001) == 0.0  # a pool keeps its fee between two swaps of one plan
    assert gap(0, 0) == 0.0
    assert gap(100, -100) == 2.0


@pytest.mark.parametrize(
    ("change", "doubtful"),
    [
        ({}, False),
        ({"worth": 10_000 * 10**6}, False),  # what pools keep of their fees
        ({"worth": 10_020 * 10**6}, True),
        ({"cold": True}, True),
        ({"search_gap": 2e-4}, True),
        ({"search_gap": 5e-5}, False),
    ],
)
def test_a_search_is_doubted_where_it_restarted_or_its_bound_was_beaten(
    change: dict[str, Any], *, doubtful: bool
) -> None:
    found = Certificate(bound=Raw(10_000 * 10**6), worth=9_999 * 10**6)
    assert msgspec.structs.replace(found, **change).is_doubtful is doubtful


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"legs": ()}, "empty plan"),
        ({"legs": (msgspec.structs.replace(OUT, amount_in=Raw(0)), BACK)}, "empty plan"),
        ({"token": DAI}, "start and end"),
        ({"legs": (OUT,)}, "start and end"),
        ({"legs": (OUT, OUT, BACK)}, "do not chain"),
        ({"legs": through(CURVE_SUSD)}, "start and end"),
        ({"token": USDT, "legs": (BACK, OUT)}, "cannot pay before it is paid"),
        ({"loans": (LOAN,)}, "1 loans in a plan of mode PULL"),
        ({"mode": Mode.PUSH}, "0 loans in a plan of mode PUSH"),
        ({"mode": Mode.PULL_LEDGER}, "with no V4 leg"),
        ({"legs": through(V4)}, "with a V4 leg"),
    ],
)
def test_a_route_that_is_no_round_trip_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        msgspec.structs.replace(PULL, **change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"legs": (BACK, OUT)}, "nothing is held of USDT"),
        ({"token": DAI}, "do not make what is owed and earned"),
        ({"loans": ()}, "0 loans"),
    ],
)
def test_a_program_that_swaps_what_it_has_not_is_refused(
    change: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        msgspec.structs.replace(PUSH, **change)


def test_a_plan_with_a_v4_leg_runs_in_the_ledger() -> None:
    plan = msgspec.structs.replace(PULL, mode=Mode.PULL_LEDGER, legs=through(V4))
    assert plan.funding == "the Uniswap V4 pool itself"


@pytest.mark.parametrize("share", [0, 10_001])
def test_a_tip_is_a_share_of_the_profit(share: int) -> None:
    with pytest.raises(ValueError, match="tip share"):
        Tip(share=Bps(share), cap=Wei(1))


CERTIFIED = msgspec.structs.replace(
    PUSH, certificate=Certificate(bound=Raw(9), worth=7, net_bound=Raw(8), cold=True)
)


@pytest.mark.parametrize("plan", [PULL, PUSH, CERTIFIED])
def test_a_plan_written_to_the_journal_reads_back_unchanged(plan: Plan) -> None:
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
