"""Many views of one block in one `eth_call`: `PoolLens` lives only inside the call."""

from collections.abc import Sequence

import msgspec
from eth_abi.exceptions import DecodingError

from bot.chain.abi import decode, encode_hex
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeUnreachable
from bot.domain.units import Address

LENS = Address(
    "0x000000000000000000000000000000005265506f"
)  # no code there; a state override adds it
_READ = "read((address,bytes)[])"


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One view: who is asked, and the calldata."""

    target: Address
    data: bytes


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a block said: an empty answer where nobody lives or the view reverted."""

    block: int
    timestamp_s: int
    data: tuple[bytes, ...]


class Lens:
    """Asks the same reads every block: the request is encoded once."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self._count = len(reads)
        self._calldata = encode_hex(_READ, [(read.target, read.data) for read in reads])
        self._override = {LENS: {"code": "0x" + load_artifact("PoolLens").runtime_code.hex()}}

    def look(self, rpc: RpcClient, block: str) -> Answers:
        """Return the answers as of `block`, a hash, a hex number or ``latest``.

        Raises:
            NodeUnreachable: no usable answer.
            NodeRefused: the node does not know the block or takes no state override.
        """
        where = {"blockHash": block} if len(block) == 66 else block
        call = {"to": LENS, "data": self._calldata}
        raw = rpc.call("eth_call", call, where, self._override)
        if not isinstance(raw, str) or len(raw) < 2 + 64 * 4:
            raise NodeUnreachable(rpc.url, "the node ignores state overrides in eth_call")
        try:
            number, timestamp, data = decode("uint256,uint256,bytes[]", bytes.fromhex(raw[2:]))
        except (DecodingError, ValueError) as error:
            raise NodeUnreachable(rpc.url, f"the lens answered nonsense: {error}") from error
        if len(data) != self._count:
            raise NodeUnreachable(rpc.url, f"{len(data)} answers to {self._count} reads")
        return Answers(block=number, timestamp_s=timestamp, data=data)
