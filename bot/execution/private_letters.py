"""One transaction in private, as Flashbots' relay wants to be told of it, and how it is taken back.

The words are written as the `flashbots` package writes them, but for `maxBlockNumber`: it sends a
number where the documentation wants hex.
"""

import json
from typing import Any

import msgspec

from bot.execution.bundle_letters import REQUEST_ID, Identity, Letter
from bot.execution.private_options import PrivateOptions

SEND_PRIVATE, CANCEL_PRIVATE = "eth_sendPrivateTransaction", "eth_cancelPrivateTransaction"


def private_letter(
    raw: bytes, last_block: int, options: PrivateOptions, identity: Identity
) -> Letter:
    """Return the request to include a signed transaction up to `last_block`, in private."""
    privacy: dict[str, Any] = {"hints": list(options.hints)}
    if options.builders:
        privacy["builders"] = list(options.builders)
    wishes: dict[str, Any] = {"fast": options.fast, "privacy": privacy}
    if options.refunds:
        wishes["validity"] = {"refund": msgspec.to_builtins(options.refunds)}
    words = {"tx": "0x" + raw.hex(), "maxBlockNumber": hex(last_block), "preferences": wishes}
    return _letter(SEND_PRIVATE, words, identity)


def cancel_private_letter(transaction_hash: str, identity: Identity) -> Letter:
    """Return the request to stop handing a private transaction to builders."""
    return _letter(CANCEL_PRIVATE, {"txHash": transaction_hash}, identity)


def _letter(method: str, words: dict[str, Any], identity: Identity) -> Letter:
    request = {"jsonrpc": "2.0", "method": method, "params": [words], "id": REQUEST_ID}
    body = json.dumps(request).encode()
    return Letter(body=body, headers=identity.headers(body))
