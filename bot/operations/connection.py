"""Which endpoints a script talks to, given what its framework is connected to."""

from bot.domain.errors import BadConfiguration


def node_urls(http_url: str | None, ws_url: str | None) -> tuple[str, str]:
    """Return HTTP and WebSocket endpoint; anvil and most nodes behind a proxy serve both on one.

    Raises:
        BadConfiguration: the connection is not one to a node with an HTTP endpoint.
    """
    if not http_url or not http_url.startswith("http"):
        raise BadConfiguration(
            "no HTTP node behind this network: use e.g. "
            "--network ethereum:mainnet-fork:foundry or ethereum:mainnet:node"
        )
    return http_url, ws_url or "ws" + http_url.removeprefix("http")
