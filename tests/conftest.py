"""Shared by every test: the local mainnet, and recorded mainnet data if it is there at all."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.bench.records import RecordsAbsent, records_folder
from bot.sandbox.anvil import Anvil
from bot.sandbox.mainnet import load_alloc, start_local_mainnet
from bot.sandbox.state import Account

# A shell that runs this in the background ignores SIGINT; what tests start and end must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same cases on every run; how long one takes is the machine's affair.
settings.register_profile("repeg", deadline=None, derandomize=True)
settings.load_profile("repeg")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Optional folder of recorded mainnet data; tests that need it are skipped without it."""
    try:
        return records_folder()
    except RecordsAbsent as absent:
        pytest.skip(str(absent))


@pytest.fixture
def local_mainnet() -> Iterator[Anvil]:
    """A local mainnet of the test's own; every transaction is a block."""
    with start_local_mainnet() as anvil:
        yield anvil


@pytest.fixture(scope="session")
def alloc() -> dict[str, Account]:
    """Every account of the local mainnet, for an in-process EVM."""
    return load_alloc()
