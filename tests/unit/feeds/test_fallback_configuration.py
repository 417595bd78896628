"""The order of fall-backs as an operator writes it."""

from pathlib import Path

import pytest

from bot.config import load_config
from bot.domain.errors import BadConfiguration
from bot.feeds.feed import SystemClock
from bot.feeds.merged_feed import MergedFeed
from bot.monitor_app import price_feeds

STREAM = '[[streams]]\nvenue = "kraken"\npairs = ["USDC/USD"]\n[chain]\nlisten = false\n'


def settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "repeg.toml"
    path.write_text(STREAM + text, encoding="utf-8")
    return path


def test_an_order_puts_all_feeds_behind_it(tmp_path: Path) -> None:
    text = '[fallback]\nsilence_s = 5\n[fallback.order]\nUSDC = [["kraken"], ["DefiLlama"]]\n'
    config = load_config(settings(tmp_path, text))
    assert config.fallback.order == {"USDC": (("kraken",), ("DefiLlama",))}
    (feed,) = price_feeds(config, SystemClock())
    assert isinstance(feed, MergedFeed)


def test_without_an_order_every_feed_speaks_for_itself(tmp_path: Path) -> None:
    (feed,) = price_feeds(load_config(settings(tmp_path, "")), SystemClock())
    assert not isinstance(feed, MergedFeed)


def test_a_flat_order_is_refused_with_its_place(tmp_path: Path) -> None:
    text = '[fallback.order]\nUSDC = ["kraken"]\n'
    with pytest.raises(BadConfiguration, match=r"fallback\.order"):
        load_config(settings(tmp_path, text))
