"""What all sources together say: a price per coin that no single source can make.

Cross rates are solved together: the dollar is worth a dollar, everything else what books, oracles
and redemption make it, and no coin is taken for a dollar. Pure: the time is passed in, and what is
answered depends on the newest word of every source alone, not on the order in which they came.
"""

from collections.abc import Iterable

from bot.domain.ticks import Fault, Message, Redemption, Restored, Tick
from bot.domain.units import NANOS_PER_S, Nanos
from bot.domain.views import AssetView, NoView
from bot.market.consensus_parameters import ConsensusParameters
from bot.market.consensus_sources import Source, SourceTable
from bot.market.consensus_views import Solution
from bot.market.kernels.consensus_solution import solve_consensus
from bot.market.kernels.source_columns import Columns, Rules, answer_in, empty_answer

_BPS = 1e4
_NEVER = 2**63 - 1


class Consensus:
    """The newest word of every source, and what follows from all of them."""

    def __init__(self, parameters: ConsensusParameters | None = None) -> None:
        self._parameters = parameters or ConsensusParameters()
        self._rules = Rules(
            outlier=self._parameters.outlier_bps / _BPS,
            frozen=self._parameters.frozen_bps / _BPS,
            patience=int(self._parameters.frozen_s * NANOS_PER_S),
        )
        self._table = SourceTable(self._parameters)
        self._laid_out: Columns | None = None
        self._views: dict[str, AssetView | NoView] = {}
        self._now = Nanos(0)
        self._until = _NEVER

    @property
    def assets(self) -> tuple[str, ...]:
        """Every coin that was ever heard of, sorted."""
        return tuple(name for name in self._table.nodes if name in self._table.viewed)

    @property
    def next_change(self) -> Nanos | None:
        """When views change next if nobody says anything: a source goes stale or counts as frozen.

        By the clock of `seen_at`; None: never.
        """
        return None if self._until == _NEVER else Nanos(self._until)

    def hear(self, *messages: Message) -> frozenset[str]:
        """Take messages that came together; returns the coins whose view they changed."""
        touched, now = list[Source](), self._now
        for message in messages:
            match message:
                case Tick():
                    touched += self._table.hear_tick(message)
                    now = max(now, message.seen_at)
                case Redemption():
                    touched += self._table.hear_redemption(message)
                    now = max(now, message.seen_at)
                case Fault():
                    touched += self._table.hear_fault(message)
                case Restored():
                    touched += self._table.hear_restored(message)
                case _:
                    pass  # says no price
        return self._answer_to(now, touched) if touched else frozenset()

    def pass_time(self, now: Nanos) -> frozenset[str]:
        """Let sources go stale until `now`; returns the coins whose view that changed."""
        return self._answer_to(now, []) if now >= self._until else frozenset()

    def view(self, asset: str, now: Nanos) -> AssetView | NoView:
        """Return what is known of a coin at `now`, by the clock of `seen_at`."""
        self.pass_time(now)
        if asset not in self._table.nodes:
            return NoView(asset=asset, reason="no source ever spoke of it", at=now)
        view = self._views.get(asset)
        if view is None:
            view = self._views[asset] = self._solution.view_of(asset)
        return view

    def rehearse(self, assets: Iterable[str]) -> list[AssetView | NoView]:
        """Solve again what is known and return views by that, which are as they were."""
        if self._laid_out is None or self._laid_out is not self._table.columns:
            return []
        solve_consensus(self._table.sheets, self._rules, self._spare, self._now)
        solution = Solution(self._table, answer_in(self._spare))
        return [solution.view_of(asset) for asset in assets]

    def _answer_to(self, now: Nanos, touched: list[Source]) -> frozenset[str]:
        """Return the coins whose view is another one; most words change no price, only depths."""
        is_solved = not self._table.has_news and now < self._until
        changed = set[str]() if is_solved else self._solve(now)
        self._now = now
        for source in touched:
            changed.add(source.base)
            if source.is_shown:
                changed.add(source.quote)
        for name in changed:
            self._views.pop(name, None)
        return frozenset(changed & self._table.viewed)

    def _solve(self, now: Nanos) -> set[str]:
        columns = self._table.columns
        if columns is not self._laid_out:
            self._laid_out = columns
            self._written, self._spare = empty_answer(columns), empty_answer(columns)
            self._answer = answer_in(self._written)
            self._views.clear()
        self._until = int(solve_consensus(self._table.sheets, self._rules, self._written, now))
        self._table.solved(self._until)
        self._solution = Solution(self._table, self._answer)
        news = zip(self._table.names, self._answer.changed.tolist(), strict=True)
        return {name for name, is_new in news if is_new}
