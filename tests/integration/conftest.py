"""One chain and one relay for all relay tests, one world for each module that trades in it.

Starting them costs more than most tests.
"""

from collections.abc import Iterator

import pytest
from relay_world import RelayWorld

from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.progress import silent
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import Faults
from bot.sandbox.world import World


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


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A world whose blocks are built one by one; what a test must not leave behind it undoes."""
    with World(silent, block_time_s=None) as found:
        yield found
