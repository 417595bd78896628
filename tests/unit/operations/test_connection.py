"""The bot talks to the node that its framework is connected to, or says why it cannot."""

import pytest

from bot.domain.errors import BadConfiguration
from bot.operations.connection import node_urls


def test_a_websocket_that_is_not_named_is_looked_for_on_the_same_port() -> None:
    assert node_urls("http://127.0.0.1:8545", None) == (
        "http://127.0.0.1:8545",
        "ws://127.0.0.1:8545",
    )
    assert node_urls("https://node/key", None)[1] == "wss://node/key"
    assert node_urls("http://node", "wss://other")[1] == "wss://other"


@pytest.mark.parametrize("url", [None, "", "auto", "/tmp/geth.ipc"])  # noqa: S108 - not opened
def test_a_connection_without_an_http_endpoint_is_refused(url: str | None) -> None:
    with pytest.raises(BadConfiguration, match="--network ethereum:mainnet"):
        node_urls(url, None)
