"""Total supplies as tokens tell them."""

from bot.domain.assets import DAI, USDC
from bot.domain.ticks import Supply
from bot.domain.units import WAD, Nanos
from bot.feeds.supply_feed import SupplyFeed

AT, SEEN = Nanos(10**18), Nanos(10**18 + 5)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_supplies_of_six_and_of_eighteen_decimals_are_on_one_scale() -> None:
    feed = SupplyFeed((USDC, DAI))
    found = list(feed.messages([word(5 * 10**6), word(7 * 10**18)], AT, SEEN))
    assert found == [
        Supply(asset="USDC", total=5 * WAD, at=AT, seen_at=SEEN),
        Supply(asset="DAI", total=7 * WAD, at=AT, seen_at=SEEN),
    ]


def test_a_token_that_does_not_answer_says_nothing_of_its_supply() -> None:
    found = SupplyFeed((USDC, DAI)).messages([b"", word(1)], AT, SEEN)
    assert [supply.asset for supply in found] == ["DAI"]


def test_each_token_is_asked_at_its_own_address() -> None:
    assert [read.target for read in SupplyFeed((USDC, DAI)).reads] == [USDC.address, DAI.address]
