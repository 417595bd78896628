"""The registry's checks, asked of a chain in one read."""

from collections.abc import Iterable, Sequence

from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from bot.chain.abi import decode, encode
from bot.chain.lens import Lens, Read
from bot.chain.rpc import RpcClient
from bot.domain.pool_checks import Check

_WORD = 32


def confirm(rpc: RpcClient, groups: Sequence[Sequence[Check]]) -> list[tuple[str, ...]]:
    """Return for each group of checks what the newest block contradicts: nothing where all holds.

    Raises:
        NodeUnreachable: no answer.
        NodeRefused: the node takes no state overrides.
    """
    reads = [read for group in groups for check in group for read in _reads(check)]
    answers = iter(Lens(reads).look(rpc, "latest").data if reads else ())
    found = []
    for group in groups:
        told = [(check, [next(answers) for _ in _reads(check)]) for check in group]
        found.append(tuple(filter(None, (_contradiction(check, said) for check, said in told))))
    return found


def _reads(check: Check) -> Iterable[Read]:
    views = (check.view, check.or_view) if check.or_view else (check.view,)
    return [Read(target=check.target, data=encode(view, *check.arguments)) for view in views]


def _contradiction(check: Check, answers: Sequence[bytes]) -> str:
    answer = next(filter(None, answers), b"")
    if not answer:
        return f"{check.question} gives no answer"
    if check.expects is None:
        return ""
    said, meant = _shown(check, answer), _meant(check)
    return "" if said == meant else f"{check.question} is {said}, not {meant}"


def _shown(check: Check, answer: bytes) -> str:
    """Return the answer as the kind of value that is expected."""
    if check.reads_text:
        return _text(answer)
    first = answer[:_WORD]
    if isinstance(check.expects, bytes):
        return "0x" + first.hex()
    if isinstance(check.expects, int):
        return str(int.from_bytes(first, "big"))
    if any(first[:12]):
        return "0x" + first.hex()
    return to_checksum_address(first[12:])


def _meant(check: Check) -> str:
    return "0x" + check.expects.hex() if isinstance(check.expects, bytes) else str(check.expects)


def _text(answer: bytes) -> str:
    """Return a string, or the bytes32 that old tokens have in its place."""
    try:
        if len(answer) > _WORD:
            return str(decode("string", answer)[0])
        return answer.rstrip(b"\0").decode()
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return "0x" + answer.hex()
