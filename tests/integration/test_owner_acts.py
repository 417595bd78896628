"""Deployment and owner's acts on a local mainnet: tried, shown, done, and read back."""

import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from bot.chain.abi import encode
from bot.chain.create2 import CREATE2_DEPLOYER
from bot.chain.rpc import RpcClient
from bot.domain.assets import USDT, WETH
from bot.domain.errors import BadConfiguration, SimulationFailed
from bot.domain.executor_lists import LOCAL_LISTS, MAINNET_LISTS, ExecutorLists
from bot.domain.units import Address, Raw, Wei
from bot.execution.executor_check import require_executor
from bot.operations.acts import Act, DryRun, confirm, rehearse
from bot.operations.deployment import (
    Blueprint,
    blueprint_of,
    confirm_deployment,
    rehearse_deployment,
)
from bot.operations.ownership import (
    accept_act,
    offer_act,
    operator_act,
    pause_act,
    withdraw_act,
)
from bot.operations.roles import ZERO, Roles, read_roles
from bot.sandbox.addresses import labelled
from bot.sandbox.faucet import balance_of, fund_eth, fund_token
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil
OWNER, OPERATOR, TREASURY, STRANGER, SAFE = (
    labelled(f"owner acts: {role}")
    for role in ("owner", "operator", "treasury", "stranger", "safe")
)
ROLES = Roles(owner=OWNER, operator=OPERATOR, treasury=TREASURY)
FUEL, GAS = Wei(10**20), 15_000_000
RUN_NOTHING = encode("execute()")


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet() as anvil:
        yield RpcClient(anvil.url)


@pytest.fixture
def executor(rpc: RpcClient) -> Iterator[Address]:
    """A fresh executor; what a test did is taken back."""
    snapshot = rpc.call("evm_snapshot")
    blueprint = blueprint_of(ROLES)
    sent(rpc, STRANGER, CREATE2_DEPLOYER, blueprint.calldata)
    yield blueprint.executor
    assert rpc.call("evm_revert", snapshot) is True


def sent(rpc: RpcClient, sender: Address, to: Address, data: bytes) -> str:
    fund_eth(rpc, sender, FUEL)
    rpc.call("anvil_impersonateAccount", sender)
    request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}
    found = str(rpc.call("eth_sendTransaction", request))
    for _ in range(2_000):
        receipt = rpc.call("eth_getTransactionReceipt", found)
        if receipt is not None:
            assert receipt["status"] == "0x1"
            return found
        time.sleep(0.01)
    raise AssertionError(f"{found} was not mined")


def done(rpc: RpcClient, act: Act) -> DryRun:
    tried = rehearse(rpc, act)
    return confirm(rpc, act, tried, sent(rpc, act.sender, act.executor, act.data))


def refused(rpc: RpcClient, executor: Address, sender: Address, data: bytes) -> str:
    act = Act(what="", sender=sender, executor=executor, data=data, watched=())
    with pytest.raises(SimulationFailed) as error:
        rehearse(rpc, act)
    return str(error.value)


def test_the_executor_lands_where_the_dry_run_said_whoever_pays(rpc: RpcClient) -> None:
    blueprint = blueprint_of(ROLES, salt="whoever pays")
    before = rehearse_deployment(rpc, blueprint)
    assert not before.deployed
    assert before.gas_used > 1_000_000
    hash_ = sent(rpc, STRANGER, CREATE2_DEPLOYER, blueprint.calldata)
    after = confirm_deployment(rpc, blueprint, before, hash_)
    assert after == replace(before, deployed=True, transaction_hash=hash_)
    assert read_roles(rpc, before.executor) == ROLES


def test_an_executor_that_is_there_is_not_deployed_again(rpc: RpcClient, executor: Address) -> None:
    found = rehearse_deployment(rpc, blueprint_of(ROLES))
    assert (found.deployed, found.executor, found.gas_used) == (True, executor, 0)


def test_every_part_of_the_blueprint_decides_the_address() -> None:
    def other(**changed: Address) -> Blueprint:
        return blueprint_of(replace(ROLES, **changed))

    found = [
        blueprint_of(ROLES),
        blueprint_of(ROLES, salt="other"),
        *(other(**{role: STRANGER}) for role in ("owner", "operator", "treasury")),
    ]
    assert len({blueprint.executor for blueprint in found}) == len(found)
    assert blueprint_of(ROLES).executor == found[0].executor


def test_a_constructor_that_reverts_is_found_by_the_dry_run(rpc: RpcClient) -> None:
    broken = blueprint_of(replace(ROLES, treasury=ZERO))
    with pytest.raises((SimulationFailed, BadConfiguration)):
        rehearse_deployment(rpc, broken)


def test_stray_tokens_and_ether_go_to_the_treasury(rpc: RpcClient, executor: Address) -> None:
    amount = Raw(1_234_567)
    fund_token(rpc, USDT, executor, amount)
    found = done(rpc, withdraw_act(rpc, executor, USDT.address))
    assert [change.before for change in found.changes] == [str(amount), "0"]
    assert [change.after for change in found.changes] == ["0", str(amount)]
    assert balance_of(rpc, USDT, TREASURY) == amount

    fund_eth(rpc, executor, Wei(5))
    found = done(rpc, withdraw_act(rpc, executor, ZERO))
    assert found.changes[0].name == "ETH of the executor"
    assert int(rpc.call("eth_getBalance", TREASURY, "latest"), 16) == 5


def test_there_must_be_something_to_withdraw(rpc: RpcClient, executor: Address) -> None:
    with pytest.raises(BadConfiguration, match="holds no WETH"):
        withdraw_act(rpc, executor, WETH.address)


def test_a_paused_executor_refuses_its_operator_until_resumed(
    rpc: RpcClient, executor: Address
) -> None:
    found = done(rpc, pause_act(rpc, executor, resume=False))
    assert [(c.name, c.before, c.after) for c in found.changes] == [("paused", "no", "yes")]
    assert "IsPaused" in refused(rpc, executor, OPERATOR, RUN_NOTHING)
    with pytest.raises(BadConfiguration, match="is paused already"):
        pause_act(rpc, executor, resume=False)
    done(rpc, pause_act(rpc, executor, resume=True))
    assert "BadLength" in refused(rpc, executor, OPERATOR, RUN_NOTHING)
    with pytest.raises(BadConfiguration, match="is running already"):
        pause_act(rpc, executor, resume=True)


def test_a_new_operator_runs_plans_and_the_old_one_does_not(
    rpc: RpcClient, executor: Address
) -> None:
    found = done(rpc, operator_act(rpc, executor, STRANGER))
    assert [(c.before, c.after) for c in found.changes] == [(OPERATOR, STRANGER)]
    assert "NotOperator" in refused(rpc, executor, OPERATOR, RUN_NOTHING)
    assert "BadLength" in refused(rpc, executor, STRANGER, RUN_NOTHING)
    with pytest.raises(BadConfiguration, match="this operator already"):
        operator_act(rpc, executor, STRANGER)


def test_the_ownership_goes_over_in_two_steps(rpc: RpcClient, executor: Address) -> None:
    with pytest.raises(BadConfiguration, match="offered to nobody"):
        accept_act(rpc, executor)
    done(rpc, offer_act(rpc, executor, SAFE))
    assert read_roles(rpc, executor).owner == OWNER
    accept = accept_act(rpc, executor)
    assert accept.sender == SAFE
    assert "NotPendingOwner" in refused(rpc, executor, STRANGER, accept.data)
    done(rpc, accept)
    assert read_roles(rpc, executor).owner == SAFE
    assert pause_act(rpc, executor, resume=False).sender == SAFE


def test_the_operator_can_do_none_of_it(rpc: RpcClient, executor: Address) -> None:
    fund_token(rpc, USDT, executor, Raw(1))
    for act in (
        withdraw_act(rpc, executor, USDT.address),
        pause_act(rpc, executor, resume=False),
        operator_act(rpc, executor, STRANGER),
        offer_act(rpc, executor, STRANGER),
    ):
        assert "NotOwner" in refused(rpc, executor, OPERATOR, act.data), act.what


def test_a_chain_that_says_otherwise_afterwards_is_told(rpc: RpcClient, executor: Address) -> None:
    act = pause_act(rpc, executor, resume=False)
    tried = rehearse(rpc, act)
    with pytest.raises(BadConfiguration, match="paused is no, the dry run said yes"):
        confirm(rpc, act, tried, "0x" + "00" * 32)


def test_the_bot_runs_an_executor_with_its_own_lists(rpc: RpcClient, executor: Address) -> None:
    assert require_executor(rpc, executor, OPERATOR) is MAINNET_LISTS
    with pytest.raises(BadConfiguration, match=f"takes plans from {OPERATOR.lower()} only"):
        require_executor(rpc, executor, STRANGER)


def test_the_bot_knows_whether_an_executor_can_name_the_local_pools(
    rpc: RpcClient, executor: Address
) -> None:
    local = blueprint_of(ROLES, lists=LOCAL_LISTS)
    sent(rpc, STRANGER, CREATE2_DEPLOYER, local.calldata)
    assert require_executor(rpc, local.executor, OPERATOR) is LOCAL_LISTS
    one_missing = replace(LOCAL_LISTS, targets=LOCAL_LISTS.targets[:-1])
    short = blueprint_of(ROLES, lists=one_missing)
    sent(rpc, STRANGER, CREATE2_DEPLOYER, short.calldata)
    assert require_executor(rpc, short.executor, OPERATOR) is MAINNET_LISTS
    assert executor not in (local.executor, short.executor)


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        (replace(MAINNET_LISTS, tokens=MAINNET_LISTS.tokens[::-1]), "where this version has USDC"),
        (replace(MAINNET_LISTS, targets=MAINNET_LISTS.targets[:-1]), "shorter lists"),
    ],
)
def test_the_bot_does_not_run_an_executor_with_other_lists(
    rpc: RpcClient, executor: Address, lists: ExecutorLists, why: str
) -> None:
    """A plan names tokens and pools by index: another order would be another plan."""
    other = blueprint_of(ROLES, lists=lists)
    assert other.executor != executor
    sent(rpc, STRANGER, CREATE2_DEPLOYER, other.calldata)
    with pytest.raises(BadConfiguration, match=why):
        require_executor(rpc, other.executor, OPERATOR)
