import pytest
from support.entry_cases import wad

from bot.domain.assets import USDC
from bot.domain.plans import Loan, Mode
from bot.domain.units import Raw, Wei
from bot.domain.venues import Lender
from bot.strategy.costs import GasBid
from bot.strategy.flash_viability import (
    CapitalOffer,
    FlashEvaluator,
    FlashOffer,
    Funding,
    flash_offer_of,
)
from bot.strategy.offers import Offer


def flash(net: float, *, landing: float = 1.0) -> FlashOffer:
    return FlashOffer(net_usd=wad(net), cost_usd=wad(40), loan_usd=wad(2_000_000), landing=landing)


def capital(expected: float, *, risk: float = 0.0) -> CapitalOffer:
    return CapitalOffer(usd=wad(20_000), expected_usd=wad(expected), risk=risk)


def test_what_is_worth_more_is_chosen() -> None:
    evaluator = FlashEvaluator()
    assert evaluator.compare(flash(300), capital(200), None).choice is Funding.FLASH
    assert evaluator.compare(flash(200), capital(300), None).choice is Funding.CAPITAL


def test_both_are_chosen_where_both_can_be_had_and_are_worth_more() -> None:
    found = FlashEvaluator().compare(flash(200), capital(300), capital(150))
    assert found.choice is Funding.MIXED
    assert (found.flash_usd, found.capital_usd, found.mixed_usd) == (wad(200), wad(300), wad(350))


def test_the_entry_alone_is_chosen_where_what_the_loan_takes_is_worth_more_to_it() -> None:
    found = FlashEvaluator().compare(flash(20), capital(300), capital(150))
    assert found.choice is Funding.CAPITAL


def test_of_equals_the_one_is_chosen_that_holds_nothing() -> None:
    assert FlashEvaluator().compare(flash(200), capital(200), None).choice is Funding.FLASH
    assert FlashEvaluator().compare(flash(200), None, capital(0)).choice is Funding.FLASH


@pytest.mark.parametrize(("risk", "choice"), [(0.2, Funding.CAPITAL), (0.4, Funding.FLASH)])
def test_capital_counts_less_by_its_risk(risk: float, choice: Funding) -> None:
    assert FlashEvaluator().compare(flash(200), capital(300, risk=risk), None).choice is choice


@pytest.mark.parametrize(("landing", "choice"), [(0.9, Funding.FLASH), (0.5, Funding.CAPITAL)])
def test_a_transaction_counts_by_its_chance_to_land(landing: float, choice: Funding) -> None:
    found = FlashEvaluator().compare(flash(300, landing=landing), capital(200), None)
    assert found.choice is choice


@pytest.mark.parametrize(
    ("loan", "own"), [(None, None), (flash(-5), None), (None, capital(-1)), (flash(0), capital(0))]
)
def test_what_is_worth_nothing_is_not_done(
    loan: FlashOffer | None, own: CapitalOffer | None
) -> None:
    assert FlashEvaluator().compare(loan, own, None).choice is Funding.NEITHER


def test_the_reason_has_every_figure() -> None:
    told = FlashEvaluator().compare(flash(200, landing=0.8), capital(300), None).reason
    assert told == (
        "own capital: flash loan 160.00 usd, both not possible, own capital 300.00 usd "
        "(loan of 2,000,000.00, gas and tip 40.00, 80% to land)"
    )


def test_the_atomic_engine_s_offer_is_valued_at_the_price_of_what_it_counts_in() -> None:
    offer = Offer(
        token=USDC,
        mode=Mode.PUSH,
        legs=(),
        loans=(Loan(lender=Lender.MORPHO, token=USDC, amount=Raw(2_000_000 * 10**6)),),
        profit=Raw(340 * 10**6),
        bid=GasBid(
            max_fee_per_gas=Wei(1),
            priority_fee_per_gas=Wei(1),
            total=Wei(1),
            cost=Raw(40 * 10**6),
        ),
        net_usdc=300 * 10**6,
    )
    at_par = flash_offer_of(offer, wad(1), 0.5)
    assert (at_par.net_usd, at_par.cost_usd, at_par.loan_usd) == (wad(300), wad(40), wad(2e6))
    assert at_par.expected_usd == wad(150)
    assert flash_offer_of(offer, wad("0.9"), 0.5).net_usd == wad(270)
