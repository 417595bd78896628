"""The registry's checks on recorded mainnet: bytecode, and such storage as was recorded with it.

A slot that nobody recorded reads as zero, which says nothing; any other answer must be the table's.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from pyrevm import EVM, AccountInfo

from bot.chain.abi import encode
from bot.domain.pool_checks import Check
from bot.domain.registry import ENTRIES

CALLER = "0x" + "11" * 20
# By recordings of 2022 to 2024; what is missing here was never recorded.
CONFIRMED = {
    "Aave V3 Pool ADDRESSES_PROVIDER()",
    "Balancer V2 Vault getProtocolFeesCollector()",
    "Chainlink DAI/USD decimals()",
    "Chainlink USDC/USD decimals()",
    "Chainlink USDT/USD decimals()",
    "Curve 3pool coins(0)",
    "Curve 3pool coins(1)",
    "DAI decimals()",
    "DAI symbol()",
    "FRAX decimals()",
    "USDC decimals()",
    "USDC symbol()",
    "USDT decimals()",
    "USDT symbol()",
    "Uniswap V2 USDC/WETH token0()",
    "Uniswap V2 USDC/WETH token1()",
    "Uniswap V3 DAI/USDC 0.01% factory()",
    "Uniswap V3 DAI/USDC 0.01% fee()",
    "Uniswap V3 DAI/USDC 0.01% token0()",
    "Uniswap V3 DAI/USDC 0.01% token1()",
    "Uniswap V3 USDC/USDT 0.01% factory()",
    "Uniswap V3 USDC/USDT 0.05% fee()",
    "WETH decimals()",
}


class Recording:
    """Contracts of one block, as far as they were recorded."""

    def __init__(self) -> None:
        self.evm, self.inhabited = EVM(), set[str]()

    def put(self, address: str, code: str, storage: dict[str, str]) -> None:
        self.evm.insert_account_info(address, AccountInfo(nonce=1, code=bytes.fromhex(code[2:])))
        for slot, value in storage.items():
            self.evm.insert_account_storage(address, int(slot, 16), int(value, 16))
        self.inhabited.add(to_checksum_address(address))

    def answer(self, check: Check) -> bytes:
        """Return nothing where the view reverts or reads what was not recorded."""
        data = encode(check.view, *check.arguments)
        try:
            said = self.evm.message_call(CALLER, check.target, calldata=data, is_static=True)
        except RuntimeError:
            return b""
        told = said[32:] if check.reads_text else said  # a string begins with where it stands
        return bytes(said) if any(told) else b""


@pytest.fixture(scope="module")
def recordings(data_dir: Path) -> list[Recording]:
    folder = data_dir / "mainnet-state"
    found = [from_alloc(path) for path in sorted(folder.glob("alloc_*.json.gz"))]
    library = Recording()
    for entry in load(folder / "codes.json.gz").values():
        for address in entry["addresses"]:
            library.put(address, entry["code"], {})
    return [*found, library]


def from_alloc(path: Path) -> Recording:
    recording = Recording()
    for address, account in load(path)["alloc"].items():
        if len(account.get("code", "0x")) > 2:
            recording.put(address, account["code"], account["storage"])
    return recording


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return loaded


def answered(recordings: list[Recording]) -> Iterator[tuple[str, Check, bytes]]:
    for recording in recordings:
        for entry in ENTRIES:
            for check in entry.checks:
                if check.target in recording.inhabited and (answer := recording.answer(check)):
                    yield f"{entry.name} {check.question}", check, answer


def holds(check: Check, answer: bytes) -> bool:
    if check.reads_text:
        return str(check.expects).encode() in answer
    number = int.from_bytes(answer[:32], "big")
    expects = check.expects
    return number == (expects if isinstance(expects, int) else int(str(expects), 16))


def test_recorded_contracts_answer_as_the_table_says(recordings: list[Recording]) -> None:
    told = [(name, holds(check, said)) for name, check, said in answered(recordings)]
    assert [name for name, held in told if not held] == []
    assert {name for name, _ in told} >= CONFIRMED
