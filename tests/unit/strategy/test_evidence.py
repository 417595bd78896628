import msgspec
import pytest
from support.asset_views import moment
from support.depeg_cases import evidence_of, rail

from bot.domain.coins import Par
from bot.domain.ticks import Composition, Redemption
from bot.domain.units import WAD, Wad
from bot.strategy.evidence import RedemptionState, entropy_of, rail_of, redemption_state, share_of


def _paid(value: int, currency: str = "USD", capacity: int | None = None) -> Redemption:
    return Redemption(
        venue="psm",
        asset="DAI",
        currency=currency,
        value=Wad(value),
        capacity=None if capacity is None else Wad(capacity),
        at=moment(0),
        seen_at=moment(0),
    )


def _pool(*balances: int) -> Composition:
    return Composition(
        venue="3pool",
        assets=("DAI", "USDC", "USDT")[: len(balances)],
        balances=tuple(Wad(b * WAD) for b in balances),
        at=moment(0),
        seen_at=moment(0),
    )


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((), RedemptionState.UNKNOWN),
        ((0.0,), RedemptionState.SUSPENDED),
        ((0.0, 0.999), RedemptionState.OPEN),
        ((0.9901,), RedemptionState.OPEN),
        ((0.9899,), RedemptionState.PARTIAL),
        ((0.0, 0.5), RedemptionState.PARTIAL),
    ],
)
def test_rails_together_offer_what_the_best_of_them_does(
    values: tuple[float, ...], state: RedemptionState
) -> None:
    assert evidence_of(*(rail(value) for value in values)).redemption is state


def test_a_rail_that_takes_next_to_nothing_is_no_floor() -> None:
    def taking(coins: int) -> RedemptionState:
        limited = msgspec.structs.replace(rail(1.0), capacity=Wad(coins * WAD))
        return evidence_of(limited).redemption

    assert taking(100_000) is RedemptionState.OPEN
    assert taking(99_999) is RedemptionState.PARTIAL
    assert taking(0) is RedemptionState.SUSPENDED


def test_near_par_is_near_the_coins_own_par() -> None:
    bond = Par(low=Wad(87 * 10**16))
    assert redemption_state((rail(0.87),), bond) is RedemptionState.OPEN
    assert redemption_state((rail(0.87),), Par()) is RedemptionState.PARTIAL


def test_a_rail_that_pays_in_a_fallen_coin_pays_less() -> None:
    found = rail_of(_paid(WAD, "USDC"), Par(), Wad(88 * 10**16))
    assert found is not None
    assert found.worth == 88 * 10**16


def test_a_rail_that_pays_in_what_nobody_prices_is_not_known_but_a_shut_one_is() -> None:
    assert rail_of(_paid(WAD, "USDC"), Par(), None) is None
    shut = rail_of(_paid(0, "USDC"), Par(), None)
    assert shut is not None
    assert not shut.is_open


def test_a_rail_that_takes_no_more_is_shut() -> None:
    found = rail_of(_paid(WAD, capacity=0), Par(), None)
    assert found is not None
    assert found.worth == 0


def test_entropy_is_one_when_balanced_and_falls_with_one_coin() -> None:
    assert entropy_of(_pool(5, 5, 5)) == pytest.approx(1.0)
    assert entropy_of(_pool(90, 5, 5)) == pytest.approx(0.359, abs=1e-3)
    assert entropy_of(_pool(90, 0, 0)) == 0.0
    assert entropy_of(_pool(0, 0, 0)) == 0.0


def test_a_share_is_of_all_coins_of_the_pool() -> None:
    assert share_of(_pool(1, 2, 5), "USDC") == pytest.approx(0.25)
    assert share_of(_pool(1, 2, 5), "UST") == 0.0
