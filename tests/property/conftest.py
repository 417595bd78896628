import pytest
from real_contracts import RealContracts

from bot.sandbox.mainnet import load_alloc


@pytest.fixture(scope="module")
def contracts() -> RealContracts:
    return RealContracts(load_alloc())
