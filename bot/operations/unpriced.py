"""Which coins of a recording never had a price, and why."""

from collections.abc import Iterable, Mapping

from bot.domain.views import AssetView, NoView


class Unpriced:
    """Coins that are spoken of; one that was known for a moment is not among them."""

    def __init__(self, coins: Iterable[str], views: Mapping[str, AssetView | NoView]) -> None:
        """Begin with all of them; `views` is looked into whenever something was heard."""
        self._views = views
        self._waiting = set(coins)
        self._last: dict[str, NoView] = {}
        self._found = False

    def look(self, heard: str) -> None:
        """Take note of what is known after a coin was spoken of."""
        for coin in tuple(self._waiting):
            view = self._views.get(coin)
            if isinstance(view, AssetView):
                self._waiting.discard(coin)
                self._found = True
            elif coin == heard and view is not None:
                self._last[coin] = view

    @property
    def reasons(self) -> tuple[NoView, ...]:
        """Each as it was when it was last spoken of, by name; what is no coin has none."""
        return tuple(self._last[coin] for coin in sorted(self._waiting) if coin in self._last)

    @property
    def is_every(self) -> bool:
        """Whether none of the coins ever had a price: that there is no depeg says nothing."""
        return bool(self.reasons) and not self._found
