"""What a node says of itself and of the newest block, asked of every node at every head."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from bot.chain.abi import selector, word
from bot.chain.header_hash import Header, breach_of, head_as_announced, read_header
from bot.chain.lens import Lens, Read
from bot.chain.rpc import Asked, RpcCall, RpcClient
from bot.domain.assets import Token
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import GWEI
from bot.execution.node_trust import Finding

_WHOLE_TRANSACTIONS = False
_MOST_GAS_PRICE = 100_000 * GWEI
_LEAST_PARTS, _LEAST_OF = 3, 4  # of the base fee, which falls by an eighth per block at most


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one node said at one head, as far as it holds."""

    header: Header | None = None  # of the head; None: it does not have it
    newest: Header | None = None
    finding: Finding | None = None  # the first thing that was wrong


class Bearings:
    """The same few questions at every head, in one request."""

    def __init__(self, chain_id: int, tokens: Sequence[Token]) -> None:
        """`tokens`: whose decimals are asked again and again; they never change."""
        self._chain_id, self._tokens = chain_id, tuple(tokens)
        data = selector("decimals()")
        self._lens = Lens([Read(target=token.address, data=data) for token in tokens])

    def calls(self, head: Head) -> list[RpcCall]:
        """Return the questions."""
        by_hash = "eth_getBlockByHash"
        return [
            ("eth_chainId", ()),
            (by_hash, (head.hash, _WHOLE_TRANSACTIONS)),
            (by_hash, (head.parent_hash, _WHOLE_TRANSACTIONS)),
            ("eth_getBlockByNumber", ("latest", _WHOLE_TRANSACTIONS)),
            ("eth_gasPrice", ()),
            self._lens.request("latest"),
        ]

    def seen(
        self, head: Head, answers: Sequence[Any], parent: Header | None, *, announced: bool
    ) -> Seen:
        """Return what the answers to `calls` say; `announced`: this node told the head.

        `parent` is the header of the head's parent where it is known to be true to its hash.
        """
        chain, own, parents, newest, price, decimals = answers
        try:
            self._require_chain(chain)
            header = _header(own, head.hash)
            if header is not None:
                _require_rules(header, parent or _header(parents, head.parent_hash))
            if header is not None and announced:
                _require_announced(header, head)
            latest = header if header is not None and newest == own else _newest(newest)
            _require_price(price, latest)
            self._require_decimals(decimals)
        except (_Wrong, ValueError) as error:
            return Seen(finding=Finding(str(error), proven=True))
        except NodeRefused as error:
            return Seen(finding=Finding(str(error)))
        return Seen(header=header, newest=latest)

    def _require_chain(self, answer: Any) -> None:
        found = _number(answer, "chain id")
        if found != self._chain_id:
            raise _Wrong(f"it serves chain {found}, expected {self._chain_id}")

    def _require_decimals(self, answer: Any) -> None:
        if isinstance(answer, NodeRefused):
            raise answer
        try:
            told = self._lens.answers("", answer).data
        except NodeUnreachable as error:
            raise _Wrong(f"its answer to a view is no answer: {error.reason}") from error
        for token, data in zip(self._tokens, told, strict=True):
            found = word(data, 0)
            if len(data) != 32 or found != token.decimals:
                raise _Wrong(f"{token.symbol} has {found:.6g} decimals there, not {token.decimals}")


class BearingsAsked:
    """The questions on their way to one node; read once, then closed."""

    def __init__(self, node: RpcClient, calls: Sequence[RpcCall]) -> None:
        self._opened = ExitStack()
        self._asked: Asked | NodeUnreachable
        try:
            self._asked = self._opened.enter_context(node.ask(calls))
        except NodeUnreachable as error:
            self._asked = error

    def answers(self) -> list[Any] | Finding:
        """Return the answers, or what kept them from coming."""
        try:
            if isinstance(self._asked, NodeUnreachable):
                raise self._asked
            return self._asked.each()
        except NodeUnreachable as error:
            return Finding(f"it does not answer: {error.reason}")
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._opened.close()


class _Wrong(Exception):
    """The node is wrong by its own words; never leaves this module."""


def _header(answer: Any, wanted: str | None) -> Header | None:
    if answer is None or isinstance(answer, NodeRefused):
        return None
    header = read_header(answer)
    if wanted is not None and header.hash != wanted:
        raise _Wrong(f"asked for block {wanted}, it told {header.hash}")
    return header


def _newest(answer: Any) -> Header:
    header = _header(answer, None)
    if header is None:
        raise _Wrong("it has no newest block")
    return header


def _require_announced(header: Header, head: Head) -> None:
    if wrong := head_as_announced(header, head):
        raise _Wrong(f"block {head.number} was {wrong}")


def _require_rules(header: Header, parent: Header | None) -> None:
    if parent is not None and (breach := breach_of(parent, header)):
        raise _Wrong(breach)


def _require_price(answer: Any, newest: Header) -> None:
    """A node adds a tip to the base fee of a block or of the next one, if it tells a price."""
    if isinstance(answer, NodeRefused):
        return
    price = _number(answer, "gas price")
    if not newest.base_fee * _LEAST_PARTS // _LEAST_OF <= price <= _MOST_GAS_PRICE:
        raise _Wrong(f"its gas price of {price} wei makes no sense at {newest.base_fee} wei base")


def _number(answer: Any, what: str) -> int:
    if isinstance(answer, NodeRefused):
        raise answer
    try:
        return int(answer, 16)
    except (TypeError, ValueError) as error:
        raise _Wrong(f"its {what} is {answer!r:.80}") from error
