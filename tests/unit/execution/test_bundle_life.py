"""One opportunity, one id, one nonce: replaced while it may still land, taken back when it is over.

The relay and the market are stand-ins; engine, planner, journal and signatures are real.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from fakes.engine_parts import World, head_of, world_of
from fakes.markets import book_of, curve_pool, lender, v2_pool, v3_pool

from bot.domain.assets import DAI, USDC, USDT
from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable, RepegError
from bot.domain.messages import Head, NoPlan, Refusal, Ticket
from bot.domain.venues import Lender
from bot.history.bundle_book import BundleBook
from bot.market.book import MarketBook


class Market:
    """What pools say: who dumped how much USDC, into Curve or into Uniswap V2."""

    def __init__(self) -> None:
        self.curve, self.v2 = 30e6, 20e6

    def read(self, head: Head) -> MarketBook:
        pools = [v3_pool(10**16)]
        pools += [curve_pool([9e6, self.curve, 9e6, 9e6])] if self.curve else []
        pools += [v2_pool((self.v2, 20e6))] if self.v2 != 20e6 or not self.curve else []
        lenders = [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)]
        return msgspec.structs.replace(
            book_of(pools, lenders), block=head.number, block_hash=head.hash
        )


def watched(world: World) -> Market:
    market = Market()
    world.pools.read = market.read
    return market


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_of(tmp_path / "journal.sqlite") as found:
        yield found


def at(world: World, number: int) -> Ticket | NoPlan:
    return world.engine.on_head(head_of(number)).decision


def ids(world: World) -> list[str | None]:
    return [uuid for _, _, uuid in world.relay.sent]


def test_one_opportunity_keeps_its_id_from_block_to_block(world: World) -> None:
    market = watched(world)
    for number in (100, 101, 102):
        market.curve += 1e5  # the gap moves, and is still there
        assert isinstance(at(world, number), Ticket)
    (uuid,) = set(ids(world))
    assert UUID(uuid).version == 4
    assert [target for _, target, _ in world.relay.sent] == [101, 102, 103]
    assert [one.parcel.replacement_uuid for one in BundleBook(world.journal).last(9)] == [uuid] * 3


def test_a_block_without_a_gap_ends_the_opportunity(world: World) -> None:
    market = watched(world)
    at(world, 100)
    market.curve = 9e6
    assert isinstance(at(world, 101), NoPlan)
    market.curve = 30e6
    at(world, 102)
    first, second = ids(world)
    assert first != second
    assert world.relay.cancelled == []  # the first one's block had passed


def test_other_pools_are_another_opportunity(world: World) -> None:
    market = watched(world)
    at(world, 100)
    market.curve, market.v2 = 0, 21e6
    assert isinstance(at(world, 101), Ticket)
    assert len(set(ids(world))) == 2


def test_what_may_still_land_is_replaced_under_the_same_id_and_nonce(world: World) -> None:
    market = watched(world)
    first = at(world, 100)
    market.curve += 1e6  # block 100 was replaced by another, with more in it
    second = at(world, 100)
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    assert first.transaction_hash != second.transaction_hash
    assert (first.nonce, first.target_block) == (second.nonce, second.target_block)
    assert len(set(ids(world))) == 1
    assert len(world.journal.unsettled()) == 2


@pytest.mark.parametrize(
    "failure",
    [
        None,
        RelayUnavailable("http://relay", "away"),
        RelayRefused("http://relay", "never heard of it"),
        OutcomeUnknown("http://relay", "hung up"),
    ],
)
def test_it_is_taken_back_when_the_gap_is_gone_and_still_counts_as_on_its_way(
    world: World, failure: RepegError | None
) -> None:
    market = watched(world)
    assert isinstance(at(world, 100), Ticket)
    market.curve, world.relay.failure = 9e6, failure
    assert isinstance(at(world, 100), NoPlan)
    assert world.relay.cancelled == ([] if failure else ids(world))
    market.curve, world.relay.failure = 31e6, None
    found = at(world, 100)
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.BUNDLE_PENDING
    assert len(world.relay.sent) == 1
    (kept,) = BundleBook(world.journal).last(9)
    assert kept.note.startswith("taken back: ")


def test_another_opportunity_waits_and_the_one_before_it_is_taken_back(world: World) -> None:
    market = watched(world)
    at(world, 100)
    market.curve, market.v2 = 0, 21e6
    found = at(world, 100)
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.SUPERSEDED
    assert world.relay.cancelled == ids(world)
    assert isinstance(at(world, 101), Ticket)


def test_the_very_same_bundle_is_not_sent_twice(world: World) -> None:
    watched(world)
    at(world, 100)
    found = at(world, 100)
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.BUNDLE_PENDING
    assert (len(world.relay.sent), world.relay.cancelled) == (1, [])


@pytest.mark.parametrize("number", [100, 101])
def test_a_new_run_goes_on_where_the_one_before_it_ended(tmp_path: Path, number: int) -> None:
    sent = []
    for grown in (0.0, 1e6):
        with world_of(tmp_path / "journal.sqlite") as world:
            watched(world).curve += grown
            assert isinstance(at(world, number if grown else 100), Ticket)
            sent += world.relay.sent
    assert sent[0][2] == sent[1][2]


def test_a_new_run_takes_back_what_the_one_before_it_sent(tmp_path: Path) -> None:
    with world_of(tmp_path / "journal.sqlite") as world:
        watched(world)
        at(world, 100)
        (uuid,) = ids(world)
    with world_of(tmp_path / "journal.sqlite") as world:
        watched(world).curve = 9e6
        at(world, 100)
        assert world.relay.cancelled == [uuid]


def test_an_opportunity_that_ended_is_not_gone_on_with_by_a_new_run(tmp_path: Path) -> None:
    seen: list[list[str | None]] = []
    for curve in (30e6, 9e6, 30e6):
        with world_of(tmp_path / "journal.sqlite") as world:
            watched(world).curve = curve
            at(world, 100 + len(seen))
            seen.append(ids(world))
    assert seen[1] == []
    assert seen[0] != seen[2]


@pytest.mark.parametrize("seed", range(12))
def test_two_plans_that_may_both_land_never_share_a_nonce_nor_a_block(
    tmp_path: Path, seed: int
) -> None:
    """Heads go on, are replaced, fall back; gaps come, move and go; the bot dies in between."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    live: dict[str, tuple[int, int, str | None]] = {}  # nonce, block and id of every bundle
    number, count = 100, 0
    for _ in range(3):
        with world_of(tmp_path / "journal.sqlite") as world:
            market = watched(world)
            for _ in range(12):
                number += chance.choice((1, 1, 1, 0, 0, -1, 2))
                market.curve = chance.choice((0, 9e6, 30e6, 31e6, 32e6))
                market.v2 = chance.choice((20e6, 20e6, 21e6))
                found = at(world, number)
                if isinstance(found, Ticket):
                    count += 1
                    uuid = ids(world)[-1]
                    one = (found.nonce, found.target_block, uuid)
                    may_land = {other for other in live.values() if other[1] > number}
                    assert may_land <= {one}, "all that is live excludes one another"
                    live[found.transaction_hash] = one
    assert count > 3
