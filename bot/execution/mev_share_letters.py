"""A backrun as MEV-Share wants to be told of it: one transaction behind the hash of another.

Source: flashbots-docs, `mev_sendBundle` v0.1 and `mev_simBundle`; since 2025-10-20 a bundle holds
one backrun transaction at most.
"""

from typing import Any

import msgspec

from bot.execution.bundle_letters import REQUEST_ID, Identity, Letter
from bot.execution.mev_share_options import MevShareOptions

_VERSION = "v0.1"


class Backrun(msgspec.Struct, frozen=True, kw_only=True):
    """A signed transaction that is to stand right behind a hinted one, or nowhere."""

    behind: str  # the hint's hash
    transaction: bytes
    block: int
    last_block: int


def backrun_letter(backrun: Backrun, options: MevShareOptions, identity: Identity) -> Letter:
    """Return the request to hold a backrun."""
    words = _words(backrun)
    if options.refund_percent is not None:
        words["validity"] = {"refund": [{"bodyIdx": 0, "percent": options.refund_percent}]}
    if options.builders:
        words["privacy"] = {"builders": list(options.builders)}
    return _letter("mev_sendBundle", [words], identity)


def simulation_letter(backrun: Backrun, identity: Identity) -> Letter:
    """Return the request to run a backrun on top of the block before it."""
    params = [_words(backrun), {"parentBlock": hex(backrun.block - 1)}]
    return _letter("mev_simBundle", params, identity)


def _words(backrun: Backrun) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "inclusion": {"block": hex(backrun.block), "maxBlock": hex(backrun.last_block)},
        "body": [
            {"hash": backrun.behind},
            {"tx": "0x" + backrun.transaction.hex(), "canRevert": False},
        ],
    }


def _letter(method: str, params: list[Any], identity: Identity) -> Letter:
    request = {"jsonrpc": "2.0", "id": REQUEST_ID, "method": method, "params": params}
    body = msgspec.json.encode(request)
    return Letter(body=body, headers=identity.headers(body))
