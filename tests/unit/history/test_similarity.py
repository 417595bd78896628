import msgspec
import pytest

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Side
from bot.domain.past_depegs import Ending, PastDepeg, PathPoint, Redeemable
from bot.domain.units import Nanos
from bot.history.catalogue_rows import read_catalogue
from bot.history.path_shape import shape_distance
from bot.history.similarity import similar_depegs

MINUTE = 60 * 10**9
CATALOGUE = {depeg.id: depeg for depeg in read_catalogue()}


def path(*values: float, every_min: int = 10, start: int = 0) -> tuple[PathPoint, ...]:
    return tuple(
        PathPoint(Nanos((start + at * every_min) * MINUTE), off) for at, off in enumerate(values)
    )


CRASH = path(-10, -200, -900, -1200, -900, -400, -100, -20)
SLIDE = path(-10, -12, -15, -20, -25, -30, -40, -50)


def test_the_same_way_has_no_distance_whenever_it_was_taken() -> None:
    later = path(-10, -200, -900, -1200, -900, -400, -100, -20, start=999)
    assert shape_distance(CRASH, later) == 0.0


def test_a_crash_is_nearer_to_a_slower_crash_than_to_a_slide() -> None:
    slower = path(-10, -100, -700, -1000, -1100, -700, -300, -60)
    near, far = shape_distance(CRASH, slower), shape_distance(CRASH, SLIDE)
    assert near is not None
    assert far is not None
    assert near < far / 2


def test_a_premium_is_far_from_a_discount_of_the_same_shape() -> None:
    mirrored = tuple(PathPoint(point.at, -point.off_bps) for point in CRASH)
    distance = shape_distance(CRASH, mirrored)
    assert distance is not None
    assert distance > 0.75


def test_a_running_depeg_is_held_against_the_beginnings_of_others() -> None:
    assert shape_distance(CRASH[:4], CRASH) == 0.0


def test_the_distance_is_the_same_both_ways() -> None:
    assert shape_distance(CRASH, SLIDE) == pytest.approx(shape_distance(SLIDE, CRASH))


def test_two_points_are_no_shape() -> None:
    assert shape_distance(CRASH[:2], CRASH) is None


def test_usdc_of_march_2023_is_most_like_fiat_coins_whose_banks_were_shut() -> None:
    found = similar_depegs(CATALOGUE["usdc-2023-03"], CATALOGUE.values(), 3)
    assert {similar.depeg.backing for similar in found} == {Backing.FIAT}
    assert {similar.depeg.rails_closed for similar in found} == {True}
    assert {similar.depeg.ending for similar in found} == {Ending.RECOVERED}
    assert "usdc-2023-03" not in {similar.depeg.id for similar in found}
    assert [similar.distance for similar in found] == sorted(one.distance for one in found)


def test_a_coin_like_ust_finds_those_that_died() -> None:
    ust = msgspec.structs.replace(CATALOGUE["ust-2022-05"], id="next", asset="NEXT")
    ust = msgspec.structs.replace(ust, redeemable=Redeemable.NO)
    found = similar_depegs(ust, CATALOGUE.values(), 5)
    assert sum(similar.depeg.ending is Ending.TERMINAL for similar in found) >= 4


def test_a_depeg_of_unknown_ending_teaches_nothing() -> None:
    open_still = msgspec.structs.replace(CATALOGUE["usdc-2023-03"], id="now", ending=Ending.OPEN)
    found = similar_depegs(CATALOGUE["dai-2023-03"], [*CATALOGUE.values(), open_still], 76)
    assert "now" not in {similar.depeg.id for similar in found}
    assert "mim-2026-06" not in {similar.depeg.id for similar in found}


def test_an_event_of_the_catalogue_borrows_the_path_that_the_bot_saw() -> None:
    twin = msgspec.structs.replace(
        CATALOGUE["usdc-2023-03"], id="USDC-1-discount", same_as="usdc-2023-03", path=CRASH
    )
    now = msgspec.structs.replace(CATALOGUE["dai-2023-03"], id="now", path=CRASH[:5])
    found = similar_depegs(now, [*CATALOGUE.values(), twin], 76)
    by_id = {similar.depeg.id: similar for similar in found}
    assert by_id["usdc-2023-03"].shape == 0.0
    assert "shape" in by_id["usdc-2023-03"].alike
    assert twin.id not in by_id


def test_of_several_pieces_that_the_bot_saw_the_deepest_is_the_path() -> None:
    pieces = [
        msgspec.structs.replace(
            CATALOGUE["usdc-2023-03"], id=name, same_as="usdc-2023-03", path=way, magnitude_bps=bps
        )
        for name, way, bps in (("a", SLIDE, 50.0), ("b", CRASH, 1200.0), ("c", SLIDE, 50.0))
    ]
    now = msgspec.structs.replace(CATALOGUE["dai-2023-03"], id="now", path=CRASH)
    found = similar_depegs(now, [*CATALOGUE.values(), *pieces], 76)
    by_id = {similar.depeg.id: similar.depeg for similar in found}
    assert by_id["usdc-2023-03"].path == CRASH
    assert {"a", "b", "c"}.isdisjoint(by_id)


def test_shape_decides_between_two_that_are_otherwise_alike() -> None:
    def past(name: str, way: tuple[PathPoint, ...]) -> PastDepeg:
        return PastDepeg(
            id=name,
            asset="USDC",
            side=Side.DISCOUNT,
            breadth=Breadth.EVERYWHERE,
            magnitude_bps=1200.0,
            confirmed_at=Nanos(1),
            ending=Ending.RECOVERED,
            path=way,
        )

    slid, crashed = past("slid", SLIDE), past("crashed", CRASH)
    found = similar_depegs(past("now", CRASH), [slid, crashed], 2)
    assert [similar.depeg.id for similar in found] == ["crashed", "slid"]


def test_what_is_hardly_known_is_not_alike_by_that() -> None:
    blank = PastDepeg(
        id="blank",
        asset="X",
        side=Side.DISCOUNT,
        breadth=Breadth.EVERYWHERE,
        confirmed_at=Nanos(1),
        ending=Ending.RECOVERED,
    )
    usdc = CATALOGUE["usdc-2023-03"]
    by_id = {
        similar.depeg.id: similar.distance
        for similar in similar_depegs(usdc, [blank, CATALOGUE["dai-2023-03"]], 2)
    }
    assert by_id["dai-2023-03"] < by_id["blank"]
