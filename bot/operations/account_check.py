"""The configured accounts: do their keys work, may they do too much, what is traded at what fee?"""

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from bot.domain.errors import RepegError
from bot.domain.orders import MarketRules
from bot.domain.units import human
from bot.execution.account_options import AccountOptions, credentials_of
from bot.execution.ccxt_connector import CcxtConnector

_LONG_WAY = 1.0  # seconds: beyond, other programs of this machine are wrong, too


class Standing(Enum):
    """How one thing about an account stands."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


class AccountFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about an account, and what to do about it."""

    venue: str
    subject: str  # "key", "clock", or a pair
    standing: Standing
    detail: str
    advice: str = ""  # empty where nothing is to be done


async def examine_accounts(
    accounts: Sequence[AccountOptions], environment: Mapping[str, str]
) -> tuple[AccountFinding, ...]:
    """Return what the venues say of the accounts, in their order; nothing is changed there."""
    found: list[AccountFinding] = []
    for account in accounts:
        try:
            connector = CcxtConnector(account, credentials_of(environment, account.venue))
        except RepegError as error:
            found.append(_wrong(account.venue, "key", error, "see docs/accounts.md"))
            continue
        async with connector:
            found += await _examined(connector)
    return tuple(found)


def is_fit(findings: Sequence[AccountFinding]) -> bool:
    """Return whether nothing is wrong; warnings are for a person to judge."""
    return all(finding.standing is not Standing.WRONG for finding in findings)


async def _examined(connector: CcxtConnector) -> list[AccountFinding]:
    venue = connector.venue
    try:
        off_s = await connector.follow_clock()
        await connector.balances()
        may_withdraw = await connector.can_withdraw()
    except RepegError as error:
        return [_wrong(venue, "key", error, "is the venue up, and the key one of this account?")]
    found = [_key(venue, may_withdraw=may_withdraw)]
    if abs(off_s) > _LONG_WAY:
        detail = f"ours is {-off_s:+.1f} s off the venue's"
        advice = "orders follow the venue's; set this machine's by NTP"
        found.append(_finding(venue, "clock", Standing.WARN, detail, advice))
    for pair in connector.options.pairs:
        try:
            found.append(_market(await connector.rules(pair)))
        except RepegError as error:
            found.append(_wrong(venue, pair, error, "take it out of the account's pairs"))
    return found


def _key(venue: str, *, may_withdraw: bool | None) -> AccountFinding:
    if may_withdraw:
        advice = "make a key that can trade only, and delete this one"
        return _finding(venue, "key", Standing.WARN, "it may WITHDRAW", advice)
    told = "it cannot withdraw" if may_withdraw is False else "whether it may withdraw is not told"
    return _finding(venue, "key", Standing.OK, f"it works; {told}")


def _market(rules: MarketRules) -> AccountFinding:
    fees = f"maker {rules.maker_fee_bps:g} bps, taker {rules.taker_fee_bps:g} bps"
    least = f"at least {human(rules.min_amount, 18, 6)} and {human(rules.min_value, 18)} of value"
    if rules.is_trading:
        return _finding(rules.venue, rules.pair, Standing.OK, f"{fees}; {least}")
    detail, advice = f"HALTED; {fees}", "nothing is traded there until it opens again"
    return _finding(rules.venue, rules.pair, Standing.WARN, detail, advice)


def _wrong(venue: str, subject: str, error: RepegError, advice: str) -> AccountFinding:
    return _finding(venue, subject, Standing.WRONG, str(error), advice)


def _finding(
    venue: str, subject: str, standing: Standing, detail: str, advice: str = ""
) -> AccountFinding:
    return AccountFinding(
        venue=venue, subject=subject, standing=standing, detail=detail, advice=advice
    )
