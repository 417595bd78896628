"""Who signs a request to Kraken, and tokens for its private sockets.

Source: Kraken API documentation, spot REST authentication and GetWebSocketsToken.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

import msgspec

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.kraken_words import KrakenError
from bot.sandbox.exchange.trading_floor import Floor

_TOKEN_S = 900  # to connect with; a connection that was made with it stays


class KrakenLogin:
    """Knows the keys of one floor and the highest nonce of each."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._nonces: dict[str, int] = {}
        self._tokens: dict[str, tuple[str, int]] = {}

    def account(self, headers: dict[str, str], path: str, body: str, nonce: object) -> str:
        """Return whose request it is; `path` begins with ``/0/private/``.

        Raises:
            KrakenError: unknown key, wrong signature, or a nonce that is not above the last.
        """
        key = headers.get("API-Key", "")
        login = self._floor.logins.get(key)
        if login is None:
            raise KrakenError("EAPI:Invalid key")
        inner = hashlib.sha256(f"{nonce}{body}".encode()).digest()
        secret = base64.b64decode(login.secret)
        wanted = hmac.digest(secret, path.encode() + inner, hashlib.sha512)
        if not hmac.compare_digest(base64.b64encode(wanted).decode(), headers.get("API-Sign", "")):
            raise KrakenError("EAPI:Invalid signature")
        number = int(str(nonce)) if str(nonce).isdecimal() and len(str(nonce)) < 21 else -1
        if number <= self._nonces.get(key, -1):
            raise KrakenError("EAPI:Invalid nonce")
        self._nonces[key] = number
        return login.account

    def new_token(self, account: str, _: Any = None) -> dict[str, Any]:
        """Return a token for private sockets."""
        token = secrets.token_urlsafe(32)
        self._tokens[token] = account, self._floor.clock.now() + _TOKEN_S * NANOS_PER_S
        return {"token": token, "expires": _TOKEN_S}

    def key_rights(self, account: str, _: Any = None) -> dict[str, Any]:
        """Return what the account's key may do."""
        logins = [login for login in self._floor.logins.values() if login.account == account]
        rights = ["query-funds", "query-open-trades", "query-closed-trades"]
        rights += ["modify-trades", "close-trades", "access-ws-token"]
        if any(login.may_withdraw for login in logins):
            rights.append("withdraw-funds")
        return {"api_key_name": "local", "permissions": rights, "nonce_window": "0"}

    def account_of_token(self, token: object) -> str:
        """Return whose token it is.

        Raises:
            KrakenError: it is not known, or too old.
        """
        account, until = self._tokens.get(str(token), ("", 0))
        if not account or self._floor.clock.now() > until:
            raise KrakenError("ESession:Invalid session")
        return account


def params_of(content_type: str, body: str, form: dict[str, str]) -> dict[str, Any]:
    """Return a private request's parameters, which come as a form or as JSON."""
    if content_type != "application/json":
        return form
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise KrakenError("EGeneral:Invalid arguments") from error
