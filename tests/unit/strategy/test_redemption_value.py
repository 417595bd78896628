import msgspec
import pytest
from support.depeg_cases import evidence_of, rail
from support.held_positions import held_of, wad

from bot.strategy.redemption_value import Redeeming, RedemptionValue, rail_hours, shut_chance
from bot.strategy.trading_costs import TradingCosts

_COSTS = TradingCosts(gas_usd=0.0, transfer_usd=0.0, carry_bps_per_year=0.0)


def best(
    *rails: object, costs: TradingCosts = _COSTS, never: float = 0.0, hours: int = 0
) -> Redeeming | None:
    told = msgspec.structs.replace(evidence_of(hours_until_banks=hours), rails=rails)
    rails = {"issuer": "kraken", "psm": "kraken"}
    return RedemptionValue(rails, costs).best(held_of(on_exit=100), wad(0.95), told, never)


def test_the_rail_that_is_worth_most_of_those_that_are_open_and_ours() -> None:
    found = best(
        rail(0.99), rail(0.995, venue="psm"), rail(1.0, venue="strange"), rail(0, venue="psm")
    )
    assert found is not None
    assert (found.rail.venue, found.value) == ("psm", pytest.approx(0.995))
    assert best(rail(0.0), rail(1.0, venue="strange")) is None


def test_an_issuer_takes_its_days_after_its_banks_open_and_a_contract_does_not() -> None:
    evidence = evidence_of(hours_until_banks=40)
    assert rail_hours(rail(1.0), evidence, _COSTS) == 64.0
    assert rail_hours(rail(1.0, pays_in="DAI"), evidence, _COSTS) == pytest.approx(0.1)


@pytest.mark.parametrize(("hours", "chance"), [(0.0, 0.0), (6.0, 0.25), (24.0, 1.0), (64.0, 1.0)])
def test_the_longer_it_takes_the_likelier_it_shuts(hours: float, chance: float) -> None:
    assert shut_chance(hours) == chance


def test_a_rail_that_may_shut_is_worth_less_the_longer_it_takes() -> None:
    by_bank, by_chain = (best(rail(1.0, pays_in=c), never=0.1) for c in ("USD", "DAI"))
    assert by_bank is not None
    assert by_bank.value == pytest.approx(0.9 * 1.0 + 0.1 * 0.95 * 0.2)
    assert by_chain is not None
    assert by_chain.value > 0.999


def test_fixed_costs_are_spread_over_what_is_handed_in() -> None:
    dear = msgspec.structs.replace(_COSTS, gas_usd=18.0, transfer_usd=9.0)
    by_bank, by_chain = (best(rail(1.0, pays_in=c), costs=dear) for c in ("USD", "DAI"))
    assert by_bank is not None
    assert (by_bank.amount, by_bank.value) == (wad(900), pytest.approx(1.0 - 0.01))
    assert by_chain is not None
    assert by_chain.value == pytest.approx(1.0 - 0.02)
    narrow = msgspec.structs.replace(rail(1.0), capacity=wad(100))
    little = best(narrow, costs=dear)
    assert little is not None
    assert (little.amount, little.value) == (wad(100), pytest.approx(1.0 - 0.09))


def test_a_rail_takes_only_what_is_at_its_venue() -> None:
    told = msgspec.structs.replace(evidence_of(), rails=(rail(1.0),))
    value = RedemptionValue({"issuer": "ethereum"}, _COSTS)
    split = held_of(venues={"kraken": 700, "ethereum": 300})
    found = value.best(split, wad(0.95), told, 0.0)
    assert found is not None
    assert found.amount == wad(300)
    assert value.best(held_of(), wad(0.95), told, 0.0) is None


def test_carry_is_taken_for_as_long_as_it_takes() -> None:
    found = best(rail(1.0), costs=msgspec.structs.replace(_COSTS, carry_bps_per_year=876.0))
    assert found is not None
    assert found.value == pytest.approx(1.0 - 2.4e-4)
