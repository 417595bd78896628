"""The loop's benchmarks do what they say, in small: bundles go out and are told part by part."""

import pytest

from bot.bench import latency, sync

pytestmark = [pytest.mark.anvil, pytest.mark.slow]


def test_every_part_until_the_bundle_left_is_told_and_together_they_are_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(latency, "_WARM_UP", 0)
    figures = latency.run(bundles=3, fanned=2).figures
    assert (figures["pools"], figures["bundles"]) == (50, 3)
    until_out = ("wake", "settle", "read", "plan", "check", "trust", "sign", "intend", "send")
    assert all(figures[f"{part}_ms_p50"] > 0 for part in until_out)
    worst = 1.05 * sum(figures[f"{part}_ms_p99"] for part in until_out)
    for count in (1, 8, 16):
        median, worst_fan_out = (figures[f"fanout_{count}_ms_{part}"] for part in ("p50", "p99"))
        assert 0 < median <= worst_fan_out
    assert 0 < figures["head_to_bundle_ms_p50"] <= figures["head_to_bundle_ms_p99"] <= worst + 0.1


def test_both_ways_of_reading_fifty_pools_are_timed_and_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync, "_BLOCKS", 3)
    measured = sync.run()
    assert measured.figures["pools"] == 50
    assert measured.figures["logs_50_pools_ms"] > 0
    assert measured.peers["full_read_50_pools_ms"] > 0
