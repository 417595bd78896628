"""Who signs a request to Coinbase: a JWT by an elliptic-curve key, per request and short-lived.

Source: Coinbase Developer Platform documentation, API key authentication (ES256).
"""

import base64
import binascii
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.coinbase_words import CoinbaseError, named_id
from bot.sandbox.exchange.trading_floor import Floor, Login

_KEY = "organizations/00000000-0000-4000-8000-000000000001/apiKeys/local-coinbase-key"
_SECRET_NUMBER = 0x10CA1  # of the sandbox's key: made from a number, so that no PEM lies about
_LEEWAY_S = 5
_LONGEST_S = 180


def sandbox_login() -> Login:
    """Return the login of the local Coinbase: always the same, and good for nothing else."""
    private = ec.derive_private_key(_SECRET_NUMBER, ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return Login(key=_KEY, secret=pem.decode())


class CoinbaseLogin:
    """Knows the public half of every key of one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._keys: dict[str, ec.EllipticCurvePublicKey] = {}
        for name, login in floor.logins.items():
            private = serialization.load_pem_private_key(login.secret.encode(), None)
            if isinstance(private, ec.EllipticCurvePrivateKey):
                self._keys[name] = private.public_key()

    def account(self, token: str, request: tuple[str, str] | None) -> str:
        """Return whose token it is; `request`: the method and path that it must be for.

        Raises:
            CoinbaseError: 401; not signed rightly, over, or for another request.
        """
        try:
            head, claims, signature = token.split(".")
            header, body = _decoded(head), _decoded(claims)
            name = str(header.get("kid"))
            self._keys[name].verify(
                _der(_bytes(signature)), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
            )
        except (ValueError, KeyError, InvalidSignature, msgspec.DecodeError) as error:
            raise _unauthorized() from error
        if body.get("sub") != name or header.get("alg") != "ES256" or not self._is_due(body):
            raise _unauthorized()
        if request is not None and not _is_for(str(body.get("uri", "")), *request):
            raise _unauthorized()
        return self._floor.logins[name].account

    def key_rights(self, account: str, _: Any) -> dict[str, Any]:
        """Tell what the account's key may do."""
        logins = self._floor.logins.values()
        return {
            "can_view": True,
            "can_trade": True,
            "can_transfer": any(o.may_withdraw for o in logins if o.account == account),
            "portfolio_uuid": named_id("portfolio", account),
            "portfolio_type": "DEFAULT",
        }

    def _is_due(self, body: dict[str, Any]) -> bool:
        now_s = self._floor.clock.now() / NANOS_PER_S
        start, end = body.get("nbf"), body.get("exp")
        if not isinstance(start, int) or not isinstance(end, int):
            return False
        return start - _LEEWAY_S <= now_s < end and end - start <= _LONGEST_S


def _is_for(uri: str, method: str, path: str) -> bool:
    """Whether a token's claim is about this request, whose path begins with the host.

    Clients that know us by another address claim that before the host.
    """
    verb, _, address = uri.partition(" ")
    return verb == method and f"/{address}".endswith(path)


def _unauthorized() -> CoinbaseError:
    return CoinbaseError(401, "unauthorized", "Unauthorized")


def _decoded(part: str) -> dict[str, Any]:
    return msgspec.json.decode(_bytes(part), type=dict[str, Any])


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError("no base64") from error


def _der(signature: bytes) -> bytes:
    if len(signature) != 64:
        raise ValueError("no signature of this curve")
    return encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )
