"""One account at a venue: how it is reached, and its key, which shows itself to nobody."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from bot.domain.errors import BadConfiguration

Positive = Annotated[float, msgspec.Meta(gt=0)]
_SHOWN = "Credentials(hidden)"
_SHORTEST_HIDDEN = 6  # shorter pieces of text are no secrets, and hiding them would maim messages


class AccountOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[accounts]]` of the configuration; its key comes from the environment."""

    venue: Annotated[str, msgspec.Meta(min_length=1)]  # as ccxt calls it
    pairs: tuple[str, ...] = ()  # that may be traded there; empty: those of its stream
    url: str | None = None  # of a local stand-in; None: the venue itself
    timeout_s: Positive = 5.0  # of one request, from the first byte sent to the last one read
    requests_per_s: Positive | None = None  # None: what the venue grants the least of its clients
    burst: Positive | None = None  # requests at once, after a rest; None: the same


class Credentials:
    """A key and what belongs to it. Never part of a repr, a message or a log."""

    __slots__ = ("key", "password", "secret")

    def __init__(self, key: str, secret: str, password: str = "") -> None:
        self.key, self.secret, self.password = key, secret, password

    def __repr__(self) -> str:
        return _SHOWN

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("credentials are not written anywhere")

    def hidden_in(self, text: str) -> str:
        """Return a text without any of these, whole or as one of their lines."""
        for whole in (self.secret, self.password, self.key):
            for part in (whole, *whole.split("\n"), *whole.split("/")):
                if len(part) >= _SHORTEST_HIDDEN:
                    text = text.replace(part, "***")
        return text


def credentials_of(environment: Mapping[str, str], venue: str) -> Credentials:
    r"""Return the key of a venue: `REPEG_<VENUE>_KEY`, `_SECRET`, and `_PASSWORD` where it has one.

    A secret of several lines may be written in one, with `\n` for each end of a line.

    Raises:
        BadConfiguration: key or secret are missing. No value is ever part of the message.
    """
    head = f"REPEG_{venue.upper()}"
    key, secret, password = (
        environment.get(f"{head}_{name}", "").strip() for name in ("KEY", "SECRET", "PASSWORD")
    )
    if not key or not secret:
        raise BadConfiguration(f"no key for {venue}: set {head}_KEY and {head}_SECRET")
    return Credentials(key, secret.replace("\\n", "\n"), password)
