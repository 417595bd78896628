"""The registry against the local mainnet, as it is and with contracts taken away or swapped."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from click.testing import CliRunner

from bot.chain.abi import encode_hex
from bot.chain.create2 import CREATE2_DEPLOYER
from bot.chain.rpc import RpcClient
from bot.cli import main
from bot.domain import venues
from bot.domain.assets import TOKENS, USDC, WETH
from bot.domain.executor_lists import LOCAL_LISTS, ExecutorLists
from bot.domain.local_pools import LOCAL_COMPOSABLE, LOCAL_POOLS
from bot.domain.mainnet_pools import (
    CURVE_GHO_CRVUSD,
    GHO_GSM_USDC,
    V4_USDC_USDT_8,
    V4_USDC_USDT_10,
)
from bot.domain.registry import ENTRIES
from bot.domain.units import Address
from bot.feeds.admission import admitted
from bot.operations import doctor
from bot.operations.deployment import blueprint_of
from bot.operations.doctor import Finding, Status, examine, examine_executor
from bot.operations.roles import Roles
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        yield client
        client.close()


@contextmanager
def code_at(rpc: RpcClient, address: Address, code: str) -> Iterator[None]:
    snapshot = rpc.call("evm_snapshot")
    rpc.call("anvil_setCode", address, code)
    try:
        yield
    finally:
        rpc.call("evm_revert", snapshot)


def code_of(rpc: RpcClient, address: Address) -> str:
    return str(rpc.call("eth_getCode", address, "latest"))


def findings(rpc: RpcClient) -> dict[str, Finding]:
    return {f"{finding.role.value} {finding.name}": finding for finding in examine(rpc).findings}


def test_the_local_mainnet_is_healthy_and_has_all_of_its_own_pools(rpc: RpcClient) -> None:
    found = examine(rpc)
    assert found.healthy
    assert [finding.name for finding in found.findings] == [entry.name for entry in ENTRIES]
    assert not [f.name for f in found.findings if f.status is Status.WRONG]
    here = {finding.name for finding in found.findings if finding.status is Status.OK}
    assert {pool.name for pool in LOCAL_POOLS} <= here
    assert {token.symbol for token in TOKENS[:9]} <= here


def test_a_pool_of_a_key_that_nobody_opened_is_absent_though_the_manager_is_there(
    rpc: RpcClient,
) -> None:
    found = findings(rpc)
    assert found[f"pool {V4_USDC_USDT_10.name}"].status is Status.OK
    assert found[f"pool {V4_USDC_USDT_8.name}"].status is Status.ABSENT
    assert found[f"pool {V4_USDC_USDT_8.name}"].detail == "no pool of this key"


def test_without_a_token_that_the_bot_needs_the_chain_is_not_healthy(rpc: RpcClient) -> None:
    with code_at(rpc, WETH.address, "0x"):
        found = examine(rpc)
        missing = [finding for finding in found.findings if finding.fatal]
    assert not found.healthy
    assert "WETH" in [finding.name for finding in missing if finding.status is Status.ABSENT]


def test_a_pool_with_other_coins_is_wrong_and_says_which(rpc: RpcClient) -> None:
    other = code_of(rpc, venues.V3_DAI_USDC.address)
    with code_at(rpc, venues.V3_USDC_USDT.address, other):
        found = examine(rpc)
    wrong = [finding for finding in found.findings if finding.status is Status.WRONG]
    assert not found.healthy
    assert [finding.name for finding in wrong] == [venues.V3_USDC_USDT.name]
    assert f"not {USDC.address}" in wrong[0].detail
    assert "not used" in wrong[0].advice


def test_what_stands_at_a_local_address_on_another_chain_is_nobodys_business(
    rpc: RpcClient,
) -> None:
    with code_at(rpc, LOCAL_COMPOSABLE.address, code_of(rpc, WETH.address)):
        found = examine(rpc)
    assert found.healthy
    (finding,) = [f for f in found.findings if f.name == LOCAL_COMPOSABLE.name]
    assert (finding.status, finding.detail) == (Status.ABSENT, "another contract")


def test_closed_doors_are_told(rpc: RpcClient) -> None:
    snapshot = rpc.call("evm_snapshot")
    rpc.call("anvil_impersonateAccount", DEPLOYER)
    rpc.call("anvil_setBalance", DEPLOYER, hex(10**18))
    freeze = encode_hex("setSwapFreeze(bool)", True)  # noqa: FBT003 - an argument of the contract
    rpc.call("eth_sendTransaction", {"from": DEPLOYER, "to": GHO_GSM_USDC.address, "data": freeze})
    rpc.call("evm_mine")
    found = findings(rpc)[f"rail {GHO_GSM_USDC.name}"]
    rpc.call("evm_revert", snapshot)
    assert found.status is Status.OK
    assert "USDC to GHO closed: frozen or seized" in found.detail


def test_a_pool_that_the_executor_cannot_name_is_only_seen(
    rpc: RpcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ExecutorLists(tokens=LOCAL_LISTS.tokens, targets=())
    monkeypatch.setattr(doctor, "LOCAL_LISTS", few)
    found = findings(rpc)
    assert "seen, not traded" in found[f"rail {GHO_GSM_USDC.name}"].advice
    assert not found[f"pool {venues.V3_USDC_USDT.name}"].advice


def test_the_market_leaves_out_what_is_absent_or_contradicts_the_table(rpc: RpcClient) -> None:
    pools = (venues.CURVE_3POOL, venues.V3_USDC_USDT, CURVE_GHO_CRVUSD)
    other = code_of(rpc, venues.V3_DAI_USDC.address)
    with code_at(rpc, venues.V3_USDC_USDT.address, other):
        there, tokens = admitted(rpc, pools)
    assert there == [CURVE_GHO_CRVUSD]
    assert USDC in tokens


def test_the_command_prints_every_entry_and_ends_with_zero_on_a_healthy_chain(
    rpc: RpcClient,
) -> None:
    ran = CliRunner().invoke(main, ["doctor", "--rpc", rpc.url])
    assert ran.exit_code == 0, ran.output
    assert "0 wrong" in ran.output
    told = CliRunner().invoke(main, ["doctor", "--rpc", rpc.url, "--json"])
    figures = msgspec.json.decode(told.output)
    assert figures["healthy"] is True
    assert {entry["status"] for entry in figures["entries"]} == {"ok", "absent"}
    assert len(figures["entries"]) == len(ENTRIES)


def test_the_command_ends_with_one_where_something_is_wrong(rpc: RpcClient) -> None:
    with code_at(rpc, venues.MORPHO_BLUE, code_of(rpc, WETH.address)):
        ran = CliRunner().invoke(main, ["doctor", "--rpc", rpc.url, "--json"])
    assert ran.exit_code == 1
    figures = msgspec.json.decode(ran.output)
    assert [entry["name"] for entry in figures["entries"] if entry["status"] == "wrong"] == [
        "Morpho Blue"
    ]


def test_an_executor_is_checked_where_one_is_named(rpc: RpcClient) -> None:
    roles = Roles(owner=DEPLOYER, operator=DEPLOYER, treasury=DEPLOYER)
    blueprint = blueprint_of(roles, lists=LOCAL_LISTS)
    snapshot = rpc.call("evm_snapshot")
    rpc.call("anvil_impersonateAccount", DEPLOYER)
    rpc.call("anvil_setBalance", DEPLOYER, hex(10**18))
    creation = {"from": DEPLOYER, "to": CREATE2_DEPLOYER, "gas": hex(8_000_000)}
    rpc.call("eth_sendTransaction", creation | {"data": "0x" + blueprint.calldata.hex()})
    rpc.call("evm_mine")
    there = examine_executor(rpc, blueprint.executor)
    other = examine_executor(rpc, WETH.address)
    rpc.call("evm_revert", snapshot)
    assert (there.status, there.fatal) == (Status.OK, False)
    assert f"{len(LOCAL_LISTS.targets)} targets" in there.detail
    assert (other.status, other.fatal) == (Status.WRONG, True)
    told = CliRunner().invoke(
        main, ["doctor", "--rpc", rpc.url, "--executor", blueprint.executor, "--json"]
    )
    assert told.exit_code == 1  # it was undone above
    assert msgspec.json.decode(told.output)["entries"][-1]["status"] == "absent"
