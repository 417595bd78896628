"""Whether a request is signed as Binance wants it.

Source: Binance spot API documentation, request security: HMAC-SHA256 over query string and body as
they were sent; over sorted parameters on the WebSocket API.
"""

import hashlib
import hmac
from typing import Any

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_words import BinanceError, Params, integer_in
from bot.sandbox.exchange.trading_floor import Floor, Login

_USUAL_WINDOW_MS = 5_000
_MOST_WINDOW_MS = 60_000
_AHEAD_MS = 1_000  # so far a client's clock may be ahead


class BinanceLogin:
    """Checks keys, signatures and times."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def account(self, key: str, signed: str, params: Params) -> str:
        """Return whose request this is; `signed` is the text that the signature is over.

        Raises:
            BinanceError: the key is not known, the signature not right, the time not ours.
        """
        login = self._login(key)
        expected = hmac.new(login.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, params.get("signature", "").lower()):
            raise BinanceError(-1022, "Signature for this request is not valid.")
        self._check_time(params)
        return login.account

    def _login(self, key: str) -> Login:
        if not key:
            raise BinanceError(-2014, "API-key format invalid.", 401)
        login = self._floor.logins.get(key)
        if login is None:
            text = "Invalid API-key, IP, or permissions for action."
            raise BinanceError(-2015, text, 401)
        return login

    def _check_time(self, params: Params) -> None:
        stamp = integer_in(params, "timestamp")
        if stamp is None:
            text = "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."
            raise BinanceError(-1102, text)
        window = integer_in(params, "recvWindow")
        window = _USUAL_WINDOW_MS if window is None else window
        if not 0 < window <= _MOST_WINDOW_MS:
            raise BinanceError(-1131, "recvWindow must be less than 60000")
        now = self._floor.clock.now() // NANOS_PER_MS
        if stamp > now + _AHEAD_MS:
            text = "Timestamp for this request was 1000ms ahead of the server's time."
            raise BinanceError(-1021, text)
        if stamp < now - window:
            raise BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def signed_text(query: str, body: str) -> str:
    """Return what a REST request's signature is over: all that was sent, but the signature."""
    return "".join(_unsigned(part) for part in (query, body))


def sorted_text(params: dict[str, Any]) -> str:
    """Return what a WebSocket request's signature is over."""
    return "&".join(
        f"{name}={_plain(params[name])}" for name in sorted(params) if name != "signature"
    )


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unsigned(part: str) -> str:
    return "&".join(one for one in part.split("&") if not one.startswith("signature="))
