"""Where ccxt sends its requests."""

import re
from typing import Any

_HOST = re.compile(r"^(http|ws)s?://([^/]+)")


def moved_urls(urls: Any, to: str) -> Any:
    """Return ccxt's URLs with every host replaced: a partial list would leak to the internet.

    The old host stays as the first path segment, for ccxt tells some markets apart by it. Sockets
    go to the same place; `to` is an ``http://`` address.
    """
    if isinstance(urls, dict):
        return {key: moved_urls(value, to) for key, value in urls.items()}
    if isinstance(urls, list):
        return [moved_urls(value, to) for value in urls]
    if not isinstance(urls, str):
        return urls
    place = to.rstrip("/").removeprefix("http://")
    return _HOST.sub(lambda found: f"{found[1]}://{place}/{found[2]}", urls)
