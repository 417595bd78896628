"""Multicall3, whose code hash is published."""

from bot.domain.venues import MULTICALL3
from bot.sandbox.bytecode import multicall3_runtime
from bot.sandbox.deployer import Deployer


def build(chain: Deployer) -> None:
    """Place the code; it has no storage."""
    chain.set_code(MULTICALL3, multicall3_runtime())
