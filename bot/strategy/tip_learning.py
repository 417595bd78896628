"""Which share of the profit to offer the block's builder, learnt from what landed and what did not.

A block is a sealed first-price auction. Where we lose, the chain shows what the winner paid; where
we win, only that nobody offered more than we did. Both are observations of the highest rival offer,
the second kind censored, and from them follows how often each share would have won. The share is
chosen by Thompson sampling on that estimate: now and then one that may be better is tried, and the
less often the more is known.

Source: the product-limit estimator of E. L. Kaplan and P. Meier, 1958, for values censored from
above here, with a beta posterior for each step; W. R. Thompson, 1933.
"""

import math
from bisect import bisect_right
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from bot.domain.units import BPS, Bps

_Floats = NDArray[np.float64]

_FINER = 0.96  # what we keep at one share, of what we keep at the share before it
_SHARES = tuple(round(BPS * (1 - _FINER**step)) for step in range(92))  # 0 to 97.6 %
_CELLS = len(_SHARES) - 1
_MOST = _SHARES[-1]
CLASSES = 6  # of values
_FADES = 0.9995  # per observation: rivals change their ways
_PRIOR = 0.2  # of an observation in each cell, the most of it that rivals are not there
_PRIOR_BOUND, _PRIOR_FREE = 0.05 * _PRIOR, 0.95 * _PRIOR
_EVIDENCE = 12.0  # observations before anything but the start is tried
_LENT = 20.0  # observations of other classes of values that count in one at most


class TipParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How tips are chosen; section `[tips]`."""

    learn: bool = True
    start_bps: Bps = Bps(5_000)  # until enough was seen, and where nothing is learnt
    least_bps: Bps = Bps(500)
    most_bps: Bps = Bps(9_500)

    def __post_init__(self) -> None:
        if not 0 <= self.least_bps <= self.start_bps <= self.most_bps <= _MOST:
            raise ValueError(
                f"tips: least_bps {self.least_bps}, start_bps {self.start_bps} and most_bps "
                f"{self.most_bps} must rise, from 0 to {_MOST}"
            )
        if not any(self.least_bps <= share <= self.most_bps for share in _SHARES):
            raise ValueError("tips: no share that is told apart lies within the bounds")


class TipLearner:
    """Learns for each class of values: small gaps draw other rivals than large ones.

    A class of which little is known borrows from all others.
    """

    def __init__(self, parameters: TipParameters, random: np.random.Generator) -> None:
        self.parameters, self._random = parameters, random
        self._classes: dict[int, _Offers] = {}
        self._all = _Offers()
        bounds = parameters.least_bps, parameters.most_bps
        self._cells = [
            cell for cell, share in enumerate(_SHARES) if bounds[0] <= share <= bounds[1]
        ]
        self._allowed = [Bps(_SHARES[cell]) for cell in self._cells]
        self._kept = BPS - np.array(self._allowed, np.float64)

    def choose(self, value_usd: float) -> Bps:
        """Return the share of a profit to offer for the next block."""
        p = self.parameters
        if not p.learn or self._all.weight < _EVIDENCE:
            return p.start_bps
        wins = self._known(value_usd).wins(self._random.beta)
        return self._allowed[int(np.argmax(wins[self._cells] * self._kept))]

    def won(self, value_usd: float, share: Bps) -> None:
        """Hear that a bundle landed that offered this share."""
        self._hear(value_usd, _cell_of(share - 1), exactly=False)

    def lost(self, value_usd: float, winner: Bps) -> None:
        """Hear what share of the same value the winner paid; above all of it counts as all."""
        self._hear(value_usd, _cell_of(winner), exactly=True)

    def landing(self, value_usd: float, share: Bps) -> float | None:
        """Return how often a share is expected to land, None where nothing was seen yet."""
        if not self._all.weight:
            return None
        wins = self._known(value_usd).wins(lambda bound, free: bound / (bound + free))
        return float(wins[_cell_of(share)])

    def _hear(self, value_usd: float, cell: int, *, exactly: bool) -> None:
        known = self._classes.setdefault(class_of(value_usd), _Offers())
        for offers in (known, self._all):
            offers.hear(cell, exactly=exactly)

    def _known(self, value_usd: float) -> "_Offers":
        return self._all.lent_to(self._classes.get(class_of(value_usd), _Offers()))


class _Offers:
    """The highest rival offer, by cells of shares: seen in one, or known to be no higher."""

    def __init__(self) -> None:
        self.seen, self.below = np.zeros(_CELLS + 1), np.zeros(_CELLS + 1)
        self.weight = 0.0

    def hear(self, cell: int, *, exactly: bool) -> None:
        self.seen *= _FADES
        self.below *= _FADES
        self.weight = self.weight * _FADES + 1.0
        (self.seen if exactly else self.below)[cell] += 1.0

    def lent_to(self, other: "_Offers") -> "_Offers":
        """Return the other's observations and a few of these."""
        part = min(_LENT / max(self.weight, 1.0), 1.0)
        found = _Offers()
        found.seen, found.below = other.seen + part * self.seen, other.below + part * self.below
        return found

    def wins(self, draw: "Callable[[_Floats, _Floats], _Floats]") -> "_Floats":
        """Return the chance of winning at each share, of which `draw` makes each step.

        From the top down: which part of the offers that are at most in a cell is in it. Of a win
        with an offer in a cell nobody knows whether the rivals' was there or lower: it says
        something of the cells above only.
        """
        both = self.seen + self.below
        lower = np.cumsum(both) - both
        parts = draw(_PRIOR_BOUND + self.seen, _PRIOR_FREE + lower)
        wins: _Floats = np.cumprod(1.0 - parts[::-1])[::-1]
        return wins


def _cell_of(share: int) -> int:
    """Return the cell of a share: what is above all of them is in the last."""
    return bisect_right(_SHARES, max(share, 0)) - 1


def class_of(value_usd: float) -> int:
    """Return the power of ten that a value is above, from a dollar to a hundred thousand."""
    return min(max(int(math.log10(max(value_usd, 1.0))), 0), CLASSES - 1)
