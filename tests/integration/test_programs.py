"""Hand-made programs: splits, joins, two loans at once, flash swaps. Predicted, simulated, landed.

The search for such plans comes later; what they cost and make is exact already.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from support.desk import undone
from support.landing import require_exact

from bot.amm.peg_module import PegModulePool
from bot.app import open_node
from bot.domain.assets import DAI, USDC, USDT, WETH, Token
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan, Tip
from bot.domain.units import BPS, Bps, Raw, Wei
from bot.domain.venues import (
    CURVE_SUSD,
    LITE_PSM_USDC,
    POOLS,
    V2_USDC_USDT,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
)
from bot.execution.flash_loans import FlashLenders
from bot.feeds.pool_feed import open_pool_feed
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.pools import V3_USDT_WETH
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil
STAKE = Raw(3_000_000 * 10**6)
CURVE_SHARE = Bps(8_500)
ALL: dict[str, Any] = {"takes": AmountMode.ALL}


@pytest.fixture(name="world")
def cheap_usdc(world: World) -> Iterator[World]:
    """USDC is cheap in Curve and in the V2 pair, and fetches its price in the V3 pool."""
    with undone(world):
        world.mined(shock(world.rpc, CURVE_SUSD, USDC, Raw(9_000_000 * 10**6)))
        world.mined(shock(world.rpc, V2_USDC_USDT, USDC, Raw(400_000 * 10**6)))
        yield world


@pytest.fixture
def book(world: World) -> MarketBook:
    rpc = open_node(world.config("unused"))
    return open_pool_feed(rpc, POOLS, FlashLenders).read(latest_head(rpc))


def leg(
    book: MarketBook, spec: PoolSpec, tokens: tuple[Token, Token], amount: int, **how: Any
) -> Leg:
    """Return a leg that is paid `amount`, with what the pool pays for it."""
    i, j = (spec.tokens.index(token) for token in tokens)
    paid = Raw(amount)
    received = book.pools[spec].amount_out(i, j, paid)
    return Leg(pool=spec, coin_in=i, coin_out=j, amount_in=paid, amount_out=received, **how)


def program(book: MarketBook, loans: tuple[Loan, ...], legs: tuple[Leg, ...], profit: int) -> Plan:
    return Plan(
        block=book.block,
        mode=Mode.PUSH,
        token=USDT,
        loans=loans,
        legs=legs,
        profit=Raw(profit),
        min_profit=Raw(profit),
        max_block=book.block + 1,
    )


def split(book: MarketBook, stake: int) -> tuple[Leg, Leg]:
    """Return USDT sold for USDC in two pools at once: a share in Curve, the rest in the pair."""
    first = stake * CURVE_SHARE // BPS
    share: dict[str, Any] = {"takes": AmountMode.SHARE, "share": CURVE_SHARE}
    return (
        leg(book, CURVE_SUSD, (USDT, USDC), first, **share),
        leg(book, V2_USDC_USDT, (USDT, USDC), stake - first, **ALL),
    )


def test_two_pools_at_once_joined_again_make_what_was_predicted(
    world: World, book: MarketBook
) -> None:
    legs = split(book, STAKE)
    joined = leg(book, V3_USDC_USDT, (USDC, USDT), sum(one.amount_out for one in legs), **ALL)
    loan = Loan(lender=Lender.MORPHO, token=USDT, amount=STAKE)
    require_exact(world, book, program(book, (loan,), (*legs, joined), joined.amount_out - STAKE))


def test_a_split_beats_each_of_its_branches(book: MarketBook) -> None:
    def through(*legs: Leg) -> int:
        bought = sum(one.amount_out for one in legs)
        return leg(book, V3_USDC_USDT, (USDC, USDT), bought).amount_out - STAKE

    alone = [leg(book, pool, (USDT, USDC), STAKE) for pool in (CURVE_SUSD, V2_USDC_USDT)]
    assert through(*split(book, STAKE)) > max(through(one) for one in alone)


def test_the_joining_pool_funds_the_split_itself(world: World, book: MarketBook) -> None:
    """The V3 pool pays USDT first and is owed exactly the USDC that both branches make."""
    first, second = split(book, STAKE)
    made = Raw(first.amount_out + second.amount_out)
    paid = leg(book, V3_USDC_USDT, (USDC, USDT), made).amount_out
    exact = (
        leg(book, CURVE_SUSD, (USDT, USDC), first.amount_in),
        leg(book, V2_USDC_USDT, (USDT, USDC), second.amount_in),
    )
    swap = Loan(lender=Lender.UNISWAP_V3_SWAP, token=USDC, amount=made, pool=V3_USDC_USDT)
    require_exact(world, book, program(book, (swap,), exact, paid - STAKE))


@pytest.mark.parametrize("second", [Lender.BALANCER_V2, Lender.AAVE_V3])
def test_two_tokens_borrowed_at_once_are_both_repaid(
    world: World, book: MarketBook, second: Lender
) -> None:
    """DAI buys USDC in Curve, USDT buys it in the pair; the peg module and the V3 pool buy back."""
    state = next(s for s in book.lenders if (s.lender, s.token) == (second, DAI))
    dai, usdt = Raw(500_000 * 10**18), Raw(200_000 * 10**6)
    loans = (
        Loan(lender=Lender.MORPHO, token=USDT, amount=usdt),
        Loan(lender=second, token=DAI, amount=dai, fee=state.fee(dai)),
    )
    bought = (
        leg(book, CURVE_SUSD, (DAI, USDC), dai, **ALL),
        leg(book, V2_USDC_USDT, (USDT, USDC), usdt, **ALL),
    )
    held = sum(one.amount_out for one in bought)
    module = book.pools[LITE_PSM_USDC]
    assert isinstance(module, PegModulePool)
    back = module.amount_in(0, 1, Raw(dai + state.fee(dai)))
    repaid = leg(book, LITE_PSM_USDC, (USDC, DAI), back)
    rest = leg(book, V3_USDC_USDT, (USDC, USDT), held - back, **ALL)
    legs = (*bought, repaid, rest)
    require_exact(world, book, program(book, loans, legs, rest.amount_out - usdt))


@pytest.mark.parametrize("cap_wei", [10**15, 10**20])
def test_the_builder_gets_a_share_of_the_profit_in_ether_up_to_its_cap(
    world: World, book: MarketBook, cap_wei: int
) -> None:
    """What the share makes above the cap reaches the treasury as WETH."""
    bought = leg(book, CURVE_SUSD, (USDT, USDC), STAKE)
    sold = leg(book, V3_USDC_USDT, (USDC, USDT), bought.amount_out)
    plan = Plan(
        block=book.block,
        mode=Mode.PULL,
        token=USDT,
        legs=(bought, sold),
        profit=Raw(sold.amount_out - STAKE),
        min_profit=Raw(1),
        max_block=book.block + 1,
        tip=Tip(share=Bps(1_000), cap=Wei(cap_wei), legs=(to_weth(),)),
    )
    share = plan.profit * 1_000 // BPS
    before = balance_of(world.rpc, WETH, world.treasury)
    require_exact(world, book, plan, tip=share)
    kept = balance_of(world.rpc, WETH, world.treasury) - before
    assert (kept > 0) is (cap_wei == 10**15)
    assert balance_of(world.rpc, WETH, world.executor) == 0


def to_weth() -> Leg:
    """Return the swap of a tip: all there is, for what the pool pays."""
    i, j = (V3_USDT_WETH.tokens.index(token) for token in (USDT, WETH))
    amounts = {"amount_in": Raw(1), "amount_out": Raw(1)}
    return Leg(pool=V3_USDT_WETH, coin_in=i, coin_out=j, takes=AmountMode.ALL, **amounts)
