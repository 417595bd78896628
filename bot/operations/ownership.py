"""What the owner of an executor may do, as acts; see `bot.operations.acts`."""

from bot.chain.abi import encode
from bot.chain.rpc import RpcClient
from bot.domain.assets import BY_ADDRESS
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address
from bot.domain.venues import MULTICALL3
from bot.operations.acts import ADDRESS, AMOUNT, FLAG, Act, Watched, read, shown_flag
from bot.operations.roles import ZERO, read_roles


def withdraw_act(rpc: RpcClient, executor: Address, token: Address) -> Act:
    """Return what sends all of `token` (the zero address: of ether) to the treasury.

    Raises:
        BadConfiguration: there is no executor, or nothing to withdraw.
        NodeUnreachable: no answer.
    """
    roles = read_roles(rpc, executor)
    known = BY_ADDRESS.get(token)
    symbol = "ETH" if token == ZERO else known.symbol if known else token
    watched = tuple(
        _balance(f"{symbol} of the {whose}", token, who)
        for whose, who in (("executor", executor), ("treasury", roles.treasury))
    )
    if read(rpc, watched[0]) == "0":
        raise BadConfiguration(f"executor {executor} holds no {symbol}")
    return Act(
        what=f"withdraw all {symbol} to the treasury {roles.treasury}",
        sender=roles.owner,
        executor=executor,
        data=encode("withdraw(address)", token),
        watched=watched,
    )


def pause_act(rpc: RpcClient, executor: Address, *, resume: bool) -> Act:
    """Return what makes the executor refuse plans, or take them again.

    Raises:
        BadConfiguration: there is no executor, or it is so already.
        NodeUnreachable: no answer.
    """
    roles = read_roles(rpc, executor)
    paused = _view("paused", executor, "paused()", FLAG)
    if read(rpc, paused) == shown_flag(not resume):
        raise BadConfiguration(
            f"executor {executor} is {'running' if resume else 'paused'} already"
        )
    return Act(
        what="take plans again" if resume else "refuse all plans until resumed",
        sender=roles.owner,
        executor=executor,
        data=encode("resume()" if resume else "pause()"),
        watched=(paused,),
    )


def operator_act(rpc: RpcClient, executor: Address, operator: Address) -> Act:
    """Return what lets `operator`, and nobody else, run plans.

    Raises:
        BadConfiguration: there is no executor, or it has this operator.
        NodeUnreachable: no answer.
    """
    roles = read_roles(rpc, executor)
    if operator == roles.operator:
        raise BadConfiguration(f"executor {executor} has this operator already")
    return Act(
        what=f"let {operator} run plans, and {roles.operator} no longer",
        sender=roles.owner,
        executor=executor,
        data=encode("setOperator(address)", operator),
        watched=(_view("operator", executor, "operator()", ADDRESS),),
    )


def offer_act(rpc: RpcClient, executor: Address, owner: Address) -> Act:
    """Return what offers the ownership to `owner`, who must accept.

    Raises:
        BadConfiguration: there is no executor, or `owner` has it already.
        NodeUnreachable: no answer.
    """
    roles = read_roles(rpc, executor)
    if owner == roles.owner:
        raise BadConfiguration(f"executor {executor} has this owner already")
    return Act(
        what=f"offer the ownership to {owner}, who must accept",
        sender=roles.owner,
        executor=executor,
        data=encode("transferOwnership(address)", owner),
        watched=_ownership(executor),
    )


def accept_act(rpc: RpcClient, executor: Address) -> Act:
    """Return what takes the ownership that was offered.

    Raises:
        BadConfiguration: there is no executor, or no offer.
        NodeUnreachable: no answer.
    """
    roles = read_roles(rpc, executor)
    watched = _ownership(executor)
    offered = Address(read(rpc, watched[1]))
    if offered == ZERO:
        raise BadConfiguration(f"executor {executor}: the ownership is offered to nobody")
    return Act(
        what=f"take the ownership over from {roles.owner}",
        sender=offered,
        executor=executor,
        data=encode("acceptOwnership()"),
        watched=watched,
    )


def _balance(name: str, token: Address, who: Address) -> Watched:
    if token == ZERO:
        data = encode("getEthBalance(address)", who)
        return Watched(name=name, to=MULTICALL3, data=data, kind=AMOUNT)
    return Watched(name=name, to=token, data=encode("balanceOf(address)", who), kind=AMOUNT)


def _ownership(executor: Address) -> tuple[Watched, Watched]:
    return (
        _view("owner", executor, "owner()", ADDRESS),
        _view("pending owner", executor, "pendingOwner()", ADDRESS),
    )


def _view(name: str, executor: Address, signature: str, kind: str) -> Watched:
    return Watched(name=name, to=executor, data=encode(signature), kind=kind)
