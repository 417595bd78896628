"""A small synchronous JSON-RPC client: keep-alive, deadlines, batches, no hidden retries."""

import itertools
from collections.abc import Sequence
from typing import Any, Self

import msgspec

from bot.chain.http import HttpPoster, Posted
from bot.chain.wire import decode_json
from bot.domain.errors import BadConfiguration, NodeRefused, NodeUnreachable, WrongChain

DEFAULT_TIMEOUT_S = 10.0

RpcCall = tuple[str, tuple[Any, ...]]  # method, params


class _Answer(msgspec.Struct):
    id: int | str | None = None
    result: Any = msgspec.UNSET
    error: Any = None


_DECODER = msgspec.json.Decoder(_Answer | list[_Answer])


class RpcClient:
    """JSON-RPC over one HTTP endpoint; nothing is retried: callers know what may be repeated."""

    def __init__(self, url: str, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Speak to the node at `url`; nothing is sent yet.

        Raises:
            BadConfiguration: not an http or https URL.
        """
        if not url.startswith(("http://", "https://")):
            raise BadConfiguration(f"node URL {url!r} must start with http:// or https://")
        self.url = url
        self._timeout_s = timeout_s
        self._poster: HttpPoster | None = None
        self._ids = itertools.count(1)

    def call(self, method: str, *params: Any) -> Any:
        """Return the node's `result`.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
            NodeRefused: the node answered with an error.
        """
        request = self._request(method, params)
        answer = self._post(request)
        if isinstance(answer, list):
            raise NodeUnreachable(self.url, f"answer to {method} is not a JSON-RPC object")
        if answer.id != request["id"] and not (answer.id is None and answer.error is not None):
            raise NodeUnreachable(self.url, f"answer to {method} carries another request's id")
        outcome = _outcome(self.url, method, answer)
        if isinstance(outcome, NodeRefused):
            raise outcome
        return outcome

    def batch(self, calls: Sequence[RpcCall]) -> list[Any]:
        """Return the results in the order of `calls`, sent as one request.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
            NodeRefused: any call of the batch was answered with an error.
        """
        with self.ask(calls) as asked:
            return asked.all()

    def batch_each(self, calls: Sequence[RpcCall]) -> list[Any]:
        """As `batch`, but a call that was refused has its `NodeRefused` for a result.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
        """
        with self.ask(calls) as asked:
            return asked.each()

    def ask(self, calls: Sequence[RpcCall]) -> "Asked":
        """Send `calls` as one request, and let the node work on them until they are read.

        No calls are no request.

        Raises:
            NodeUnreachable: it could not be sent.
        """
        requests = [self._request(method, params) for method, params in calls]
        return Asked(self.url, requests, self._begin(requests) if requests else None)

    def require_chain(self, chain_id: int) -> None:
        """Check which chain is served, before anything else is believed.

        Raises:
            WrongChain: another one.
            NodeUnreachable: no usable answer.
        """
        answer = self.call("eth_chainId")
        try:
            found = int(answer, 16)
        except (TypeError, ValueError) as error:
            raise NodeUnreachable(self.url, f"its chain id is {answer!r:.80}") from error
        if found != chain_id:
            raise WrongChain(self.url, found, chain_id)

    def move(self, url: str) -> None:
        """Speak to the node at `url` from the next request on."""
        self.close()
        self.url, self._poster = url, None

    def close(self) -> None:
        """Drop the pooled connections."""
        if self._poster is not None:
            self._poster.close()

    def _request(self, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: dict[str, Any] | list[dict[str, Any]]) -> _Answer | list[_Answer]:
        with self._begin(body) as posted:
            return _read(self.url, posted)

    def _begin(self, body: dict[str, Any] | list[dict[str, Any]]) -> Posted:
        try:
            if self._poster is None:
                self._poster = HttpPoster(self.url, timeout_s=self._timeout_s)
            return self._poster.begin(msgspec.json.encode(body))
        except (OSError, ValueError) as error:
            raise NodeUnreachable(self.url, str(error) or type(error).__name__) from error


class Asked:
    """A batch that has left for the node; read it within its with-block, once."""

    def __init__(self, url: str, requests: Sequence[dict[str, Any]], posted: Posted | None) -> None:
        self._url, self._requests, self._posted = url, requests, posted

    def each(self) -> list[Any]:
        """Return the results in order; a call that was refused has its `NodeRefused` for one.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
        """
        if self._posted is None:
            return []
        answer = _read(self._url, self._posted)
        if not isinstance(answer, list) or len(answer) != len(self._requests):
            raise NodeUnreachable(self._url, "batch was not answered in full")
        by_id = {item.id: item for item in answer}
        if any(request["id"] not in by_id for request in self._requests):
            raise NodeUnreachable(self._url, "batch was answered with foreign ids")
        return [
            _outcome(self._url, request["method"], by_id[request["id"]])
            for request in self._requests
        ]

    def all(self) -> list[Any]:
        """Return the results in order.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
            NodeRefused: any call of the batch was answered with an error.
        """
        results = self.each()
        for result in results:
            if isinstance(result, NodeRefused):
                raise result
        return results

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._posted is not None:
            self._posted.__exit__()


def _read(url: str, posted: Posted) -> _Answer | list[_Answer]:
    try:
        found = posted.answer()
    except (OSError, ValueError) as error:
        raise NodeUnreachable(url, str(error) or type(error).__name__) from error
    if found.status != 200:
        raise NodeUnreachable(url, f"HTTP status {found.status}")
    try:
        answer: _Answer | list[_Answer] = decode_json(_DECODER, found.body)
    except ValueError as error:
        raise NodeUnreachable(url, "answer is not JSON-RPC") from error
    return answer


def _outcome(url: str, method: str, answer: _Answer) -> Any:
    if answer.error is not None:
        return _refusal(method, answer.error)
    if answer.result is msgspec.UNSET:
        raise NodeUnreachable(url, f"answer to {method} has no result")
    return answer.result


def _refusal(method: str, error: Any) -> NodeRefused:
    if not isinstance(error, dict):
        return NodeRefused(method, 0, str(error))
    code, data = error.get("code"), error.get("data")
    return NodeRefused(
        method,
        code if isinstance(code, int) else 0,
        str(error.get("message", "no message")),
        data if isinstance(data, str) else None,
    )
