"""Swaps of an account of ours, against the real pools of the local mainnet and the real relay."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from support.desk import undone

from bot.chain.abi import encode_hex, word
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.client_ids import client_id
from bot.domain.errors import OrderRejected, OutcomeUnknown, VenueUnavailable
from bot.domain.executor_lists import LOCAL_LISTS
from bot.domain.orders import Order, OrderKind, OrderSide, OrderState, Purpose, TimeInForce
from bot.domain.units import WAD, Nanos, Raw, Wad, Wei, to_wad_down
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC
from bot.execution.bundles import FlashbotsRelay
from bot.execution.dex_calls import can_swap
from bot.execution.dex_desk import DexDesk
from bot.execution.dex_wallet import DexWallet
from bot.execution.flash_loans import FlashLenders
from bot.execution.signing import Operator
from bot.feeds.discovery import market_pools
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, fund_eth, fund_token, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World, sandbox_account

pytestmark = pytest.mark.anvil
COINS = 1_000_000
POSITION = "0123456789"


class Chain:
    """A wallet with coins, and desks over the world's pools."""

    def __init__(self, world: World) -> None:
        self.world, self.rpc = world, world.rpc
        self.operator = Operator(sandbox_account("wallet"))
        self.address = self.operator.address
        fund_eth(self.rpc, self.address, Wei(10**19))
        for token in (USDC, USDT, DAI):
            fund_token(self.rpc, token, self.address, Raw(COINS * 10**token.decimals))
        specs = tuple(
            spec
            for spec in market_pools(self.rpc, world.config("x").discovery)
            if LOCAL_LISTS.covers(spec)
        )
        self._feed = LogFeed(self.rpc, open_pool_feed(self.rpc, specs, FlashLenders))

    def look(self) -> Any:
        return self._feed.read(latest_head(self.rpc))

    def desk(self, timeout_s: float = 2.0) -> DexDesk:
        relay = FlashbotsRelay(self.world.relay.url, self.world.identity, timeout_s=timeout_s)
        desk = DexDesk(DexWallet(self.rpc, relay, self.operator, self.look))
        self.world.relay.build()
        self.world.relay.build()
        return desk

    def held(self, token: Token) -> Raw:
        return balance_of(self.rpc, token, self.address)

    def allowance(self, token: Token, spender: str) -> int:
        data = encode_hex("allowance(address,address)", self.address, spender)
        answer = self.rpc.call("eth_call", {"to": token.address, "data": data}, "latest")
        return word(bytes.fromhex(answer[2:]), 0)


@pytest.fixture(scope="module")
def funded(world: World) -> Chain:
    return Chain(world)


@pytest.fixture
def chain(world: World, funded: Chain) -> Iterator[Chain]:
    with undone(world):
        yield funded


def order(pair: str, side: OrderSide, amount: str, price: str, number: int = 0) -> Order:
    return Order(
        client_id=client_id(POSITION, Purpose.ENTRY, number),
        position=POSITION,
        purpose=Purpose.ENTRY,
        venue="ethereum",
        pair=pair,
        side=side,
        amount=Wad(int(Decimal(amount) * WAD)),
        price=Wad(int(Decimal(price) * WAD)),
        made_at=Nanos(1),
    )


def run(call: Any) -> Any:
    return asyncio.run(call)


def test_what_gas_cost_can_be_priced_where_no_exchange_tells_the_price_of_eth(
    chain: Chain,
) -> None:
    book = run(chain.desk().book("ETH/USDC", 1))
    (level,) = book.bids
    per_eth = chain.look().cost_in(USDC, Wei(10**18)) / 10**USDC.decimals
    assert level.price / WAD == pytest.approx(per_eth, rel=1e-9)
    assert per_eth > 100


@pytest.mark.parametrize(
    ("pair", "side", "sold", "bought"),
    [
        ("USDC/USDT", OrderSide.SELL, USDC, USDT),
        ("USDC/USDT", OrderSide.BUY, USDT, USDC),
        ("DAI/USDC", OrderSide.SELL, DAI, USDC),
        ("USDC/DAI", OrderSide.SELL, USDC, DAI),
        ("USDT/DAI", OrderSide.BUY, DAI, USDT),
    ],
)
def test_what_is_filled_is_what_left_and_reached_the_account(
    chain: Chain, pair: str, side: OrderSide, sold: Token, bought: Token
) -> None:
    desk = chain.desk()
    worst = "0.99" if side is OrderSide.SELL else "1.01"
    wanted = order(pair, side, "25000.5", worst)
    before = chain.held(sold), chain.held(bought)
    placed = run(desk.place(wanted))
    assert placed.state is OrderState.OPEN
    assert run(desk.find(wanted, placed.order_id)).state is OrderState.OPEN
    chain.world.relay.build()
    found = run(desk.find(wanted, placed.order_id))
    assert found.state is OrderState.FILLED
    (fill,) = run(desk.fills(pair, Nanos(0)))
    assert (fill.client_id, fill.order_id) == (wanted.client_id, placed.order_id)
    assert fill.side is side
    gone, came = before[0] - chain.held(sold), chain.held(bought) - before[1]
    base, quote = (gone, came) if side is OrderSide.SELL else (came, gone)
    decimals = (sold, bought) if side is OrderSide.SELL else (bought, sold)
    assert fill.amount == to_wad_down(Raw(base), decimals[0].decimals) == found.filled
    value = to_wad_down(Raw(quote), decimals[1].decimals)
    assert abs(fill.amount * fill.price // WAD - value) <= fill.amount // WAD + 1
    assert fill.fee > 0
    assert fill.fee_currency == "ETH"


def test_nothing_stays_approved(chain: Chain) -> None:
    desk = chain.desk()
    run(desk.place(order("USDT/USDC", OrderSide.SELL, "1000", "0.9")))
    chain.world.relay.build()
    spenders = [spec.address for spec in chain.look().pools if can_swap(spec)]
    assert [chain.allowance(USDT, spender) for spender in spenders] == [0] * len(spenders)


def test_a_worse_price_than_ordered_is_not_sent(chain: Chain) -> None:
    desk = chain.desk()
    with pytest.raises(OrderRejected, match="no pool does that at the price"):
        run(desk.place(order("USDC/USDT", OrderSide.SELL, "1000", "1.01")))


def test_a_pool_that_moves_before_the_block_reverts_the_swap_and_nothing_is_lost(
    chain: Chain,
) -> None:
    desk = chain.desk()
    quote = run(desk.book("USDC/USDT", 1)).bids[0].price
    tight = msgspec.structs.replace(
        order("USDC/USDT", OrderSide.SELL, "1000", "1"), price=Wad(quote - 10**12)
    )
    before = chain.held(USDC), chain.held(USDT)
    placed = run(desk.place(tight))
    for pool in [p for p in chain.look().pools if USDC in p.tokens and USDT in p.tokens]:
        if can_swap(pool):
            shock(chain.rpc, pool, USDC, Raw(3_000_000 * 10**6), into=USDT)
    chain.world.relay.build()
    chain.world.relay.build()
    assert run(desk.find(tight, placed.order_id)).state is OrderState.EXPIRED
    assert (chain.held(USDC), chain.held(USDT)) == before


def test_a_process_that_forgot_finds_its_swap_by_its_tag(chain: Chain) -> None:
    wanted = order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=7)
    run(chain.desk().place(wanted))
    chain.world.relay.build()
    found = run(chain.desk().find(wanted, ""))
    assert found.state is OrderState.FILLED
    assert found.client_id == wanted.client_id


def test_a_swap_that_never_went_out_is_over_once_no_block_can_hold_it(chain: Chain) -> None:
    desk = chain.desk()
    wallet = desk._wallet
    wanted = order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=8)
    wallet.busy_until = wallet.head() + 1
    assert run(desk.find(wanted, "")) is None
    chain.world.relay.build()
    chain.world.relay.build()
    assert run(desk.find(wanted, "")).state is OrderState.EXPIRED


def test_no_second_swap_goes_out_while_one_may_land(chain: Chain) -> None:
    desk = chain.desk()
    run(desk.place(order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=1)))
    with pytest.raises(VenueUnavailable, match="may land until block"):
        run(desk.place(order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=2)))


def test_a_relay_that_hangs_leaves_the_outcome_open_and_the_chain_settles_it(
    chain: Chain,
) -> None:
    desk = chain.desk(timeout_s=0.3)
    wanted = order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=3)
    chain.world.relay.misbehave(Faults(kind=FaultKind.HANG))
    with pytest.raises(OutcomeUnknown):
        run(desk.place(wanted))
    chain.world.relay.misbehave(Faults())
    assert run(desk.find(wanted, "")) is None
    chain.world.relay.build()
    chain.world.relay.build()
    assert run(desk.find(wanted, "")).state is OrderState.EXPIRED  # it had not been taken


@pytest.mark.parametrize(
    "change",
    [
        lambda one: msgspec.structs.replace(one, kind=OrderKind.MARKET),
        lambda one: msgspec.structs.replace(one, time_in_force=TimeInForce.GTC),
        lambda one: msgspec.structs.replace(one, pair="USDC/XYZ"),
    ],
)
def test_what_the_chain_cannot_do_is_refused(
    chain: Chain, change: Callable[[Order], Order]
) -> None:
    with pytest.raises(OrderRejected):
        run(chain.desk().place(change(order("USDC/DAI", OrderSide.SELL, "1", "0.9"))))


def test_the_book_and_the_rules_are_those_of_the_pools(chain: Chain) -> None:
    desk = chain.desk()
    book = run(desk.book("USDC/DAI", 8))
    assert [level.price for level in book.bids] == sorted(
        (level.price for level in book.bids), reverse=True
    )
    assert [level.price for level in book.asks] == sorted(level.price for level in book.asks)
    assert book.bids[0].price <= book.asks[0].price
    rules = run(desk.rules("USDC/DAI"))
    assert rules.is_trading
    assert rules.step == WAD // 10**USDC.decimals


def test_balances_are_those_of_the_chain(chain: Chain) -> None:
    found = {one.currency: one.total for one in run(chain.desk().balances())}
    assert found["USDC"] == COINS * WAD
    assert found["DAI"] == COINS * WAD
    assert found["ETH"] == 10**19


def test_a_rail_is_used_where_it_pays_more_than_pools(chain: Chain) -> None:
    """USDC is sold into the pool until it is cheap there: the peg module pays par."""
    chain.world.mined(shock(chain.rpc, CURVE_SUSD, USDC, Raw(3_000_000 * 10**6), into=DAI))
    book = chain.look()
    coins = CURVE_SUSD.tokens.index(USDC), CURVE_SUSD.tokens.index(DAI)
    assert book.pools[CURVE_SUSD].amount_out(*coins, Raw(10**9)) < 999 * 10**18
    assert LITE_PSM_USDC in book.pools
    desk = chain.desk()
    run(desk.place(order("USDC/DAI", OrderSide.SELL, "1000", "0.999")))
    before = chain.held(DAI)
    chain.world.relay.build()
    assert chain.held(DAI) - before == 1000 * 10**18


def test_a_swap_is_a_fill_of_the_pair_that_it_was_ordered_as_and_not_of_its_other_way_round(
    chain: Chain,
) -> None:
    desk = chain.desk()
    wanted = order("USDC/DAI", OrderSide.SELL, "500", "0.9", number=9)
    run(desk.place(wanted))
    chain.world.relay.build()
    assert [fill.client_id for fill in run(desk.fills("USDC/DAI", Nanos(0)))] == [wanted.client_id]
    assert run(desk.fills("DAI/USDC", Nanos(0))) == ()
