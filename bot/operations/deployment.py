"""Where an executor goes and who owns and runs it: known and tried before, read back after.

The address follows from salt, code, roles and lists alone (CREATE2), whoever pays for it.
"""

import msgspec
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.chain.abi import encode
from bot.chain.artifacts import load_artifact
from bot.chain.create2 import CREATE2_DEPLOYER, create2_address
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.domain.executor_lists import MAINNET_LISTS, ExecutorLists
from bot.domain.units import Address
from bot.execution.calldata import encode_constructor
from bot.operations.dry_run import Call, simulate
from bot.operations.roles import ROLE_VIEWS, Roles

CONTRACT = "DepegExecutor"
DEFAULT_SALT = "repeg executor"


class Blueprint(msgspec.Struct, frozen=True, kw_only=True):
    """An executor that is not there yet."""

    roles: Roles
    lists: ExecutorLists
    salt: bytes
    creation_code: bytes  # with constructor arguments

    @property
    def executor(self) -> Address:
        """Where it will be."""
        return create2_address(CREATE2_DEPLOYER, self.salt, self.creation_code)

    @property
    def calldata(self) -> bytes:
        """What the deployment proxy is sent."""
        return self.salt + self.creation_code


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """An executor as it would be, or as it is: roles and lists as the chain tells them."""

    executor: Address
    owner: Address
    operator: Address
    treasury: Address
    tokens: tuple[str, ...]
    targets: tuple[str, ...]
    gas_used: int  # by the dry run; zero where it was there already
    deployed: bool
    to: Address = CREATE2_DEPLOYER
    transaction_hash: str | None = None
    warning: str = ""


def blueprint_of(
    roles: Roles, *, salt: str = DEFAULT_SALT, lists: ExecutorLists = MAINNET_LISTS
) -> Blueprint:
    """Return the executor for `roles`; another `salt` gives another address.

    Raises:
        BadConfiguration: the contracts were not built.
    """
    arguments = encode_constructor(roles.owner, roles.operator, roles.treasury, lists)
    code = load_artifact(CONTRACT).creation_code + arguments
    return Blueprint(roles=roles, lists=lists, salt=keccak(text=salt), creation_code=code)


def rehearse_deployment(rpc: RpcClient, blueprint: Blueprint) -> Deployment:
    """Return the executor as the node says it would be, or as it is if it is there already.

    Raises:
        BadConfiguration: no deployment proxy, or the outcome is not the blueprint's.
        SimulationFailed: the constructor reverts.
        NodeUnreachable: no answer.
    """
    if not _has_code(rpc, CREATE2_DEPLOYER):
        raise BadConfiguration(f"no deployment proxy at {CREATE2_DEPLOYER}: which chain is this?")
    if _has_code(rpc, blueprint.executor):
        return _told(blueprint, _readings(rpc, blueprint), gas_used=0, deployed=True)
    creation = Call(to=CREATE2_DEPLOYER, data=blueprint.calldata)
    created, *answers = simulate(rpc, [creation, *_questions(blueprint)])
    if created.data[-20:] != bytes.fromhex(blueprint.executor[2:]):
        raise BadConfiguration(f"the proxy answers {created.data.hex()}, not {blueprint.executor}")
    found = [answer.data for answer in answers]
    return _told(blueprint, found, gas_used=created.gas_used, deployed=False)


def confirm_deployment(
    rpc: RpcClient, blueprint: Blueprint, rehearsed: Deployment, transaction_hash: str
) -> Deployment:
    """Return the deployed executor, after reading roles and lists back from the chain.

    Raises:
        BadConfiguration: there is none, or it is not the blueprint's.
        NodeUnreachable: no answer.
    """
    if not _has_code(rpc, blueprint.executor):
        raise BadConfiguration(f"{transaction_hash} left no executor at {blueprint.executor}")
    found = _told(blueprint, _readings(rpc, blueprint), gas_used=rehearsed.gas_used, deployed=True)
    return msgspec.structs.replace(found, transaction_hash=transaction_hash)


def _questions(blueprint: Blueprint) -> list[Call]:
    lists = blueprint.lists
    asked = [encode(signature) for signature in ROLE_VIEWS]
    asked += [encode("tokenAt(uint256)", place) for place in range(len(lists.tokens))]
    asked += [encode("targetAt(uint256)", place) for place in range(len(lists.targets))]
    return [Call(to=blueprint.executor, data=data) for data in asked]


def _readings(rpc: RpcClient, blueprint: Blueprint) -> list[bytes]:
    return [answer.data for answer in simulate(rpc, _questions(blueprint))]


def _told(blueprint: Blueprint, found: list[bytes], *, gas_used: int, deployed: bool) -> Deployment:
    """Return what the chain answered, once it is what the blueprint says."""
    lists, roles = blueprint.lists, blueprint.roles
    owner, operator, treasury = (_address(data) for data in found[:3])
    tokens = tuple(_address(data) for data in found[3 : 3 + len(lists.tokens)])
    targets = tuple(found[3 + len(lists.tokens) :])
    if (
        Roles(owner=owner, operator=operator, treasury=treasury) != roles
        or tokens != tuple(token.address for token in lists.tokens)
        or targets != tuple(target.word for target in lists.targets)
    ):
        raise BadConfiguration(
            f"executor {blueprint.executor} says owner {owner}, operator {operator}, treasury "
            f"{treasury}, {len(tokens)} tokens, {len(targets)} targets: not what it was given"
        )
    return Deployment(
        executor=blueprint.executor,
        owner=owner,
        operator=operator,
        treasury=treasury,
        tokens=tuple(token.symbol for token in lists.tokens),
        targets=tuple(target.name for target in lists.targets),
        gas_used=gas_used,
        deployed=deployed,
        warning=roles.warning,
    )


def _has_code(rpc: RpcClient, address: Address) -> bool:
    return len(rpc.call("eth_getCode", address, "latest")) > 2


def _address(data: bytes) -> Address:
    return Address(to_checksum_address(data[12:32]))
