"""When the last of several builders has a bundle: builders in a process of their own, one clock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from bot.bench.cheap_builders import Noted
from bot.domain.builders import BUILDERS, Builder, Dialect
from bot.domain.messages import Ticket
from bot.domain.units import Nanos
from bot.engine import Report
from bot.sandbox.child import Child
from bot.sandbox.errors import LocalChainFailed

# The forms that most builders read, in turn: each is written and signed once for every bundle.
_FORMS = tuple(dict.fromkeys(one.dialect for one in BUILDERS if one.dialect.prefixed))


class Listeners:
    """Cheap builders that note when a bundle is there."""

    def __init__(self, child: Child) -> None:
        urls = child.announced["builders"].split()
        self._child = child
        self.builders = tuple(
            Builder(name=f"listener {at}", url=url, dialect=_form(at))
            for at, url in enumerate(urls)
        )

    def times(self, reports: Sequence[Report]) -> list[Nanos]:
        """Return how long each report's bundle took, from the head's arrival to the last builder.

        Raises:
            LocalChainFailed: a bundle is not with all of them.
        """
        noted = msgspec.json.decode(self._child.ask("GET", "noted").data, type=list[Noted])
        arrived: dict[str, dict[int, int]] = {}
        for one in noted:
            arrived.setdefault(one.transaction, {}).setdefault(one.builder, one.at)
        times = []
        for report in reports:
            if isinstance(report.decision, Ticket):
                at = arrived.get(report.decision.transaction.hex(), {})
                if len(at) < len(self.builders):
                    raise LocalChainFailed(f"{len(at)} of {len(self.builders)} have a bundle")
                times.append(Nanos(max(at.values()) - report.head.seen_at))
        return times


@contextmanager
def listening(count: int) -> Iterator[Listeners]:
    """Start so many builders, none for none.

    Raises:
        ChildFailed: they did not come up.
    """
    with Child("bot.bench.cheap_builders", (str(count),)) as child:
        yield Listeners(child)


def _form(at: int) -> Dialect:
    return _FORMS[at % len(_FORMS)]
