"""Who took a gap, and for how much: told by logs and traces, and only as well as they are known."""

from typing import Any

import msgspec
import pytest
from fakes.memory_chain import GWEI, MemoryChain, Tx
from fakes.tickets import PLAN
from support.bundle_scenarios import (
    OPERATOR,
    RIVAL,
    RIVALS_CONTRACT,
    TIP,
    USER,
    cycle,
    event,
    rivals,
    transfer,
    users,
    word,
)

from bot.domain.assets import USDC, USDT, WETH
from bot.domain.inclusions import Take, TipSource
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT
from bot.execution.block_takers import BlockTakers
from bot.execution.block_takers_flows import Gain, gain_of, goes_along
from bot.execution.finality import Lineage

POOLS = (CURVE_SUSD, V3_USDC_USDT)
WITHDRAWAL = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"


def taken(chain: MemoryChain, *transactions: Tx, least: int = 1) -> list[Take]:
    chain.mine(*transactions)
    lineage = Lineage(chain)
    lineage.follow(chain.head)
    takers = BlockTakers(chain, (OPERATOR,))
    (moves,) = takers.moves([chain.head.hash], POOLS)
    header = lineage.header(chain.head.number)
    return [take for take, _ in takers.takes(header, moves, least=least)]


def receipt(*logs: dict[str, Any]) -> dict[str, Any]:
    return {"from": RIVAL, "to": RIVALS_CONTRACT, "status": "0x1", "logs": list(logs)}


def withdrawn(amount: int) -> dict[str, Any]:
    topics = [WITHDRAWAL, word(RIVALS_CONTRACT)]
    return {"address": WETH.address, "topics": topics, "data": f"0x{amount:064x}"}


def test_a_traced_tip_is_priority_fees_and_direct_payments_and_nothing_that_failed() -> None:
    chain = MemoryChain()
    (take,) = taken(chain, users(), rivals())
    assert take.tip.priority == 200_000 * GWEI
    assert (take.tip.direct, take.tip.total) == (TIP, TIP + 200_000 * GWEI)
    assert take.tip.source is TipSource.TRACE
    assert (take.sender, take.contract, take.position) == (RIVAL, RIVALS_CONTRACT, 1)
    assert (take.symbol, take.gain) == ("USDC", 7 * 10**6)
    assert take.pools == tuple(pool.name for pool in POOLS)


def test_without_traces_only_the_priority_fee_is_told_and_said_to_be_all_that_is_known() -> None:
    (take,) = taken(MemoryChain(traces=False), rivals())
    assert take.tip.total == 200_000 * GWEI
    assert take.tip.source is TipSource.PRIORITY_FEE


def test_a_node_without_traces_is_asked_for_them_once() -> None:
    chain = MemoryChain(traces=False)
    chain.mine(rivals())
    chain.mine(rivals())
    lineage = Lineage(chain)
    lineage.follow(chain.head)
    takers = BlockTakers(chain, ())
    asked = []
    for number in (1, 2):
        header = lineage.header(number)
        (moves,) = takers.moves([header.hash], POOLS)
        before = chain.requests
        takers.takes(header, moves)
        asked.append(chain.requests - before)
    assert asked == [2, 1]


@pytest.mark.parametrize(
    "transaction",
    [
        users(),
        msgspec.structs.replace(rivals(), reverts=True),
        msgspec.structs.replace(rivals(), sender=OPERATOR),
    ],
)
def test_trades_failures_and_our_own_runs_take_nothing(transaction: Tx) -> None:
    assert taken(MemoryChain(), transaction) == []


def test_a_gap_in_one_pool_of_ours_alone_is_not_looked_at_where_two_are_asked_for() -> None:
    curve = CURVE_SUSD.address
    logs = [
        transfer(USDC.address, RIVALS_CONTRACT, curve, 100),
        transfer(USDT.address, curve, RIVALS_CONTRACT, 100),
        event(curve, "0x01"),
        transfer(USDT.address, RIVALS_CONTRACT, "0x" + "77" * 20, 100),
        transfer(USDC.address, "0x" + "77" * 20, RIVALS_CONTRACT, 103),
        event("0x" + "77" * 20, "0x02"),
    ]
    one = Tx(sender=RIVAL, to=RIVALS_CONTRACT, nonce=0, logs=logs)
    assert [take.gain for take in taken(MemoryChain(), one)] == [3]
    again = msgspec.structs.replace(one, hash="0x" + "99" * 32)
    assert taken(MemoryChain(), again, least=2) == []


def test_what_was_turned_into_ether_for_the_builder_is_no_second_gain() -> None:
    run = cycle(RIVALS_CONTRACT, gain=10)
    swapped = [
        transfer(USDC.address, RIVALS_CONTRACT, "0x" + "77" * 20, 4),
        transfer(WETH.address, "0x" + "77" * 20, RIVALS_CONTRACT, 10**15),
        event("0x" + "77" * 20, "0x02"),
    ]
    told = receipt(*run, *swapped, withdrawn(10**15))
    assert gain_of(told) == Gain(token=USDC.address.lower(), raw=6)
    assert gain_of(receipt(*run, *swapped)) is None


def test_profit_that_goes_to_a_treasury_is_the_senders() -> None:
    run = cycle(RIVALS_CONTRACT, gain=10)
    paid = transfer(USDC.address, RIVALS_CONTRACT, "0x" + "55" * 20, 10)
    assert gain_of(receipt(*run, paid)) == Gain(token=USDC.address.lower(), raw=10)


def test_a_settlement_of_other_peoples_orders_is_no_arbitrage() -> None:
    run = cycle(RIVALS_CONTRACT, gain=10)
    order = [
        transfer(WETH.address, USER, RIVALS_CONTRACT, 5),
        transfer(USDC.address, RIVALS_CONTRACT, USER, 5),
    ]
    assert gain_of(receipt(*run, *order)) is None


def test_a_run_the_other_way_round_does_not_take_our_gap() -> None:
    along, against = (
        receipt(*cycle(RIVALS_CONTRACT, gain=1, backwards=backwards)) for backwards in (False, True)
    )
    assert [goes_along(along, leg) for leg in PLAN.swaps] == [True, True]
    assert [goes_along(against, leg) for leg in PLAN.swaps] == [False, False]


def test_the_first_of_two_takers_took_it() -> None:
    chain = MemoryChain()
    first, second = rivals(), rivals()
    chain.mine(users(), first, second)
    lineage = Lineage(chain)
    lineage.follow(chain.head)
    takers = BlockTakers(chain, ())
    (moves,) = takers.moves([chain.head.hash], POOLS)
    found = takers.taker(lineage.header(1), moves, PLAN.swaps)
    assert found is not None
    assert found.transaction_hash == first.hash
