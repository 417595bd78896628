"""A plan that does not close in its own token cannot exist."""

import msgspec
import pytest

from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import Leg, Plan
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT, Lender

OUT = Leg(pool=CURVE_SUSD, coin_in=1, coin_out=2, amount_in=Raw(100), amount_out=Raw(110))
BACK = Leg(pool=V3_USDC_USDT, coin_in=1, coin_out=0, amount_in=Raw(110), amount_out=Raw(105))
PLAN = Plan(
    block=7,
    lender=Lender.MORPHO,
    token=USDC,
    loan=Raw(100),
    fee=Raw(0),
    legs=(OUT, BACK),
    profit=Raw(5),
    min_profit=Raw(1),
    max_block=8,
)


def test_a_leg_names_its_tokens_by_their_place_in_the_pool() -> None:
    assert (OUT.token_in, OUT.token_out) == (USDC, USDT)


def test_a_route_reads_from_loan_token_to_loan_token() -> None:
    assert PLAN.route == (
        "USDC -[Curve DAI/USDC/USDT/sUSD]-> USDT -[Uniswap V3 USDC/USDT 0.01%]-> USDC"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"legs": ()}, "empty plan"),
        ({"loan": Raw(0)}, "empty plan"),
        ({"fee": Raw(-1)}, "empty plan"),
        ({"token": DAI}, "start and end"),
        ({"legs": (OUT,)}, "start and end"),
        ({"legs": (OUT, OUT, BACK)}, "do not chain"),
    ],
)
def test_a_plan_that_is_no_round_trip_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        msgspec.structs.replace(PLAN, **change)


def test_a_plan_written_to_the_journal_reads_back_unchanged() -> None:
    assert msgspec.json.decode(msgspec.json.encode(PLAN), type=Plan) == PLAN
