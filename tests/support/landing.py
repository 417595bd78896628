"""A plan on its way: encoded, simulated twice, sent, and what the treasury has of it."""

from bot.chain.rpc import RpcClient
from bot.domain.assets import STABLECOINS
from bot.domain.plans import Plan
from bot.domain.units import GWEI, Wei
from bot.execution.calldata import encode_execute
from bot.execution.revm import simulate_on_fork
from bot.execution.signing import TransactionFields
from bot.execution.simulation import Call, Simulated
from bot.execution.simulation_node import simulated_in, simulation_of
from bot.market.book import MarketBook
from bot.sandbox.faucet import balance_of
from bot.sandbox.world import World

GAS = 3_000_000


def simulate_on_node(rpc: RpcClient, book: MarketBook, call: Call) -> Simulated:
    """Run `call` on the node as the first transaction after `book`'s block."""
    (answer,) = rpc.batch_each([simulation_of(book, call)])
    return simulated_in(answer)


def require_exact(world: World, book: MarketBook, plan: Plan, *, tip: int = 0) -> None:
    """Both simulators and the treasury's balance must say what the plan says, `tip` raw apart."""
    assert plan.profit > 1_000 * 10**6
    call = Call(
        sender=world.operator.address,
        to=world.executor,
        data=encode_execute(plan),
        max_fee_per_gas=Wei(book.next_base_fee + 1),
        priority_fee_per_gas=Wei(1),
    )
    simulated = simulate_on_node(world.rpc, book, call)
    assert simulated.profit == plan.profit
    assert simulate_on_fork(world.rpc.url, book, call).profit == plan.profit
    before = balance_of(world.rpc, plan.token, world.treasury)
    signed = world.operator.sign(
        TransactionFields(
            chain_id=book.chain_id,
            nonce=int(
                world.rpc.call("eth_getTransactionCount", world.operator.address, "latest"), 16
            ),
            to=call.to,
            data=call.data,
            gas_limit=GAS,
            max_fee_per_gas=Wei(100 * GWEI),
            priority_fee_per_gas=Wei(GWEI),
        )
    )
    receipt = world.mined(world.rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex()))
    assert int(receipt["gasUsed"], 16) == simulated.gas_used
    assert balance_of(world.rpc, plan.token, world.treasury) - before == plan.profit - tip
    for token in STABLECOINS:
        assert balance_of(world.rpc, token, world.executor) == 0
