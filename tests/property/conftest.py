import pytest

from bot.bench.real_contracts import RealContracts
from bot.sandbox.state import Account


@pytest.fixture(scope="module")
def contracts(alloc: dict[str, Account]) -> RealContracts:
    return RealContracts(alloc)
