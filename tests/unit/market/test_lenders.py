"""What a loan costs, to the base unit: half up at Aave, up at Balancer, nothing at Morpho."""

import pytest
from fakes.markets import lender

from bot.domain.assets import USDC
from bot.domain.units import Raw
from bot.domain.venues import Lender


@pytest.mark.parametrize(
    ("loan", "fee"),
    [
        (999, 0),
        (1_000, 1),
        (1_001, 1),
        (2_999, 1),
        (3_000, 2),
        (10_000, 5),
        (4_000 * 10**18, 2 * 10**18),
    ],
)
def test_aave_asks_five_basis_points_rounded_half_up(loan: int, fee: int) -> None:
    assert lender(Lender.AAVE_V3, USDC, 1e6, bps=5).fee(Raw(loan)) == fee


@pytest.mark.parametrize(("loan", "fee"), [(1, 1), (10_000, 1), (10_001, 2), (20_000, 2)])
def test_balancer_rounds_its_percentage_up(loan: int, fee: int) -> None:
    assert lender(Lender.BALANCER_V2, USDC, 1e6, wad=0.0001).fee(Raw(loan)) == fee


@pytest.mark.parametrize("kind", list(Lender))
def test_a_lender_without_a_fee_asks_for_nothing(kind: Lender) -> None:
    assert lender(kind, USDC, 1e6).fee(Raw(10**30)) == 0
