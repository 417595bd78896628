"""A builder's own form of the bundle methods, turned into the relay's, which checks the rest."""

from typing import Any

from bot.domain.builders import Cancel, Dialect
from bot.sandbox.bundle_pool import Bundle
from bot.sandbox.bundle_requests import BadParams, parse_cancel, parse_send
from bot.sandbox.relay_options import RelayOptions

_COMMON = ("minTimestamp", "maxTimestamp", "revertingTxHashes")
_REFUNDS = ("refundPercent", "refundRecipient", "refundTxHashes")


def parse_sent(params: Any, dialect: Dialect, signer: str, limits: RelayOptions) -> Bundle | str:
    """Return a bundle; or, where an empty one takes another back, the id of that other.

    Raises:
        BadParams: a field that this form does not have, a shape or a limit.
    """
    words = dict(_words(params, prefixed=dialect.prefixed))
    raw, block = ("txs", "blockNumber") if dialect.prefixed else ("transaction", "block_number")
    found = {"txs": words.pop(raw, None), "blockNumber": words.pop(block, None)}
    if dialect.id_field in words:
        found["replacementUuid"] = words.pop(dialect.id_field)
    known = _COMMON + (("builders",) if dialect.multiplexes else ())
    found |= {name: words.pop(name) for name in known if name in words}
    _take_refund(words, dialect)
    if words:
        raise BadParams(f"unknown field {min(words)}")
    if found["txs"] == [] and dialect.cancel is Cancel.EMPTY:
        return parse_cancel([{"replacementUuid": found.get("replacementUuid")}])
    if not dialect.prefixed and isinstance(found["txs"], list):
        found["txs"] = [_prefixed(one) for one in found["txs"]]
    return parse_send([found], signer, limits)


def parse_taken_back(params: Any, dialect: Dialect) -> str:
    """Return the id of the bundle to forget.

    Raises:
        BadParams: shape.
    """
    words = dict(_words(params, prefixed=dialect.prefixed))
    found = {"replacementUuid": words.pop(dialect.id_field, None)}
    return parse_cancel([found | words])


def _words(params: Any, *, prefixed: bool) -> dict[str, Any]:
    asked = params[0] if prefixed and isinstance(params, list) and len(params) == 1 else params
    if not isinstance(asked, dict):
        raise BadParams("expected a list of one object" if prefixed else "expected an object")
    return asked


def _take_refund(words: dict[str, Any], dialect: Dialect) -> None:
    if not dialect.refunds:
        return
    percent = words.pop("refundPercent", 0)
    if not isinstance(percent, int) or not 0 <= percent <= 99:
        raise BadParams("refundPercent must be 0 to 99")
    for name in _REFUNDS:
        words.pop(name, None)


def _prefixed(one: Any) -> str:
    if not isinstance(one, str) or one.startswith("0x"):
        raise BadParams("transactions must be hex without 0x prefix")
    return "0x" + one
