"""Chainlink as recorded: its contracts of November 2023, and its rounds of March 2023."""

import csv
import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from eth_abi.abi import encode as abi_encode
from pyrevm import EVM, AccountInfo

from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.ticks import Fault, FaultKind, Restored, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.oracle_feed import OracleFeed, price_told
from bot.feeds.standings import Standings

CALLER = "0x" + "11" * 20
ALLOC = "alloc_18476512_aavev3-flash_univ2_chainlink.json.gz"
ROUNDS = Path("chainlink-usdc-usd_2022-11_2023-03") / "usdc_usd_depeg_230312.csv"
ROUND_TYPES = ["uint80", "int256", "uint256", "uint256", "uint80"]
RECORDED = {  # answer, when
    "USDC": (99_991_586, 1_698_825_647),
    "USDT": (100_030_110, 1_698_771_215),
    "DAI": (100_000_000, 1_698_829_583),
}
USDC = MAINNET_ORACLES[0]
MARCH_S = 1_678_406_400  # 2023-03-10 00:00 UTC


class Round:
    """One line of the recording, as the contract would tell it."""

    def __init__(self, row: dict[str, str]) -> None:
        self.answer, self.updated_s = int(row["answer"]), int(row["updatedAt"])
        number = int(row["roundId"])
        words = [number, self.answer, self.updated_s, self.updated_s, number]
        self.data = abi_encode(ROUND_TYPES, words)


@pytest.fixture(scope="module")
def rounds(data_dir: Path) -> list[Round]:
    lines = (data_dir / ROUNDS).read_text().splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [Round(row) for row in rows]


def nanos(seconds: int) -> Nanos:
    return Nanos(seconds * NANOS_PER_S)


def test_the_recorded_contracts_answer_what_the_feed_asks(data_dir: Path) -> None:
    recorded = json.loads(gzip.decompress((data_dir / "mainnet-state" / ALLOC).read_bytes()))
    evm, now = EVM(), recorded["timestamp"]
    for address, account in recorded["alloc"].items():
        code = bytes.fromhex((account.get("code") or "0x")[2:])
        evm.insert_account_info(address, AccountInfo(nonce=1, code=code))
        for slot, value in account.get("storage", {}).items():
            evm.insert_account_storage(address, int(slot, 16), int(value, 16))
    oracles = [oracle for oracle in MAINNET_ORACLES if oracle.asset in RECORDED]
    reads = OracleFeed(oracles, Standings()).reads
    for oracle, read in zip(oracles, reads, strict=True):
        said = evm.message_call(CALLER, read.target, calldata=read.data, is_static=True)
        told = price_told(oracle, bytes(said), nanos(now), nanos(now))
        price, updated_s = RECORDED[oracle.asset]
        assert isinstance(told, Tick)
        assert told.bid == price * 10**10
        assert told.at == nanos(updated_s)


def test_no_round_of_four_months_came_later_than_the_leave_allows(rounds: list[Round]) -> None:
    for before, after in pairwise(rounds):
        at = nanos(after.updated_s)
        assert isinstance(price_told(USDC, before.data, at, at), Tick)


def test_the_floor_of_march_2023_is_told_to_the_last_digit(rounds: list[Round]) -> None:
    ticks = [price_told(USDC, one.data, nanos(one.updated_s), nanos(0)) for one in rounds]
    lowest = min((tick for tick in ticks if isinstance(tick, Tick)), key=lambda tick: tick.bid)
    assert lowest.bid == 88 * WAD // 100
    assert lowest.at == nanos(1_678_521_083)  # 2023-03-11 07:51:23 UTC


def test_an_oracle_that_stays_at_its_last_round_is_stale_until_the_next(
    rounds: list[Round],
) -> None:
    feed = OracleFeed([USDC], Standings())
    quiet = [one for one in rounds if one.updated_s < MARCH_S][-1]
    later = next(one for one in rounds if one.updated_s > MARCH_S)
    day_later = nanos(quiet.updated_s + USDC.heartbeat_s + 3_600)
    (tick,) = feed.messages([quiet.data], nanos(quiet.updated_s + 60), nanos(0))
    (fault,) = feed.messages([quiet.data], day_later, nanos(0))
    back = list(feed.messages([later.data], nanos(later.updated_s + 12), nanos(0)))
    assert isinstance(tick, Tick)
    assert isinstance(fault, Fault)
    assert fault.what is FaultKind.STALLED
    assert [type(message) for message in back] == [Tick, Restored]
