"""Whose trade and whose report it is, when venues name orders by their id, by ours, or by both."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.orders import ClientId, Fill, OrderReport
from bot.domain.units import Nanos
from bot.strategy.order_records import OrderTrack

Place = tuple[str, str, str]  # venue, pair, the venue's order id: unique per pair at some venues


def place_of(news: OrderReport | Fill) -> Place:
    """Return where the venue keeps the order that news is about."""
    return news.venue, news.pair, news.order_id


class OrderClaims:
    """Gathers all news by order; what nobody can be named for waits until somebody can."""

    def __init__(self) -> None:
        self._tracks: dict[ClientId, OrderTrack] = {}
        self._owners: dict[Place, ClientId] = {}
        self._loose: dict[Place, OrderTrack] = {}
        self._fills: dict[tuple[str, str, str], Fill] = {}

    @property
    def fills(self) -> Mapping[tuple[str, str, str], Fill]:
        """Every unique trade, by its key."""
        return MappingProxyType(self._fills)

    def track(self, name: ClientId) -> OrderTrack:
        """Return what is gathered under a client id."""
        found = self._tracks.get(name)
        if found is None:
            found = self._tracks[name] = OrderTrack()
        return found

    def peek(self, name: ClientId) -> OrderTrack | None:
        """Return the same, None where nothing was ever heard of it."""
        return self._tracks.get(name)

    def owner(self, news: OrderReport | Fill) -> ClientId | None:
        """Return whose it is, as far as is known."""
        if news.client_id is not None:
            return news.client_id
        return self._owners.get(place_of(news))

    def claim(self, name: ClientId, place: Place) -> None:
        """Learn that a venue's order is ours by that name; what waited for it is moved there."""
        if not place[2] or place in self._owners:
            return
        self._owners[place] = name
        loose = self._loose.pop(place, None)
        if loose is not None:
            self.track(name).take_over(loose)

    def is_report_news(self, report: OrderReport) -> bool:
        """Return whether a report says anything new."""
        owner, place = self.owner(report), place_of(report)
        track = self._loose.get(place) if owner is None else self._tracks.get(owner)
        is_link = owner is not None and bool(report.order_id) and place not in self._owners
        return track is None or is_link or track.is_news(report)

    def is_fill_news(self, fill: Fill) -> bool:
        """Return whether a trade is new, or tells at last whose a known one is."""
        first = self._fills.get(fill.key)
        return first is None or (self.owner(first) is None and fill.client_id is not None)

    def take_report(self, report: OrderReport, at: Nanos) -> ClientId | None:
        """Keep a report; return whose it is."""
        self._gather(report).report(report, at)
        return self.owner(report)

    def take_fill(self, fill: Fill, at: Nanos) -> ClientId | None:
        """Keep a trade, once; return whose it is."""
        first = self._fills.setdefault(fill.key, fill)
        if first is not fill and fill.client_id is not None:
            self.claim(fill.client_id, place_of(first))
            return fill.client_id
        self._gather(fill).fill(fill, at)
        return self.owner(fill)

    def unclaimed(self) -> tuple[Fill, ...]:
        """Return the trades of orders that nobody wrote down."""
        tracks = [*self._loose.values()]
        tracks += [track for track in self._tracks.values() if track.order is None]
        return tuple(fill for track in tracks for fill in track.fills.values())

    def _gather(self, news: OrderReport | Fill) -> OrderTrack:
        owner = self.owner(news)
        if owner is None:
            return self._loose.setdefault(place_of(news), OrderTrack())
        self.claim(owner, place_of(news))
        return self.track(owner)
