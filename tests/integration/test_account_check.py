"""What `repeg doctor` says of accounts: keys that may too much, pairs that are not traded, fees."""

import asyncio
from collections.abc import Iterator, Mapping

import msgspec
import pytest
from support.trading_accounts import PAIRS, Trader

from bot.execution.account_options import AccountOptions
from bot.operations.account_check import AccountFinding, Standing, examine_accounts, is_fit
from bot.sandbox.exchange.exchange_options import VENUES, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.spot_market import MarketState


def _with_rights(*, may_withdraw: bool) -> LocalExchangeOptions:
    venues = tuple(
        msgspec.structs.replace(
            venue,
            logins=(msgspec.structs.replace(venue.logins[0], may_withdraw=may_withdraw),),
        )
        for venue in VENUES
    )
    return LocalExchangeOptions(venues=venues, breath_s=None)


@pytest.fixture(scope="module")
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(_with_rights(may_withdraw=False)) as running:
        yield running


@pytest.fixture(params=sorted(PAIRS))
def trader(exchange: LocalExchange, request: pytest.FixtureRequest) -> Iterator[Trader]:
    one = Trader(exchange, request.param)
    yield one
    exchange.mend()
    exchange.set_market(one.venue, one.market)


def environment_of(trader: Trader) -> Mapping[str, str]:
    head, login = f"REPEG_{trader.venue.upper()}", trader.floor.logins[0]
    return {f"{head}_KEY": login.key, f"{head}_SECRET": login.secret.replace("\n", "\\n")}


def examined(trader: Trader, *accounts: AccountOptions) -> dict[str, AccountFinding]:
    asked = accounts or (trader.options(),)
    found = asyncio.run(examine_accounts(asked, environment_of(trader)))
    return {one.subject: one for one in found}


def test_a_key_that_only_trades_and_an_open_pair_are_well_and_fees_are_shown(
    trader: Trader,
) -> None:
    found = examined(trader)
    assert {one.standing for one in found.values()} == {Standing.OK}
    assert "cannot withdraw" in found["key"].detail
    taker_bps = float(trader.floor.fees.taker * 10_000)
    assert f"taker {taker_bps:g} bps" in found[trader.pair].detail


def test_a_key_that_may_withdraw_is_warned_of(trader: Trader) -> None:
    with start_exchange(_with_rights(may_withdraw=True)) as lenient:
        found = examined(Trader(lenient, trader.venue))
    assert found["key"].standing is Standing.WARN
    assert "WITHDRAW" in found["key"].detail
    assert "trade only" in found["key"].advice


def test_a_halted_pair_is_a_warning_and_one_that_is_not_listed_is_wrong(trader: Trader) -> None:
    halted = msgspec.structs.replace(trader.market, state=MarketState.HALTED)
    trader.exchange.set_market(trader.venue, halted)
    found = examined(trader, trader.options(pairs=(trader.pair, "UST/USDT")))
    assert found[trader.pair].standing is Standing.WARN
    assert "HALTED" in found[trader.pair].detail
    assert found["UST/USDT"].standing is Standing.WRONG
    assert not is_fit(tuple(found.values()))


def test_an_account_without_a_key_or_with_a_wrong_one_cannot_be_used(trader: Trader) -> None:
    name = f"REPEG_{trader.venue.upper()}_KEY"
    (without,) = asyncio.run(examine_accounts((trader.options(),), {}))
    assert without.standing is Standing.WRONG
    assert name in without.detail
    wrong = dict(environment_of(trader)) | {name: "organizations/somebody/else"}
    (refused,) = asyncio.run(examine_accounts((trader.options(),), wrong))
    assert refused.standing is Standing.WRONG
    assert "somebody" not in refused.detail


def test_a_venue_that_is_down_is_said_to_be(trader: Trader) -> None:
    trader.exchange.misbehave(Mishap(kind=MishapKind.UNAVAILABLE, venue=trader.venue))
    found = examined(trader)
    assert found["key"].standing is Standing.WRONG
    assert "503" in found["key"].detail


def test_a_clock_far_off_is_told(trader: Trader) -> None:
    trader.exchange.misbehave(Mishap(kind=MishapKind.SKEW, venue=trader.venue, amount=300))
    assert examined(trader)["clock"].standing is Standing.WARN


def test_no_accounts_are_no_findings() -> None:
    assert asyncio.run(examine_accounts((), {})) == ()
    assert is_fit(())
