"""Before the first plan: the executor is there, is ours, and reads indices as we write them."""

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.domain.executor_lists import MAINNET_LISTS, ExecutorLists, address_word
from bot.domain.units import Address


def require_executor(
    rpc: RpcClient,
    executor: Address,
    operator: Address,
    lists: ExecutorLists = MAINNET_LISTS,
) -> None:
    """Check that the executor is there, takes plans from `operator`, and has `lists`.

    Raises:
        BadConfiguration: it is not, it does not, or it has not.
        NodeUnreachable: no answer.
    """
    if not executor:
        raise BadConfiguration("no executor: deploy one with `ape run deploy`, then name it")
    if len(rpc.call("eth_getCode", executor, "latest")) <= 2:
        raise BadConfiguration(f"no contract at {executor}: is this the chain it was deployed on?")
    found = rpc.call("eth_call", {"to": executor, "data": encode_hex("operator()")}, "latest")
    if int(found, 16) != int(operator, 16):
        raise BadConfiguration(f"executor {executor} takes plans from 0x{found[-40:]} only")
    _require_lists(rpc, executor, lists)


def _require_lists(rpc: RpcClient, executor: Address, lists: ExecutorLists) -> None:
    expected = [
        *(
            (token.symbol, encode_hex("tokenAt(uint256)", place), address_word(token.address))
            for place, token in enumerate(lists.tokens)
        ),
        *(
            (target.name, encode_hex("targetAt(uint256)", place), target.word)
            for place, target in enumerate(lists.targets)
        ),
    ]
    calls = [("eth_call", ({"to": executor, "data": data}, "latest")) for _, data, _ in expected]
    try:
        answers = rpc.batch(calls)
    except NodeRefused as error:
        reason = f"executor {executor} has shorter lists than this version: deploy a new one"
        raise BadConfiguration(reason) from error
    for (name, _, word), answer in zip(expected, answers, strict=True):
        if bytes.fromhex(answer[2:]) != word:
            raise BadConfiguration(
                f"executor {executor} has {answer} where this version has {name}: deploy a new one"
            )
