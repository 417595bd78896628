"""All pools of a market as rows of numbers, kept current pool by pool."""

from collections.abc import Mapping, Sequence

from bot.amm.kernels.row_layout import RAIL, SHUT, Places, Rows
from bot.amm.picture_rows import PictureRows
from bot.amm.pool import Pool
from bot.domain.assets import Token
from bot.domain.venues import PoolSpec


class FlatMarket:
    """Which rows are whose. A pool keeps its rows, so what was learnt about them stays valid."""

    def __init__(self, pools: Sequence[PoolSpec], numeraire: Token) -> None:
        self.pools = tuple(pools)
        self.tokens = tuple(
            dict.fromkeys((numeraire, *(token for pool in pools for token in pool.tokens)))
        )
        places = {token: place for place, token in enumerate(self.tokens)}
        self._token_places = [[places[token] for token in pool.tokens] for pool in self.pools]
        self._place_of = {spec: place for place, spec in enumerate(self.pools)}
        self._states: list[Pool | None] = [None] * len(self.pools)
        self._rows_of: list[list[int]] = [[] for _ in self.pools]
        self._pictures = PictureRows()

    def refresh(self, pools: Mapping[PoolSpec, Pool]) -> None:
        """Take the pools whose state is another object; one that is not in `pools` is shut."""
        for place, spec in enumerate(self.pools):
            state = pools.get(spec)
            if state is not self._states[place]:
                self._states[place] = state
                self._show(place, state)

    def rows(self, chosen: Places | None = None) -> Rows:
        """Return the arrays and the rows that take part: all of them by default."""
        return self._pictures.view(chosen)

    def coins_of(self, row: int) -> tuple[int, ...]:
        """Return which of its pool's coins a row's places are."""
        return self._pictures.coins[row]

    def state(self, spec: PoolSpec) -> Pool:
        """Return the pool as it was last refreshed.

        Raises:
            LookupError: it is out of the market.
        """
        state = self._states[self._place_of[spec]]
        if state is None:
            raise LookupError(f"{spec.name} is out of the market")
        return state

    def way(self, spec: PoolSpec, i: int, j: int) -> tuple[int, int, int]:
        """Return the open row that leads from the pool's coin `i` to `j`, and their places there.

        Raises:
            LookupError: there is none now.
        """
        for row in self._rows_of[self._place_of[spec]]:
            coins, kind = self.coins_of(row), self._pictures.kind(row)
            if kind == SHUT or i not in coins or j not in coins:
                continue
            if kind != RAIL or coins == (i, j):
                return row, coins.index(i), coins.index(j)
        raise LookupError(f"{spec.name}: no way from coin {i} to {j}")

    def forget(self) -> None:
        """Drop what the search has learnt."""
        self._pictures.forget()

    def _show(self, place: int, state: Pool | None) -> None:
        rows = self._rows_of[place]
        if state is None:
            for row in rows:
                self._pictures.shut(row)
            return
        images = state.images()
        if not rows:
            ends = self._token_places[place]
            rows.extend(self._pictures.add(image, place, ends) for image in images)
        for row, image in zip(rows, images, strict=True):
            self._pictures.write(row, image)
