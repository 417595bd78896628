"""Starts the local relay in its own process, so that it does not share the bot's interpreter."""

from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import quote

import msgspec

from bot.domain.errors import BadConfiguration, NodeUnreachable
from bot.sandbox.block_builder import BuiltBlock
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.child import Child, ChildFailed
from bot.sandbox.relay_options import RELAY_NAME, Faults, RelayOptions
from bot.sandbox.rpc_door import Arrival


class Relay:
    """A running local relay and block builder."""

    def __init__(self, child: Child) -> None:
        self.url = child.announced["url"]
        self._child = child

    def build(self) -> BuiltBlock:
        """Mine one block now and return what became of its bundles.

        Raises:
            ChildFailed: no block was built.
        """
        return msgspec.convert(self._admin("POST", "build"), BuiltBlock)

    def outcomes(self, after: int = 0) -> list[BundleOutcome]:
        """Return all bundle outcomes so far, in order, without the first `after`.

        Raises:
            ChildFailed: the relay did not answer.
        """
        return msgspec.convert(self._admin("GET", f"outcomes?after={after}"), list[BundleOutcome])

    def misbehave(self, faults: Faults, builder: str = RELAY_NAME) -> None:
        """Let the relay or a builder fail as told from the next request on; `Faults()` ends it.

        Raises:
            ChildFailed: the relay did not answer, or knows no such builder.
        """
        path = f"faults?builder={quote(builder, safe='')}"
        self._admin("POST", path, msgspec.json.encode(faults))

    def builder_url(self, name: str) -> str:
        """Return where a builder beside the relay takes bundles."""
        return f"{self.url}/builders/{quote(name, safe='')}"

    def arrivals(self, builder: str = RELAY_NAME) -> list[Arrival]:
        """Return when the relay or a builder was asked what, by the machine's monotonic clock.

        Raises:
            ChildFailed: the relay did not answer, or knows no such builder.
        """
        path = f"arrivals?builder={quote(builder, safe='')}"
        return msgspec.convert(self._admin("GET", path), list[Arrival])

    @property
    def hints_url(self) -> str:
        """Return where private transactions are hinted at."""
        return f"{self.url}/mev-share"

    def cut_hints(self) -> int:
        """Cut off everybody who listens for hints, and return how many there were.

        Raises:
            ChildFailed: the relay did not answer.
        """
        return int(self._admin("POST", "hints/cut")["cut"])

    def stop(self) -> None:
        """End the process; it stops by itself when this process dies."""
        self._child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _admin(self, verb: str, path: str, body: bytes | None = None) -> Any:
        response = self._child.ask(verb, f"admin/{path}", body)
        answer = msgspec.json.decode(response.data)
        if response.status != 200:
            raise ChildFailed(f"local relay {self.url}: {answer['error']}")
        return answer


def start_relay(node_url: str, options: RelayOptions | None = None) -> Relay:
    """Start the relay on the anvil at `node_url`, which must run --no-mining --order fifo.

    Raises:
        NodeUnreachable: no node there.
        BadConfiguration: not such an anvil, or the port is taken.
        ChildFailed: the process did not come up.
    """
    chosen = msgspec.json.encode(options or RelayOptions()).decode()
    arguments = ("--with-parent", "--node", node_url, "--options", chosen)
    child = Child("bot.sandbox.relay_process", arguments)
    with ExitStack() as failed:
        failed.callback(child.stop)
        if "unreachable" in child.announced:
            raise NodeUnreachable(node_url, child.announced["unreachable"])
        if "error" in child.announced:
            raise BadConfiguration(child.announced["error"])
        failed.pop_all()
    return Relay(child)
