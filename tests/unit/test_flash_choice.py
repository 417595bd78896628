"""Flash loan or own capital: decided with what the atomic engine beside could send now."""

import asyncio
from pathlib import Path

import pytest
from fakes.trading_room import TradingRoom
from msgspec.structs import replace

from bot.commands.position_figures import figures_of, fundings_of
from bot.domain.ticks import SourceKind
from bot.domain.units import WAD, Wad
from bot.strategy.flash_viability import FlashOffer
from bot.strategy.position_notes import FUNDING


def offered(net_usd: float) -> FlashOffer:
    net, cost = Wad(round(net_usd * WAD)), Wad(20 * WAD)
    return FlashOffer(net_usd=net, cost_usd=cost, loan_usd=Wad(10**6 * WAD), landing=0.5)


def played(
    folder: Path, offer: FlashOffer | None, kind: SourceKind = SourceKind.CEX
) -> TradingRoom:
    """Let a coin become cheap while the atomic engine has that offer."""
    room = TradingRoom(folder)
    accounts = room.engine._parts.markets.accounts
    assert isinstance(accounts, dict)
    accounts["binance"] = replace(accounts["binance"], kind=kind)
    entries = room.engine._parts.entries
    entries._parts = replace(entries._parts, flash=lambda _coin: offer)

    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        await asyncio.sleep(0.5)
        room.say("0.97")
        await room.until(lambda: bool(room.books.ledger.decided("no entry")) or room.held > 0)

    room.play(story)
    return room


def test_a_loan_that_earns_more_of_the_same_liquidity_leaves_capital_where_it_is(
    tmp_path: Path,
) -> None:
    ledger = played(tmp_path, offered(1e6), SourceKind.DEX).books.ledger
    assert ledger.positions == ()
    (said,) = {one.detail for one in ledger.decided(FUNDING)}
    assert said.startswith("flash loan: flash loan 499,999.99 usd")
    assert said in fundings_of(ledger)[0]


def test_a_loan_that_takes_other_liquidity_is_no_reason_not_to_enter(tmp_path: Path) -> None:
    ledger = played(tmp_path, offered(1e6)).books.ledger
    (figures,) = figures_of(ledger, None)
    assert figures.funding.startswith("both: flash loan 499,999.99 usd")


@pytest.mark.parametrize("net_usd", [-5.0, 0.02])
def test_a_loan_that_earns_less_is_no_reason_not_to_enter(tmp_path: Path, net_usd: float) -> None:
    ledger = played(tmp_path, offered(net_usd)).books.ledger
    (figures,) = figures_of(ledger, None)
    assert figures.funding.startswith(("own capital: flash loan", "both: flash loan"))
    assert "50% to land" in figures.funding


def test_without_an_offer_nothing_is_said_of_loans(tmp_path: Path) -> None:
    ledger = played(tmp_path, None).books.ledger
    assert len(ledger.positions) == 1
    assert ledger.decided(FUNDING) == ()
