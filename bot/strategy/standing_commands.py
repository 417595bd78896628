"""What a person, or the emergency protocol, wants until told otherwise."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bot.domain.ledger_events import Commanded


class StandingCommands:
    """The last word of each kind. "resume" ends pause and freeze; it recalls no flattening."""

    def __init__(self) -> None:
        self.is_paused = False
        self.is_frozen = False
        self._heard: set[Commanded] = set()
        self._flatten: dict[str, Commanded] = {}

    @property
    def flatten(self) -> Mapping[str, Commanded]:
        """Which positions are to be left at once, and who said so."""
        return MappingProxyType(self._flatten)

    def is_news(self, command: Commanded) -> bool:
        """Return whether it is the first copy."""
        return command not in self._heard

    def take(self, command: Commanded, open_positions: Iterable[str]) -> None:
        """Obey from now on; flattening everything means what is open now."""
        self._heard.add(command)
        match command.command:
            case "freeze":
                self.is_frozen = True
            case "resume":
                self.is_paused = self.is_frozen = False
            case "flatten":
                for position in [command.subject] if command.subject else open_positions:
                    self._flatten.setdefault(position, command)
            case _:  # "pause", or a word of a later version: what is not understood stops us
                self.is_paused = True
