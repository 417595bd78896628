"""A pool whose amplification moves with every block: a plan is made for the next block's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desk import Desk, undone

from bot.chain.abi import encode_hex
from bot.domain.assets import Token
from bot.domain.errors import SimulationFailed
from bot.domain.executor_lists import LOCAL_LISTS
from bot.domain.local_pools import LOCAL_CRVUSD_USDC
from bot.domain.messages import Fate
from bot.domain.plans import Plan
from bot.domain.registry import ALL_POOLS
from bot.domain.units import SLOT_S, Raw
from bot.execution.plan_check import Checked
from bot.operations.heads import latest_head
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.faucet import balance_of
from bot.sandbox.world import World
from bot.strategy.succession import as_of

pytestmark = pytest.mark.anvil
DAY_S = 86_400  # the shortest a ramp may last, and may follow another
SHOCKS = (3_000_000, 6_000_000)  # coins, one after the other
TABLE = tuple(pool for pool in ALL_POOLS if LOCAL_LISTS.covers(pool))


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    """A bot before a market in which one pool's amplification grows tenfold within a day."""
    with undone(world):
        found = Desk(world, tmp_path / "journal.sqlite", table=TABLE)
        begin_ramp(world)
        yield found


def begin_ramp(world: World) -> None:
    pool, rpc = LOCAL_CRVUSD_USDC.address, world.rpc
    rpc.call("evm_mine", {"timestamp": latest_head(rpc).timestamp_s + DAY_S})
    now_s = int(rpc.call("eth_call", {"to": pool, "data": encode_hex("A()")}, "latest"), 16)
    end_s = latest_head(rpc).timestamp_s + SLOT_S + DAY_S
    data = encode_hex("ramp_A(uint256,uint256)", now_s * 10, end_s)
    rpc.call("anvil_impersonateAccount", DEPLOYER)
    request = {"from": DEPLOYER, "to": pool, "data": data, "gas": hex(500_000)}
    world.mined(rpc.call("eth_sendTransaction", request))


@pytest.mark.parametrize("token", LOCAL_CRVUSD_USDC.tokens, ids=lambda token: token.symbol)
def test_plans_through_the_pool_land_with_exactly_the_profit_of_their_own_block(
    desk: Desk, token: Token
) -> None:
    for coins in SHOCKS:
        desk.hit(LOCAL_CRVUSD_USDC, token, Raw(coins * 10**token.decimals))
        seen, ticket = desk.send()
        (leg,) = (one for one in ticket.plan.swaps if one.pool == LOCAL_CRVUSD_USDC)
        now = seen.book.pools[LOCAL_CRVUSD_USDC]
        then = as_of(now, seen.book.timestamp_s + SLOT_S)
        assert leg.amount_out == then.amount_out(leg.coin_in, leg.coin_out, leg.amount_in)
        assert leg.amount_out != now.amount_out(leg.coin_in, leg.coin_out, leg.amount_in)

        desk.build()
        after = desk.look()
        (settled,) = after.settled
        assert (settled.fate, settled.block) == (Fate.INCLUDED, ticket.target_block)
        assert settled.profit == ticket.plan.profit
        assert after.book.timestamp_s == seen.book.timestamp_s + SLOT_S


@pytest.mark.parametrize("missed", [1, 3])
def test_after_missed_slots_the_plan_is_of_the_time_at_which_the_next_block_can_come(
    desk: Desk, missed: int
) -> None:
    token, rpc, parts = LOCAL_CRVUSD_USDC.tokens[0], desk.world.rpc, desk.engine._parts
    desk.hit(LOCAL_CRVUSD_USDC, token, Raw(SHOCKS[0] * 10**token.decimals))
    book = parts.pools.read(latest_head(rpc))
    late = book.after_missed(missed)
    plan = parts.planner.plan(late)
    assert isinstance(plan, Plan)
    assert late.next_timestamp_s == book.timestamp_s + SLOT_S * (missed + 1)
    with pytest.raises(SimulationFailed):
        parts.check.check(plan, book, parts.planner.terms)  # as if no slot had been missed

    checked = parts.check.check(plan, late, parts.planner.terms)
    assert isinstance(checked, Checked)
    ticket = parts.orders.sign(checked, late)
    assert ticket.target_block == book.block + 1
    before = balance_of(rpc, plan.token, desk.world.treasury)
    rpc.call("eth_sendRawTransaction", "0x" + ticket.transaction.hex())
    rpc.call("evm_mine", {"timestamp": late.next_timestamp_s})
    landed = latest_head(rpc)
    assert (landed.number, landed.timestamp_s) == (ticket.target_block, late.next_timestamp_s)
    assert landed.base_fee == late.next_base_fee, "it follows from the parent alone"
    assert balance_of(rpc, plan.token, desk.world.treasury) - before == checked.plan.profit
