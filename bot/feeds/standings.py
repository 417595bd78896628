"""Which sources can be trusted, so that only what changes is told."""

from collections.abc import Iterator

from bot.domain.ticks import Fault, FaultKind, Restored
from bot.domain.units import Nanos

SourceName = tuple[str, str]  # venue, pair


class Standings:
    """Every source that ever spoke, and what is wrong with it."""

    def __init__(self) -> None:
        self._wrong: dict[SourceName, FaultKind | None] = {}

    def well(self, source: SourceName, at: Nanos) -> Iterator[Restored]:
        """Hear that a source spoke well; yields what is to be told after its message."""
        if self._wrong.get(source) is not None:
            yield Restored(venue=source[0], pair=source[1], at=at)
        self._wrong[source] = None

    def ill(self, source: SourceName, what: FaultKind, detail: str, at: Nanos) -> Iterator[Fault]:
        """Hear what is wrong with a source; yields it where it is news."""
        if self._wrong.get(source) is not what:
            yield Fault(venue=source[0], pair=source[1], what=what, detail=detail, at=at)
        self._wrong[source] = what

    def all_ill(self, what: FaultKind, detail: str, at: Nanos) -> Iterator[Fault]:
        """Hear what is wrong with all of them; those that have a fault keep it."""
        for source in self.trusted():
            yield from self.ill(source, what, detail, at)

    def trusted(self) -> tuple[SourceName, ...]:
        """Return the sources with nothing wrong."""
        return tuple(source for source, wrong in self._wrong.items() if wrong is None)
