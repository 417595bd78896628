"""Questions to an exchange through ccxt, whose many errors become two of ours."""

from collections.abc import Sequence
from typing import Any

from bot.domain.errors import BadConfiguration, RepegError, VenueRefused, VenueUnavailable
from bot.domain.ticks import FaultKind
from bot.feeds.book_news import Flaw

MISSHAPEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
"""What ccxt's parsers let out where an answer is not what they expect."""

_DEFAULT_RETRY_S = 5.0  # where it asks us to wait and does not say how long


async def ask(ccxt: Any, client: Any, call: Any, *arguments: Any) -> Any:
    """Return what `call`, a method of `client` of the module `ccxt`, answers.

    Raises:
        VenueUnavailable: no answer in time, or told to come back later (`retry_after_s`).
        VenueRefused: the venue answered with an error, or with nonsense.
    """
    venue = str(client.id)
    try:
        return await call(*arguments)
    except (ccxt.DDoSProtection, ccxt.RateLimitExceeded) as error:  # 418, 429
        wait_s = _retry_after_s(client.last_response_headers)
        raise VenueUnavailable(venue, described(error), retry_after_s=wait_s) from error
    except ccxt.NetworkError as error:
        raise VenueUnavailable(venue, described(error)) from error
    except ccxt.BaseError as error:
        raise VenueRefused(venue, described(error)) from error
    except MISSHAPEN as error:
        reason = f"its answer has another shape than expected ({type(error).__name__})"
        raise VenueRefused(venue, reason) from error


def check_markets(venue: str, markets: dict[str, Any], pairs: Sequence[str]) -> None:
    """Check that all pairs are traded at spot.

    Raises:
        BadConfiguration: one is not, or is halted.
    """
    for pair in pairs:
        market = markets.get(pair)
        if market is None or not market["spot"]:
            raise BadConfiguration(f"{venue} has no spot market {pair}")
        if market["active"] is False:
            raise BadConfiguration(f"{venue} has halted trading of {pair}")


def described(error: Exception) -> str:
    """Return an error's kind and text in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _retry_after_s(headers: Any) -> float:
    for name, value in (headers or {}).items():
        if str(name).lower() == "retry-after":
            try:
                return max(float(value), 0.0)
            except ValueError:
                break
    return _DEFAULT_RETRY_S


def flaw_of(error: RepegError) -> Flaw:
    """Return what is wrong with a venue that did not answer."""
    what = FaultKind.REFUSED
    if isinstance(error, VenueUnavailable):
        what = FaultKind.DISCONNECTED if error.retry_after_s is None else FaultKind.LIMITED
    return Flaw(what=what, detail=str(error))


def told_to_wait_s(error: RepegError) -> float:
    """Return for how long the venue does not want to be asked."""
    return (error.retry_after_s or 0.0) if isinstance(error, VenueUnavailable) else 0.0
