"""Hints of MEV-Share: what the sender of a private transaction lets others know of it.

Every field but the hash may be missing. A hint is somebody's word: nothing follows from it that the
node does not confirm.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{64}$")]
_Address = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{40}$")]
_Bytes = Annotated[str, msgspec.Meta(pattern="^0x([0-9a-fA-F]{2})*$")]
_Selector = Annotated[str, msgspec.Meta(pattern="^(0x([0-9a-fA-F]{8})?)?$")]


class HintLog(msgspec.Struct, frozen=True):
    """An event that the transaction emits, amounts only where they are shared."""

    address: _Address
    topics: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=4)] = ()
    data: _Bytes = "0x"


class HintCall(msgspec.Struct, frozen=True, rename="camel"):
    """What is shared of a transaction itself."""

    to: _Address | None = None
    function_selector: _Selector | None = None
    call_data: _Bytes | None = None
    hash: Hash | None = None


class Hint(msgspec.Struct, frozen=True):
    """One event of the stream; of a bundle where it is of several transactions."""

    hash: Hash  # of the transaction's hash
    logs: tuple[HintLog, ...] | None = None
    txs: tuple[HintCall, ...] | None = None


class HintStream(Protocol):
    """Where hints come from."""

    def __aiter__(self) -> AsyncIterator[Hint]:
        """Yield hints as they come, for ever; what was missed meanwhile is gone."""


_HINTS = msgspec.json.Decoder(Hint)


def hint_of(text: bytes) -> Hint:
    """Return what an event says.

    Raises:
        ValueError: it is no hint.
    """
    try:
        return _HINTS.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
