"""One chain and one relay for all relay tests: starting them costs more than most tests."""

from collections.abc import Iterator

import pytest
from relay_world import RelayWorld

from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import Faults


@pytest.fixture(scope="session")
def bare_chain() -> Iterator[Anvil]:
    with Anvil(AnvilOptions(no_mining=True, order_fifo=True)) as anvil:
        yield anvil


@pytest.fixture(scope="session")
def shared_relay_world(bare_chain: Anvil) -> Iterator[RelayWorld]:
    with start_relay(bare_chain.url) as relay:
        yield RelayWorld(bare_chain.url, relay)


@pytest.fixture
def relay_world(shared_relay_world: RelayWorld) -> Iterator[RelayWorld]:
    yield shared_relay_world
    shared_relay_world.relay.misbehave(Faults())
    shared_relay_world.relay.build()
