import msgspec
import pytest
from support.asset_views import moment
from support.depeg_cases import rail
from support.entry_cases import WIDE, case_of, market, means_of, opportunity_of, wad

from bot.domain.opportunities import Way
from bot.domain.orders import Level, NetworkStatus, VenueBook
from bot.domain.risk import RiskLimits
from bot.domain.ticks import SourceKind
from bot.strategy.entry_venues import Approach, approach_of
from bot.strategy.trading_means import Market

GOOD = market(("0.92", 1_000), venue="binance")


def approach(
    *markets: Market,
    way: Way = Way.POSITION,
    limits: RiskLimits = WIDE,
    dollars: dict[str, float] | None = None,
) -> Approach:
    case = case_of(rails=(rail(1.0),))
    means = means_of(*markets, dollars=dollars)
    return approach_of(case, opportunity_of(case, way), means, limits, 2.0)


def why(found: Approach) -> str:
    """The reason why the first one is left out, with the good one beside it in use."""
    assert [one.market.venue for one in found.ladders] == ["binance"]
    (left_out,) = found.left_out
    return left_out.reason


def with_book(bids: list[float], asks: list[float], amount: float = 1_000) -> Market:
    levels = [[Level(price=wad(p), amount=wad(amount)) for p in side] for side in (bids, asks)]
    book = VenueBook(
        venue="kraken",
        pair="USDC/USD",
        bids=tuple(levels[0]),
        asks=tuple(levels[1]),
        at=moment(60),
    )
    return msgspec.structs.replace(market(("0.92", 1_000)), book=book)


def test_a_halted_venue_is_left_out() -> None:
    found = approach(market(("0.92", 1_000), is_trading=False), GOOD)
    assert why(found) == "the venue does not trade it now"


@pytest.mark.parametrize(("age_s", "is_used"), [(4.9, True), (5.1, False), (-5.1, False)])
def test_a_book_that_is_old_or_from_the_future_is_left_out(age_s: float, *, is_used: bool) -> None:
    found = approach(market(("0.92", 1_000), at=moment(60 - age_s)), GOOD)
    assert len(found.ladders) == 1 + is_used
    assert is_used or "s old, at most 5" in why(found)


@pytest.mark.parametrize(
    "broken",
    [
        with_book([], [0.92]),
        with_book([0.91], []),
        with_book([0.92], [0.92]),
        with_book([0.91], [0.93, 0.92]),
        with_book([0.90, 0.91], [0.92]),
        with_book([0.91], [0.92], amount=0),
        with_book([-0.1], [0.92]),
    ],
)
def test_a_book_that_makes_no_sense_is_left_out(broken: Market) -> None:
    assert why(approach(broken, GOOD)) == "its book is empty, crossed, or in no order"


def test_another_coin_s_market_is_left_out() -> None:
    found = approach(market(("0.92", 1_000), pair="DAI/USDC"), GOOD)
    assert why(found) == "USDC is not what is traded there"


def test_a_quote_that_nobody_knows_the_price_of_is_left_out() -> None:
    found = approach(market(("0.92", 1_000), pair="USDC/USDT"), GOOD)
    assert why(found) == "nobody knows what 1 USDT is in dollars"


@pytest.mark.parametrize(("price", "is_used"), [(0.991, True), (0.989, False), (1.02, True)])
def test_a_quote_that_is_itself_off_its_peg_is_left_out(price: float, *, is_used: bool) -> None:
    tether = market(("0.92", 1_000), pair="USDC/USDT")
    found = approach(tether, GOOD, dollars={"USDT": price})
    assert len(found.ladders) == 1 + is_used
    assert is_used or why(found) == "USDT is itself 110 bps below par"


def test_a_venue_without_depth_at_a_wanted_price_is_left_out() -> None:
    found = approach(market(("0.99", 1_000)), GOOD)
    assert why(found) == "nothing is offered at a price that is wanted"


@pytest.mark.parametrize(("amount", "is_used"), [(50, True), (49, False)])
def test_a_book_below_the_least_order_is_left_out(amount: float, *, is_used: bool) -> None:
    found = approach(market(("0.92", amount), min_amount=50), GOOD)
    assert len(found.ladders) == 1 + is_used
    assert is_used or "the book holds less" in why(found)


@pytest.mark.parametrize(("free", "is_used"), [(47, True), (45, False)])
def test_a_venue_without_free_money_is_left_out(free: float, *, is_used: bool) -> None:
    found = approach(market(("0.92", 1_000), min_amount=50, free=free), GOOD)
    assert len(found.ladders) == 1 + is_used
    assert is_used or why(found).startswith("free USD at kraken is below")


def network(*, is_open: bool | None, venue: str = "kraken") -> NetworkStatus:
    return NetworkStatus(
        venue=venue,
        currency="USDC",
        network="ERC20",
        deposits_open=True,
        withdrawals_open=is_open,
        withdrawal_fee=None,
    )


OPEN_ELSEWHERE = market(
    ("0.92", 1_000), venue="binance", networks=(network(is_open=True, venue="binance"),)
)


@pytest.mark.parametrize(
    ("networks", "reason"),
    [
        ((network(is_open=False),), "withdrawals are suspended"),
        ((network(is_open=None),), "nobody knows whether it can be withdrawn"),
        ((), "nobody knows whether it can be withdrawn"),
        ((network(is_open=False), network(is_open=True)), ""),
    ],
)
def test_what_is_to_be_handed_in_must_be_withdrawn(
    networks: tuple[NetworkStatus, ...], reason: str
) -> None:
    bought = market(("0.92", 1_000), networks=networks)
    found = approach(bought, OPEN_ELSEWHERE, way=Way.REDEMPTION)
    assert (why(found) if found.left_out else "") == reason
    held = approach(bought, OPEN_ELSEWHERE)  # sold again where it was bought
    is_shut = reason == "withdrawals are suspended"
    assert len(held.ladders) == 1 + (not is_shut)


def test_what_is_bought_on_chain_is_there_already() -> None:
    pool = market(("0.92", 1_000), venue="ethereum", kind=SourceKind.DEX)
    assert len(approach(pool, OPEN_ELSEWHERE, way=Way.REDEMPTION).ladders) == 2


def test_of_two_markets_at_one_venue_the_better_one_is_used() -> None:
    # they share what is free there, and the venue's cap
    dollars, tether = market(("0.925", 1_000)), market(("0.92", 1_000), pair="USDC/USDT")
    found = approach(dollars, tether, dollars={"USDT": 1.0})
    assert [one.market.name for one in found.ladders] == ["kraken USDC/USDT"]
    assert found.left_out[0].reason == "kraken USDC/USDT is better"


@pytest.mark.parametrize(
    ("limits", "depth"),
    [
        (msgspec.structs.replace(WIDE, max_off_book_bps=50.0), 2_000),  # up to 0.9246
        (msgspec.structs.replace(WIDE, max_off_consensus_bps=100.0), 3_000),  # up to 0.9292
        (WIDE, 4_000),
    ],
)
def test_no_price_is_planned_that_the_gate_s_bands_refuse(limits: RiskLimits, depth: float) -> None:
    levels = (("0.92", 1_000), ("0.9245", 1_000), ("0.929", 1_000), ("0.93", 1_000))
    (ladder,) = approach(market(*levels), limits=limits).ladders
    assert ladder.depth == wad(depth)


def test_with_no_price_of_the_par_currency_there_is_no_market() -> None:
    case = case_of(-800, asset="EURC")
    found = approach_of(case, opportunity_of(case), means_of(GOOD), WIDE, 2.0)
    assert found.why_none == "all: nobody knows what 1 EUR is in dollars"


def test_with_no_market_at_all_that_is_said() -> None:
    assert approach().why_none == "no market is known"
