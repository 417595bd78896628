"""Before the first plan: the executor is there, is ours, and reads indices as we write them."""

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.domain.executor_lists import (
    LOCAL_LISTS,
    MAINNET_LISTS,
    ExecutorLists,
    address_word,
)
from bot.domain.units import Address


def require_executor(rpc: RpcClient, executor: Address, operator: Address) -> ExecutorLists:
    """Check that the executor is there and takes plans from `operator`; return its lists.

    They are those of this version, with the local mainnet's own pools or without.

    Raises:
        BadConfiguration: it is not there, takes plans from another, or has other lists.
        NodeUnreachable: no answer.
    """
    if not executor:
        raise BadConfiguration("no executor: deploy one with `ape run deploy`, then name it")
    if len(rpc.call("eth_getCode", executor, "latest")) <= 2:
        raise BadConfiguration(f"no contract at {executor}: is this the chain it was deployed on?")
    found = operator_of(rpc, executor)
    if int(found, 16) != int(operator, 16):
        raise BadConfiguration(f"executor {executor} takes plans from {found} only")
    return lists_of(rpc, executor)


def operator_of(rpc: RpcClient, executor: Address) -> Address:
    """Return who may run plans, in lower case.

    Raises:
        NodeUnreachable: no answer.
    """
    found = rpc.call("eth_call", {"to": executor, "data": encode_hex("operator()")}, "latest")
    return Address(f"0x{found[-40:]}")


def lists_of(rpc: RpcClient, executor: Address) -> ExecutorLists:
    """Return the executor's lists: mainnet's of this version, or those with local pools.

    Raises:
        BadConfiguration: it has others, or is not there.
        NodeUnreachable: no answer.
    """
    expected = [
        *(
            (token.symbol, encode_hex("tokenAt(uint256)", place), address_word(token.address))
            for place, token in enumerate(LOCAL_LISTS.tokens)
        ),
        *(
            (target.name, encode_hex("targetAt(uint256)", place), target.word)
            for place, target in enumerate(LOCAL_LISTS.targets)
        ),
    ]
    calls = [("eth_call", ({"to": executor, "data": data}, "latest")) for _, data, _ in expected]
    answers = rpc.batch_each(calls)
    needed = len(MAINNET_LISTS.tokens) + len(MAINNET_LISTS.targets)
    for (name, _, word), answer in zip(expected[:needed], answers[:needed], strict=True):
        if isinstance(answer, NodeRefused):
            reason = f"executor {executor} has shorter lists than this version: deploy a new one"
            raise BadConfiguration(reason) from answer
        if bytes.fromhex(answer[2:]) != word:
            raise BadConfiguration(
                f"executor {executor} has {answer} where this version has {name}: deploy a new one"
            )
    is_local = all(
        not isinstance(answer, NodeRefused) and bytes.fromhex(answer[2:]) == word
        for (_, _, word), answer in zip(expected[needed:], answers[needed:], strict=True)
    )
    return LOCAL_LISTS if is_local else MAINNET_LISTS
