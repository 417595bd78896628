"""Venues of the local exchange that never lose patience, and settings to hurry there."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.spot_market import Fees
from bot.sandbox.exchange.trading_floor import VenueOptions

_PATIENT = RequestLimits(weight_per_minute=10**6, orders_per_ten_s=10**6)
_FEES = Fees(maker=Decimal("0.0005"), taker=Decimal("0.0005"))

# Days of a depeg in seconds, one after another, and sizes that never reach a cap of the day.
QUICK = """
[detection]
hold_s = 0.3
quiet_s = 1.0
[orders]
proof_s = 1.5
proof_at = {}
overlap_s = 120.0
"""
QUICK_TRADING = """
[trading]
look_s = 0.2
poll_s = 0.5
pause_s = 0.2
reentries = 1_000_000
entry_rest_s = 3.0
exit_rest_s = 3.0
"""
WIDE_LIMITS = """
[risk]
max_day_usd = 1e9
max_daily_loss_usd = 1e9
max_coin_usd = 1e6
max_venue_usd = 1e6
max_issuer_usd = 1e6
"""


def patient(venue: VenueOptions) -> VenueOptions:
    """Return a venue without limits, where everybody pays five basis points."""
    return replace(venue, limits=_PATIENT, fees=replace(_FEES, in_quote=venue.fees.in_quote))


def keys_of(exchange: LocalExchange) -> dict[str, str]:
    """Return the keys of the accounts, as a process is given them."""
    found = {}
    for venue in exchange.options.venues:
        found[f"REPEG_{venue.venue.upper()}_KEY"] = venue.logins[0].key
        found[f"REPEG_{venue.venue.upper()}_SECRET"] = venue.logins[0].secret
    return found


def accounts_at(url: str, pairs: Mapping[str, Sequence[str]], more: str) -> str:
    """Return the settings of books and accounts at venues; `more` is said of each account."""
    return "".join(
        f"""
[[streams]]
venue = "{venue}"
pairs = {list(traded)}
options = {{ url = "{url}" }}
[[accounts]]
venue = "{venue}"
pairs = {list(traded)}
url = "{url}"
{more}
"""
        for venue, traded in pairs.items()
    )
