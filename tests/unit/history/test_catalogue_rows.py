from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Severity, Side
from bot.domain.past_depegs import Ending, PastDepeg, Redeemable
from bot.history.catalogue_rows import moment_of, read_catalogue


def by_id(name: str) -> PastDepeg:
    return next(depeg for depeg in read_catalogue() if depeg.id == name)


def endings(chosen: list[PastDepeg]) -> tuple[int, int, int]:
    found = Counter(depeg.ending for depeg in chosen)
    return found[Ending.RECOVERED], found[Ending.PARTIAL], found[Ending.TERMINAL]


def test_the_catalogue_has_76_depegs_with_ids_of_their_own() -> None:
    catalogue = read_catalogue()
    assert len({depeg.id for depeg in catalogue}) == len(catalogue) == 76
    assert Counter(depeg.side for depeg in catalogue) == {Side.DISCOUNT: 67, Side.PREMIUM: 9}
    assert Counter(depeg.facts.confidence for depeg in catalogue) == {
        "high": 22,
        "medium": 42,
        "low": 12,
    }


@pytest.mark.parametrize(
    ("backing", "counts"),
    [
        (Backing.FIAT, (21, 2, 1)),
        (Backing.CRYPTO, (10, 4, 3)),
        (Backing.ALGORITHMIC, (6, 2, 9)),
        (Backing.SYNTHETIC, (1, 1, 4)),
        (Backing.YIELD, (0, 1, 1)),
    ],
)
def test_discounts_ended_as_often_as_the_table_of_the_catalogue_says(
    backing: Backing, counts: tuple[int, int, int]
) -> None:
    below = [d for d in read_catalogue() if d.side is Side.DISCOUNT and d.backing is backing]
    assert endings(below) == counts


def test_open_redemption_outside_of_one_venue_brought_back_fifteen_of_sixteen() -> None:
    wide = [
        depeg
        for depeg in read_catalogue()
        if depeg.side is Side.DISCOUNT and depeg.breadth is not Breadth.VENUE_LOCAL
    ]
    yes = [depeg for depeg in wide if depeg.redeemable is Redeemable.YES]
    no = [depeg for depeg in wide if depeg.redeemable is Redeemable.NO]
    assert endings(yes) == (15, 0, 1)
    assert endings(no) == (2, 3, 14)


def test_usdc_of_march_2023_has_the_figures_of_its_row() -> None:
    usdc = by_id("usdc-2023-03")
    assert usdc.start == int(datetime(2023, 3, 10, 22, 2, tzinfo=UTC).timestamp()) * 10**9
    assert usdc.trough_price == 874 * 10**15
    assert usdc.magnitude_bps == pytest.approx(1260.0)
    assert usdc.severity is Severity.EXTREME
    assert usdc.hours == 63.8
    assert usdc.hit_share == 0.083
    assert usdc.rails_closed is True
    assert dict(usdc.minutes_below)["0.90"] == 73


def test_hours_are_told_only_where_both_ends_are_known_to_the_minute() -> None:
    assert by_id("usdt-2023-06").hours == 4.0
    assert by_id("usdt-2023-03-prem").hours is None  # it began on some day
    assert by_id("ust-2022-05").hours is None  # it never came back


def test_the_docs_say_how_many_rows_have_hours() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "history.md").read_text()
    timed = [depeg for depeg in read_catalogue() if depeg.hours is not None]
    below = [depeg for depeg in timed if depeg.side is Side.DISCOUNT]
    numbers = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight")
    assert f"{numbers[len(timed)]} of the catalogue" in docs
    assert f"{numbers[len(below)]} of them discounts" in docs


def test_a_coin_inside_its_own_band_was_not_off_par() -> None:
    assert by_id("lusd-2023-disc").magnitude_bps == 0.0
    assert by_id("lusd-2023-disc").severity is None


def test_no_magnitude_is_told_for_a_euro_coin_priced_in_dollars() -> None:
    assert by_id("ageur-2023-03").magnitude_bps is None


def test_coins_that_share_a_ticker_keep_their_names() -> None:
    assert {depeg.name for depeg in read_catalogue() if depeg.asset == "USDX"} == {
        "USDX (Kava)",
        "USDX (Stables Labs)",
    }


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-H2", datetime(2023, 7, 1, tzinfo=UTC)),
        ("2022-06", datetime(2022, 6, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_vague_time_is_its_earliest_moment(text: str, day: datetime) -> None:
    assert moment_of(text) == int(day.timestamp()) * 10**9


@pytest.mark.parametrize("text", ["", "never", "soon"])
def test_a_text_that_is_no_time_has_no_moment(text: str) -> None:
    assert moment_of(text) is None


def test_a_share_that_is_only_claimed_missing_is_unknown() -> None:
    assert by_id("usdt-2019-04").hit_share is None
    assert by_id("mim-2022-06").hit_share == 0.04
    assert by_id("iron-2021-06").hit_share == 0.25
