"""What moved to or from an account in the logs of a transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from eth_utils.crypto import keccak

from bot.domain.assets import Token
from bot.domain.units import Address, Raw

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


def topic_of(who: Address) -> str:
    """Return an address as indexed topics hold it."""
    return "0x" + who[2:].lower().rjust(64, "0")


def received(logs: Iterable[Mapping[str, Any]], token: Token, who: Address) -> Raw:
    """Return what came in, in base units."""
    return _moved(logs, token, who, 2)


def paid(logs: Iterable[Mapping[str, Any]], token: Token, who: Address) -> Raw:
    """Return what went out, in base units."""
    return _moved(logs, token, who, 1)


def _moved(logs: Iterable[Mapping[str, Any]], token: Token, who: Address, place: int) -> Raw:
    return Raw(
        sum(
            int(entry["data"], 16)
            for entry in logs
            if entry["address"].lower() == token.address.lower()
            and entry["topics"][0] == TRANSFER
            and entry["topics"][place].lower() == topic_of(who)
        )
    )
