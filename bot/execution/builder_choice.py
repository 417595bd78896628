"""Who else is sent bundles beside the relay: section `[builders]`.

Nobody by default: a bundle that its sender also gives to others himself earns a smaller refund, and
the relay passes it on to builders by itself. So it is a choice, inclusion against refund.

Bundles, unless private transactions are asked for: those go to the relay alone, which is the only
one of the table that documents how they are taken back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from bot.domain.builders import BUILDERS, FLASHBOTS, Builder
from bot.domain.errors import BadConfiguration
from bot.execution.private_options import PrivateOptions

_TABLE = {one.name: one for one in BUILDERS}
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class BuilderChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names are those of the table in docs/builders.md, upper and lower case as there."""

    send_to: tuple[_Word, ...] = ()  # of the table; "flashbots" is the relay, always sent to
    more: tuple[Builder, ...] = ()  # with URL and dialect of their own; all of them are sent to
    multiplex: tuple[_Word, ...] = ()  # whom the relay may pass bundles on to
    refund_percent: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None  # None: their custom
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 2.0
    send_as: Literal["bundle", "private"] = "bundle"
    private: PrivateOptions = PrivateOptions()  # of private transactions

    def __post_init__(self) -> None:
        unknown = [name for name in self.send_to if name not in _TABLE]
        if unknown:
            known = ", ".join(_TABLE)
            raise ValueError(
                f"builders: send_to knows no {unknown[0]!r}; it is one of {known}, or else an "
                "entry of [[builders.more]]"
            )
        names = [one.name for one in self.chosen]
        twice = [name for name in names if names.count(name) > 1 or name == FLASHBOTS.name]
        if twice:
            raise ValueError(f"builders: {twice[0]} is there twice; the relay is {FLASHBOTS.name}")
        if self.send_as == "private" and (names or self.multiplex):
            raise ValueError(
                "builders: a private transaction goes to the relay alone; leave send_to, more and "
                "multiplex empty, and name builders in [builders.private]"
            )

    def require_known(self, names: Iterable[str]) -> None:
        """Check that everybody who is named is sent to.

        Raises:
            ValueError: names who is not.
        """
        sent_to = (FLASHBOTS.name, *(one.name for one in self.chosen))
        for name in names:
            if name not in sent_to:
                raise ValueError(
                    f"timing: send_at_ms knows no {name!r}; it is one of {', '.join(sent_to)}"
                )

    @property
    def chosen(self) -> tuple[Builder, ...]:
        """Everyone beside the relay."""
        named = dict.fromkeys(name for name in self.send_to if name != FLASHBOTS.name)
        return (*(_TABLE[name] for name in named), *self.more)


def token_name(builder: str) -> str:
    """Return the variable of a builder's Authorization header: REPEG_BUILDER_BLOXROUTE_TOKEN."""
    return f"REPEG_BUILDER_{re.sub('[^A-Z0-9]', '_', builder.upper())}_TOKEN"


def tokens_of(builders: Sequence[Builder], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the Authorization headers of those that want one, by name.

    Raises:
        BadConfiguration: one is missing.
    """
    found = {}
    for builder in builders:
        if builder.dialect.authorized:
            name = token_name(builder.name)
            token = environment.get(name, "").strip()
            if not token:
                raise BadConfiguration(f"builders: {builder.name} wants a token: set {name}")
            found[builder.name] = token
    return found
