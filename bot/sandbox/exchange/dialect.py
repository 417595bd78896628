"""What a venue's own words are to the server: paths, sockets, and how it says no."""

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web


class Dialect(Protocol):
    """One venue's REST and WebSocket. Its constructor takes the `Floor` it speaks for.

    Paths begin with the host that they have in the world (``/api.kraken.com/0/public/Time``): ccxt
    tells markets apart by it, and one server can speak for all. Mishaps of requests are the
    server's; a dialect calls `Floor.mishaps` only for what books say and for checksums.
    """

    hosts: frozenset[str]  # first path segments that are this venue's

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every path that is served."""

    def limited(self, retry_after_s: int, *, banned: bool) -> web.Response:
        """Return the answer to one request too many."""

    def outcome_unknown(self) -> web.Response:
        """Return the answer of a venue that does not know what became of the request."""
