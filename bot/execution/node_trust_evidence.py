"""What the roots in a block's header prove, whoever hands over the proof."""

from collections.abc import Sequence
from string import hexdigits
from typing import Any

import msgspec
import rlp
from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, BlockEnv, Env

from bot.chain.header_hash import Header, read_header
from bot.chain.header_receipts import logs_for, receipts_root
from bot.chain.header_trie import proven
from bot.chain.quorum_answers import block_of
from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.execution.revm import HARDFORK

_GAS = 1 << 32  # no view needs as much
_WHOLE_TRANSACTIONS = False
_NOBODY = "0x" + "00" * 20
_EMPTY_CODE = keccak(b"")
_OF_ACCOUNTS = ("eth_getTransactionCount", "eth_getBalance", "eth_getCode")
_KEPT = 8  # headers and blocks of receipts


class ProvenAccount(msgspec.Struct, frozen=True):
    """An account and some of its storage, as the state root has them."""

    nonce: int
    balance: int
    code_hash: bytes
    storage: dict[str, int]


class Evidence:
    """Asks nodes for proofs; what does not hold counts as not given."""

    def __init__(self, nodes: Sequence[RpcClient]) -> None:
        self._nodes = tuple(nodes)
        self._headers: dict[str, Header] = {}
        self._receipts: dict[str, list[Any]] = {}

    def truth(self, call: RpcCall) -> Any:
        """Return what the right answer to `call` is; None: it cannot be proven here."""
        block_hash = block_of(call)
        header = None if block_hash is None else self.header(block_hash)
        if header is None:
            return None
        method, params = call
        if method == "eth_getLogs":
            return self._logs(params[0], header)
        if method == "eth_call":
            return self._outcome(params, header)
        return self._of_account(method, str(params[0]), header)

    def nonce(self, who: str, block_hash: str) -> int | None:
        """Return the next nonce of an account at the end of a block."""
        header = self.header(block_hash)
        account = None if header is None else self._account(who, (), header)
        return None if account is None else account.nonce

    def header(self, block_hash: str) -> Header | None:
        """Return the header of that hash."""
        if block_hash not in self._headers:
            for answer in self._asked("eth_getBlockByHash", block_hash, _WHOLE_TRANSACTIONS):
                try:
                    found = read_header(answer)
                except ValueError:
                    continue
                if found.hash == block_hash:
                    _keep(self._headers, block_hash, found)
                    break
        return self._headers.get(block_hash)

    def _of_account(self, method: str, who: str, header: Header) -> str | None:
        if method not in _OF_ACCOUNTS or (account := self._account(who, (), header)) is None:
            return None
        if method == "eth_getCode":
            return self._code(who, account, header)
        return hex(account.nonce if method == "eth_getTransactionCount" else account.balance)

    def _logs(self, chosen: dict[str, Any], header: Header) -> list[Any] | None:
        if header.hash not in self._receipts:
            for answer in self._asked("eth_getBlockReceipts", header.hash):
                try:
                    if receipts_root(answer) == header.receipts_root:
                        _keep(self._receipts, header.hash, answer)
                        break
                except ValueError:
                    continue
        found = self._receipts.get(header.hash)
        return None if found is None else logs_for(found, chosen)

    def _account(self, who: str, slots: Sequence[str], header: Header) -> ProvenAccount | None:
        words = [f"0x{int(slot, 16):064x}" for slot in slots]
        for answer in self._asked("eth_getProof", who, words, {"blockHash": header.hash}):
            try:
                return _proven_account(who, words, answer, header.state_root)
            except (ValueError, KeyError, TypeError, IndexError):
                continue
        return None

    def _code(self, who: str, account: ProvenAccount, header: Header) -> str | None:
        if account.code_hash == _EMPTY_CODE:
            return "0x"
        for answer in self._asked("eth_getCode", who, {"blockHash": header.hash}):
            try:
                if keccak(bytes.fromhex(answer[2:])) == account.code_hash:
                    return str(answer)
            except (ValueError, TypeError):
                continue
        return None

    def _outcome(self, params: tuple[Any, ...], header: Header) -> str | None:
        """Return what a view says, run here on proven state alone."""
        request, _, *more = params
        if len(more) > 1:  # in another block than the one that is proven
            return None
        override = _decoded(more[0]) if more else {}
        block = BlockEnv(number=header.number, timestamp=header.timestamp_s)
        evm = EVM(env=Env(block=block), spec_id=HARDFORK)
        for who, slots in self._touched(params).items():
            account = self._account(who, sorted(slots), header)
            code = None if account is None else self._code(who, account, header)
            if account is None or code is None:
                return None
            _insert(evm, who, account, override.get(who, {}).get("code", code))
        try:
            output = evm.message_call(
                request.get("from", _NOBODY),
                request["to"],
                calldata=bytes.fromhex(request.get("data", request.get("input", "0x"))[2:]),
                gas=_GAS,
            )
        except RuntimeError:  # pyrevm's only way to report a revert
            return None
        return "0x" + bytes(output).hex()

    def _touched(self, params: tuple[Any, ...]) -> dict[str, set[str]]:
        """Return every account and slot that any node's trace of a view names."""
        request, at, *more = params
        how: dict[str, Any] = {
            "tracer": "prestateTracer",
            "tracerConfig": {"disableCode": True},
            **({"stateOverrides": more[0]} if more else {}),
        }
        found: dict[str, set[str]] = {}
        for answer in self._asked("debug_traceCall", request, at, how):
            if not isinstance(answer, dict):
                continue
            for who, account in answer.items():
                slots = account.get("storage", {}) if isinstance(account, dict) else {}
                found.setdefault(who, set()).update(slot for slot in slots if _is_hex(slot))
        return found

    def _asked(self, method: str, *params: Any) -> list[Any]:
        answers = []
        for node in self._nodes:
            try:
                answers += node.batch_each([(method, params)])
            except NodeUnreachable:
                continue
        return [answer for answer in answers if not isinstance(answer, NodeRefused)]


def _proven_account(
    who: str, words: Sequence[str], answer: Any, state_root: bytes
) -> ProvenAccount:
    value = proven(state_root, bytes.fromhex(who[2:]), _nodes(answer["accountProof"]))
    if not value:
        return ProvenAccount(0, 0, _EMPTY_CODE, {})
    nonce, balance, storage_root, code_hash = rlp.decode(value)
    told = {f"0x{int(one['key'], 16):064x}": one["proof"] for one in answer["storageProof"]}
    storage = {}
    for word in words:
        held = proven(storage_root, bytes.fromhex(word[2:]), _nodes(told[word]))
        storage[word] = int.from_bytes(rlp.decode(held), "big") if held else 0
    return ProvenAccount(_number(nonce), _number(balance), code_hash, storage)


def _insert(evm: EVM, who: str, account: ProvenAccount, code: str) -> None:
    held: dict[str, Any] = {"nonce": account.nonce, "balance": account.balance}
    raw = bytes.fromhex(code[2:])
    if raw:
        held["code"], held["code_hash"] = raw, keccak(raw)
    evm.insert_account_info(who, AccountInfo(**held))
    for slot, value in account.storage.items():
        evm.insert_account_storage(who, int(slot, 16), value)


def _is_hex(text: Any) -> bool:
    digits = text.removeprefix("0x") if isinstance(text, str) else ""
    return bool(digits) and all(digit in hexdigits for digit in digits)


def _nodes(proof: Any) -> list[bytes]:
    return [bytes.fromhex(one[2:]) for one in proof]


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _decoded(override: Any) -> dict[str, Any]:
    if isinstance(override, msgspec.Raw):
        return dict(msgspec.json.decode(override))
    return dict(override)


def _keep(kept: dict[str, Any], block_hash: str, found: Any) -> None:
    while len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    kept[block_hash] = found
