"""Which of an oracle's answers are prices, and which are faults."""

from random import Random

import pytest
from eth_abi.abi import encode as abi_encode

from bot.domain.oracles import MAINNET_ORACLES, PriceOracle
from bot.domain.ticks import Fault, FaultKind, Message, Restored, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Address, Nanos
from bot.feeds.oracle_feed import LATE_S, OracleFeed
from bot.feeds.standings import Standings

NOW_S = 1_700_000_000
AT, SEEN = Nanos(NOW_S * NANOS_PER_S), Nanos((NOW_S + 5) * NANOS_PER_S)
DAI = PriceOracle(asset="DAI", proxy=Address("0x" + "11" * 20), heartbeat_s=3_600)
ETH = PriceOracle(
    asset="DAI", currency="ETH", proxy=Address("0x" + "22" * 20), heartbeat_s=3_600, decimals=18
)


def answer(price: int, updated_s: int = NOW_S - 100) -> bytes:
    types = ["uint80", "int256", "uint256", "uint256", "uint80"]
    return abi_encode(types, [7, price, updated_s, updated_s, 7])


def said(reader: OracleFeed, data: bytes) -> list[Message]:
    return list(reader.messages([data], AT, SEEN))


def feed(oracle: PriceOracle = DAI) -> OracleFeed:
    return OracleFeed([oracle], Standings())


def test_an_answer_is_a_price_of_no_spread_dated_by_itself() -> None:
    (tick,) = said(feed(), answer(99_876_543))
    assert isinstance(tick, Tick)
    assert (tick.venue, tick.pair, tick.kind) == ("Chainlink", "DAI/USD", SourceKind.ORACLE)
    assert tick.bid == tick.ask == 998_765_430_000_000_000
    assert tick.at == (NOW_S - 100) * NANOS_PER_S
    assert tick.seen_at == SEEN


def test_eighteen_decimals_are_another_scale() -> None:
    (tick,) = said(feed(ETH), answer(3 * 10**14))
    assert isinstance(tick, Tick)
    assert tick.bid == 3 * WAD // 10_000


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", FaultKind.MALFORMED),
        (answer(10**8)[:-1], FaultKind.MALFORMED),
        (answer(10**8) + b"\0", FaultKind.MALFORMED),
        (answer(0), FaultKind.NOT_A_NUMBER),
        (answer(-(10**8)), FaultKind.NOT_A_NUMBER),
        (answer(10**18), FaultKind.SHIFTED),
        (answer(1), FaultKind.SHIFTED),
        (answer(2**255 - 1), FaultKind.SHIFTED),
        (answer(10**8, 0), FaultKind.EMPTY),
        (answer(10**8, NOW_S + 61), FaultKind.CLOCK),
        (answer(10**8, 2**256 - 1), FaultKind.CLOCK),
        (answer(10**8, NOW_S - 3_600 - LATE_S - 1), FaultKind.STALLED),
    ],
)
def test_what_is_no_price_is_a_fault(data: bytes, what: FaultKind) -> None:
    (fault,) = said(feed(), data)
    assert isinstance(fault, Fault)
    assert (fault.venue, fault.pair, fault.what) == ("Chainlink", "DAI/USD", what)


def test_an_answer_as_old_as_its_heartbeat_and_the_leave_is_still_a_price() -> None:
    (tick,) = said(feed(), answer(10**8, NOW_S - 3_600 - LATE_S))
    assert isinstance(tick, Tick)


def test_a_fault_is_told_once_and_its_end_once() -> None:
    reader = feed()
    assert len(said(reader, answer(0))) == 1
    assert said(reader, answer(0)) == []
    tick, restored = said(reader, answer(10**8))
    assert isinstance(tick, Tick)
    assert restored == Restored(venue="Chainlink", pair="DAI/USD", at=SEEN)
    assert len(said(reader, answer(10**8))) == 1


def test_ten_thousand_random_answers_are_prices_or_faults() -> None:
    random = Random(5)  # noqa: S311 - repeatable hostility
    reader = feed()
    for _ in range(10_000):
        length = random.choice((0, 1, 31, 32, 159, 160, 160, 160, 161, 1_000))
        for message in said(reader, random.randbytes(length)):
            assert isinstance(message, Tick | Fault | Restored)


def test_every_oracle_of_the_table_is_another_pair_and_another_contract() -> None:
    assert len({oracle.pair for oracle in MAINNET_ORACLES}) == len(MAINNET_ORACLES)
    assert len({oracle.proxy for oracle in MAINNET_ORACLES}) == len(MAINNET_ORACLES)
