"""Scripts that deploy and own an executor, through ape: dry run, deed, and what was read back."""

import pytest
from fork.conftest import Script, answer
from support.builders import anything_pending, building

from bot.domain.assets import USDC
from bot.domain.units import Address, Raw, Wei
from bot.operations.roles import read_roles
from bot.sandbox.addresses import labelled
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.faucet import balance_of, fund_eth, fund_token
from bot.sandbox.world import World

pytestmark = [pytest.mark.fork, pytest.mark.anvil]
NEWCOMER = labelled("owner scripts: newcomer")
STRAY, FUEL = Raw(1_234_567), Wei(10**18)


def roles(world: World) -> tuple[str, ...]:
    return (
        *("--owner", world.owner),
        *("--operator", world.operator.address),
        *("--treasury", world.treasury),
    )


def sent(script: Script, world: World, name: str, *arguments: str) -> dict[str, object]:
    """Run a script that sends, with a builder that mines what it sends."""
    with building(world, anything_pending(world)):
        return answer(script(name, *arguments, "--yes", "--json"))


def head(world: World) -> int:
    return int(world.rpc.call("eth_blockNumber"), 16)


@pytest.fixture
def executor(script: Script, fork_world: World, request: pytest.FixtureRequest) -> Address:
    """An executor for this test alone, deployed through ape; its owner can pay for gas."""
    fund_eth(fork_world.rpc, fork_world.owner, FUEL)
    own = ("--salt", request.node.name)
    return Address(str(sent(script, fork_world, "deploy", *roles(fork_world), *own)["executor"]))


def test_deploy_shows_the_address_first_and_then_goes_there(
    script: Script, fork_world: World
) -> None:
    given, before = (*roles(fork_world), "--salt", "shown first"), head(fork_world)
    tried = answer(script("deploy", *given, "--json"))
    assert (tried["deployed"], tried["transaction_hash"], head(fork_world)) == (False, None, before)
    done = sent(script, fork_world, "deploy", *given)
    assert done["deployed"] is True
    assert {**done, "deployed": False, "transaction_hash": None} == tried
    found = read_roles(fork_world.rpc, Address(str(done["executor"])))
    assert (found.owner, found.operator) == (fork_world.owner, fork_world.operator.address)
    assert found.treasury == fork_world.treasury


def test_what_is_deployed_already_is_not_deployed_again(
    script: Script, fork_world: World, executor: Address, request: pytest.FixtureRequest
) -> None:
    before, own = head(fork_world), ("--salt", request.node.name)
    found = answer(script("deploy", *roles(fork_world), *own, "--yes", "--json"))
    assert (found["executor"], found["deployed"]) == (executor, True)
    assert (found["transaction_hash"], head(fork_world)) == (None, before)


def test_people_are_told_roles_tokens_and_targets_before_anything_is_sent(
    script: Script, fork_world: World
) -> None:
    found = script("deploy", *roles(fork_world), "--salt", "told")
    assert found.exit_code == 0
    for text in (fork_world.owner, fork_world.treasury, "USDC, USDT, DAI", "LitePSM", "gas"):
        assert text in found.stdout
    assert "nothing sent without --yes" in found.stderr


def test_stray_tokens_are_withdrawn_to_the_treasury(
    script: Script, fork_world: World, executor: Address
) -> None:
    fund_token(fork_world.rpc, USDC, executor, STRAY)
    before = balance_of(fork_world.rpc, USDC, fork_world.treasury)
    named = ("--executor", executor, "--token", "usdc")
    tried = answer(script("withdraw", *named, "--json"))
    assert tried["transaction_hash"] is None
    assert balance_of(fork_world.rpc, USDC, executor) == STRAY
    done = sent(script, fork_world, "withdraw", *named)
    assert done["changes"] == tried["changes"]
    assert balance_of(fork_world.rpc, USDC, executor) == 0
    assert balance_of(fork_world.rpc, USDC, fork_world.treasury) == before + STRAY


def test_a_paused_executor_is_resumed(script: Script, fork_world: World, executor: Address) -> None:
    named = ("--executor", executor)
    change = {"name": "paused", "before": "no", "after": "yes"}
    assert sent(script, fork_world, "pause", *named)["changes"] == [change]
    again = script("pause", *named, "--yes")
    assert (again.exit_code, "is paused already" in again.stderr) == (1, True)
    back = {"name": "paused", "before": "yes", "after": "no"}
    assert sent(script, fork_world, "pause", *named, "--resume")["changes"] == [back]


def test_operator_and_owner_are_rotated_the_owner_in_two_steps(
    script: Script, fork_world: World, executor: Address
) -> None:
    named = ("--executor", executor)
    sent(script, fork_world, "rotate", *named, "--operator", NEWCOMER)
    assert read_roles(fork_world.rpc, executor).operator == NEWCOMER
    fund_eth(fork_world.rpc, NEWCOMER, FUEL)
    sent(script, fork_world, "rotate", *named, "--owner", NEWCOMER)
    assert read_roles(fork_world.rpc, executor).owner == fork_world.owner
    sent(script, fork_world, "rotate", *named, "--accept")
    assert read_roles(fork_world.rpc, executor).owner == NEWCOMER


def test_a_safe_is_shown_what_to_send(script: Script, fork_world: World, executor: Address) -> None:
    before = head(fork_world)
    found = script("pause", "--executor", executor, "--calldata", "--yes")
    assert found.exit_code == 0
    for text in (fork_world.owner, executor, "0x8456cb59", "no -> yes"):
        assert text in found.stdout
    assert "nothing was sent" in found.stderr
    assert head(fork_world) == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--owner", "0x123"), "owner '0x123' is not an address"),
        (("--operator", "0x" + "0" * 40), "operator is the zero address"),
        (("--treasury", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB49"), "has a wrong checksum"),
        (("--account", "nobody", "--yes"), "ape has no account 'nobody'"),
    ],
)
def test_deploy_explains_wrong_input_in_one_line(
    script: Script, fork_world: World, arguments: tuple[str, ...], why: str
) -> None:
    before = head(fork_world)
    found = script("deploy", "--salt", "wrong input", *arguments)
    assert found.exit_code == 1
    assert why in found.stderr.splitlines()[-1]
    assert head(fork_world) == before


def test_one_account_in_two_roles_is_a_warning(script: Script, fork_world: World) -> None:
    both = ("--owner", fork_world.owner, "--operator", fork_world.owner)
    found = script("deploy", *both)
    assert found.exit_code == 0
    assert "warning: owner and operator are the same account" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "say one of --operator, --owner and --accept"),
        (("--accept", "--owner", NEWCOMER), "say one of --operator, --owner and --accept"),
        (("--accept",), "the ownership is offered to nobody"),
    ],
)
def test_rotate_explains_wrong_input_in_one_line(
    script: Script, fork_world: World, arguments: tuple[str, ...], why: str
) -> None:
    found = script("rotate", "--executor", fork_world.executor, *arguments)
    assert found.exit_code == 1
    assert why in found.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("deploy", ()), ("pause", ("--executor", NEWCOMER))],
)
def test_another_chain_is_named(script: Script, name: str, arguments: tuple[str, ...]) -> None:
    with Anvil(AnvilOptions(chain_id=5)) as other:
        found = script(name, *arguments, APE_FOUNDRY_HOST=other.url)
    assert found.exit_code == 1
    assert "serves chain 5, expected 1" in found.stderr.splitlines()[-1]


def test_an_address_without_an_executor_is_named(script: Script) -> None:
    found = script("pause", "--executor", NEWCOMER)
    assert found.exit_code == 1
    assert "no executor at" in found.stderr
