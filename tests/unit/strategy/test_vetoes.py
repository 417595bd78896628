import pytest
from support.depeg_cases import depeg_of, evidence_of, rail

from bot.domain.depegs import Breadth
from bot.domain.opportunities import Veto
from bot.strategy.vetoes import vetoes


def test_a_sound_coin_near_par_that_many_see_is_not_vetoed() -> None:
    assert vetoes(depeg_of(-60), evidence_of()) == ()


def test_suspended_redemption_vetoes_and_announcing_it_open_lifts_all_doubt() -> None:
    fallen = depeg_of(-1_260)
    assert vetoes(fallen, evidence_of(rail(0.0))) == (
        Veto.REDEMPTION_SUSPENDED,
        Veto.BACKING_UNKNOWN,
    )
    assert vetoes(fallen, evidence_of(rail(1.0))) == ()


def test_a_premium_needs_no_redemption() -> None:
    assert vetoes(depeg_of(150), evidence_of(rail(0.0))) == ()


@pytest.mark.parametrize(
    ("off_bps", "hit_share", "vetoed"),
    [(-99, None, False), (-100, None, True), (-100, 0.083, False), (-100, 0.0, False)],
)
def test_a_loss_of_unknown_size_vetoes_from_one_percent_on(
    off_bps: float, hit_share: float | None, *, vetoed: bool
) -> None:
    found = vetoes(depeg_of(off_bps), evidence_of(hit_share=hit_share))
    assert (Veto.BACKING_UNKNOWN in found) is vetoed


def test_a_coin_that_is_not_listed_is_never_held() -> None:
    found = vetoes(depeg_of(-30, asset="NEW"), evidence_of(rail(1.0), asset="NEW"))
    assert found == (Veto.BACKING_UNKNOWN,)


@pytest.mark.parametrize("off_bps", [-20, -900, 20])
def test_a_reflexive_coin_is_never_held_though_it_redeems_and_no_loss_is_known(
    off_bps: float,
) -> None:
    told = evidence_of(rail(1.0), asset="UST", hit_share=0.0)
    assert vetoes(depeg_of(off_bps, asset="UST"), told) == (Veto.REFLEXIVE,)


@pytest.mark.parametrize(("jump_bps", "vetoed"), [(None, False), (500, False), (501, True)])
def test_a_supply_that_jumps_vetoes_beyond_the_coins_cap(
    jump_bps: float | None, *, vetoed: bool
) -> None:
    found = vetoes(depeg_of(-60), evidence_of(supply_jump_bps=jump_bps))
    assert (Veto.BUG_MINT in found) is vetoed


def test_a_price_of_one_venue_alone_vetoes() -> None:
    local = depeg_of(-3_500, asset="USDe", breadth=Breadth.VENUE_LOCAL)
    assert Veto.VENUE_LOCAL in vetoes(local, evidence_of(rail(1.0), asset="USDe"))
