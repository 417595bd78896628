"""The chain's side of the comparison finds what it is there to find: its books are doctored."""

from collections.abc import Callable
from typing import Any

import pytest
from crash.chain_books import (
    ChainBooks,
    bundle_differences,
    open_bundles,
    profit_differences,
)
from crash.own_books import SentBundle
from crash.true_books import trade_number
from msgspec.structs import replace
from support.bundle_scenarios import EXECUTOR, transfer

from bot.domain.assets import DAI, USDC
from bot.sandbox.exchange.coinbase_words import named_id

TREASURY = "0x" + "33" * 20
KEY, BLOCK, PROFIT, DUST = "0x" + "aa" * 32, 100, 10**9, 7
OPENING = ChainBooks(block=90, nonce=1, receipts={}, treasury={"USDC": 5, "DAI": 0}, payee=TREASURY)
SENT = SentBundle(
    transaction_hash=KEY, target_block=BLOCK, nonce=1, fate="included", profit=PROFIT, token=USDC
)
RECEIPT = {
    "status": "0x1",
    "blockNumber": hex(BLOCK),
    "logs": [
        transfer(USDC.address, EXECUTOR, TREASURY, PROFIT),
        transfer(USDC.address, EXECUTOR, EXECUTOR, 3),
        transfer(DAI.address, EXECUTOR, TREASURY, DUST),
    ],
}
CHAIN = ChainBooks(
    block=103,
    nonce=2,
    receipts={KEY: RECEIPT},
    treasury={"USDC": 5 + PROFIT, "DAI": DUST},
    payee=TREASURY,
)


@pytest.fixture(autouse=True)
def _two_coins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crash.chain_books.STABLECOINS", (USDC, DAI))


def told(bundles: list[SentBundle], chain: ChainBooks) -> list[str]:
    return [
        *bundle_differences(bundles, chain, OPENING),
        *open_bundles(bundles, chain.block),
        *profit_differences(chain, OPENING),
    ]


def moved(block: int) -> dict[str, Any]:
    return {**RECEIPT, "blockNumber": hex(block)}


def test_books_that_agree_differ_in_nothing_though_rounding_left_another_coin() -> None:
    assert told([SENT], CHAIN) == []


def test_a_landed_bundle_without_a_row_is_found_by_nonce_and_by_each_coin() -> None:
    found = told([], replace(CHAIN, receipts={}))
    assert len(found) == 3
    assert "1 transactions of the operator landed, 0 are known" in found[0]
    assert f"gained {PROFIT} raw USDC, by our bundles 0" in found[1]
    assert f"gained {DUST} raw DAI" in found[2]


@pytest.mark.parametrize(
    ("doctored", "word"),
    [
        (lambda: (replace(SENT, profit=PROFIT - 1), CHAIN), "earned"),
        (lambda: (replace(SENT, fate="missed"), CHAIN), "its receipt says 0x1"),
        (lambda: (replace(SENT, fate="accepted"), CHAIN), "still accepted"),
        (lambda: (SENT, replace(CHAIN, receipts={KEY: moved(BLOCK + 1)})), "landed in"),
        (lambda: (SENT, replace(CHAIN, nonce=3)), "2 transactions"),
        (lambda: (SENT, replace(CHAIN, treasury=CHAIN.treasury | {"DAI": 0})), "raw DAI"),
    ],
)
def test_whatever_the_journal_has_wrong_is_told(
    doctored: Callable[[], tuple[SentBundle, ChainBooks]], word: str
) -> None:
    sent, chain = doctored()
    found = told([sent], chain)
    assert len(found) == 1
    assert word in found[0]


def test_a_trade_is_known_by_its_number_in_the_words_of_every_venue() -> None:
    order = "65a0c000-0000-4000-8000-00000000000b"
    assert trade_number("binance", "9", "77") == 77
    assert trade_number("coinbase", order, named_id(order, 77)) == 77
    assert trade_number("coinbase", order[:-1] + "c", named_id(order, 77)) < 0
