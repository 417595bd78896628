"""The stream of hints over a real socket: cut, silent, refusing, talking nonsense."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from eth_account import Account
from relay_world import RelayWorld, transfer

from bot.execution.bundle_letters import Identity
from bot.execution.private_options import PrivateOptions
from bot.execution.private_sender import PrivateRelay
from bot.feeds import hint_stream
from bot.feeds.hint_stream import HintFeed
from bot.feeds.hint_words import Hint

PATIENCE_S = 30.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def named(number: int) -> str:
    return f"0x{number:064x}"


def event(number: int) -> bytes:
    return b'data: {"hash":"%s","logs":null,"txs":null}\n\n' % named(number).encode()


class Server:
    """Answers one connection after the other as scripted, and closes it."""

    def __init__(self, *scripts: bytes | None) -> None:
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.recv(65_536)
            if script is None:
                self._open.append(connection)  # silent for ever
                continue
            connection.sendall(script)
            connection.close()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._open:
            connection.close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    monkeypatch.setattr(hint_stream, "_FIRST_PAUSE_S", 0.01)
    started = list[Server]()

    def start(*scripts: bytes | None) -> Server:
        started.append(Server(*scripts))
        return started[-1]

    yield start
    for server in started:
        server.stop()


async def heard(feed: HintFeed, count: int) -> list[Hint]:
    found = list[Hint]()
    stream = aiter(feed)
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            found.append(await anext(stream))
    await stream.aclose()
    return found


def test_a_stream_that_is_cut_is_listened_to_again(serve: Callable[..., Server]) -> None:
    half = event(3)[:40]
    server = serve(HEAD + event(1) + half, b"HTTP/1.1 503 Busy\r\n\r\n", HEAD + event(2), None)
    found = asyncio.run(heard(HintFeed(server.url, silence_s=5.0), 2))
    assert [one.hash for one in found] == [named(1), named(2)]


def test_silence_is_a_dead_line(serve: Callable[..., Server]) -> None:
    server = serve(None, HEAD + event(7), None)
    found = asyncio.run(heard(HintFeed(server.url, silence_s=0.2), 1))
    assert [one.hash for one in found] == [named(7)]


def test_nonsense_is_counted_and_passed_over(serve: Callable[..., Server]) -> None:
    nonsense = b"data: {\n\ndata: [1]\n\ndata: \xff\n\n" + b'data: {"hash":"0x"}\n\n'
    server = serve(HEAD + event(1) + nonsense + event(2), None)
    feed = HintFeed(server.url, silence_s=5.0)
    found = asyncio.run(heard(feed, 2))
    assert [one.hash for one in found] == [named(1), named(2)]
    assert feed.malformed == 4


def test_an_event_that_never_ends_ends_its_connection(serve: Callable[..., Server]) -> None:
    server = serve(HEAD + b"data: " + b"x" * 3_000_000, HEAD + event(5), None)
    found = asyncio.run(heard(HintFeed(server.url, silence_s=5.0), 1))
    assert [one.hash for one in found] == [named(5)]


@pytest.mark.anvil
def test_the_local_relay_tells_what_is_shared_and_is_found_again_when_it_cuts(
    relay_world: RelayWorld,
) -> None:
    relay = relay_world.relay
    line = PrivateRelay(
        relay.url, Identity(Account.create()), PrivateOptions(blocks=1), timeout_s=30.0
    )

    async def listen() -> list[Hint]:
        found, stream = list[Hint](), aiter(HintFeed(relay.hints_url, silence_s=30.0))
        for _ in range(2):
            coming = asyncio.ensure_future(anext(stream))
            await asyncio.to_thread(relay.cut_hints)
            while not coming.done():  # whoever is not listening yet hears nothing
                raw = transfer(relay_world.account(), 0)
                await asyncio.to_thread(line.send, raw, relay_world.head() + 1)
                await asyncio.wait([coming], timeout=0.3)
            found.append(coming.result())
        await stream.aclose()
        return found

    first, second = asyncio.run(asyncio.wait_for(listen(), PATIENCE_S))
    assert first.hash != second.hash
    assert (first.logs, first.txs) == (None, None)  # the hash alone was shared
