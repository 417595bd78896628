"""A small synchronous JSON-RPC client: keep-alive, deadlines, batches, no hidden retries."""

import itertools
from typing import Any

import msgspec
import urllib3

from bot.domain.errors import NodeRefused, NodeUnreachable, WrongChain

DEFAULT_TIMEOUT_S = 10.0


class RpcClient:
    """JSON-RPC over one HTTP endpoint; nothing is retried: callers know what may be repeated."""

    def __init__(self, url: str, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(
            maxsize=4, retries=False, timeout=urllib3.Timeout(total=timeout_s)
        )
        self._ids = itertools.count(1)

    def call(self, method: str, *params: Any) -> Any:
        """Return the node's `result`.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
            NodeRefused: the node answered with an error.
        """
        answer = self._post(self._request(method, params))
        if not isinstance(answer, dict):
            raise NodeUnreachable(self.url, f"answer to {method} is not a JSON-RPC object")
        return self._result(method, answer)

    def batch(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Return the results in the order of `calls`, sent as one request.

        Raises:
            NodeUnreachable: no usable answer within the deadline.
            NodeRefused: any call of the batch was answered with an error.
        """
        if not calls:
            return []
        requests = [self._request(method, params) for method, params in calls]
        answer = self._post(requests)
        if not isinstance(answer, list) or len(answer) != len(requests):
            raise NodeUnreachable(self.url, "batch was not answered in full")
        by_id = {item.get("id"): item for item in answer if isinstance(item, dict)}
        if any(request["id"] not in by_id for request in requests):
            raise NodeUnreachable(self.url, "batch was answered with foreign ids")
        return [self._result(request["method"], by_id[request["id"]]) for request in requests]

    def require_chain(self, chain_id: int) -> None:
        """Check which chain is served, before anything else is believed.

        Raises:
            WrongChain: another one.
        """
        found = int(self.call("eth_chainId"), 16)
        if found != chain_id:
            raise WrongChain(self.url, found, chain_id)

    def close(self) -> None:
        """Drop the pooled connections."""
        self._pool.clear()

    def _request(self, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: dict[str, Any] | list[dict[str, Any]]) -> Any:
        try:
            response = self._pool.request(
                "POST",
                self.url,
                body=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
        except urllib3.exceptions.HTTPError as error:
            raise NodeUnreachable(self.url, str(error)) from error
        if response.status != 200:
            raise NodeUnreachable(self.url, f"HTTP status {response.status}")
        try:
            return msgspec.json.decode(response.data)
        except msgspec.DecodeError as error:
            raise NodeUnreachable(self.url, "answer is not JSON") from error

    @staticmethod
    def _result(method: str, answer: dict[str, Any]) -> Any:
        error = answer.get("error")
        if error is not None:
            if not isinstance(error, dict):
                raise NodeRefused(method, 0, str(error))
            data = error.get("data")
            raise NodeRefused(
                method,
                int(error.get("code", 0)),
                str(error.get("message", "no message")),
                data if isinstance(data, str) else None,
            )
        return answer.get("result")
