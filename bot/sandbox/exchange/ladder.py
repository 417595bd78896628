"""Who keeps the books filled: a ladder of orders around the price that the script says."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from bot.sandbox.exchange.orders import Level
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.venue_engine import Engine

PROVIDER = "liquidity provider"
_NEAR = Decimal("0.001")


class LadderShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How deep the books are."""

    levels: int = 25  # a side
    spread_ticks: int = 2  # between best bid and best ask, where only a middle is told
    size: Decimal = Decimal(10_000)  # of the best level, in the base
    growth: Decimal = Decimal("1.15")  # of sizes, from level to level

    def __post_init__(self) -> None:
        if self.levels < 1 or self.spread_ticks < 1 or self.size <= 0 or self.growth <= 0:
            raise ValueError("a ladder needs levels, a spread and sizes above zero")


class Ladder:
    """Keeps one market quoted."""

    def __init__(self, engine: Engine, market: Market, shape: LadderShape) -> None:
        self._engine, self._market, self._shape = engine, market, shape
        self._top: tuple[Decimal, Decimal] | None = None
        self._breaths = 0
        self._sizes = _sizes(market, shape, shape.size)
        if PROVIDER not in engine.accounts:
            engine.open_account(PROVIDER, {}, unlimited=True)

    @property
    def top(self) -> tuple[Decimal, Decimal] | None:
        """Best bid and ask that are quoted; None: nothing yet."""
        return self._top

    def set_middle(self, price: Decimal) -> None:
        """Quote around a price: the spread's half below, the rest above."""
        half = self._market.tick * self._shape.spread_ticks / 2
        bid = _floored(price - half, self._market.tick)
        self.set_top(bid, bid + self._market.tick * self._shape.spread_ticks)

    def set_top(self, bid: Decimal, ask: Decimal, depth: Decimal | None = None) -> None:
        """Quote from this bid down and this ask up; `depth`: what a side holds within 0.1 %.

        Raises:
            ValueError: not above zero, or the bid is not below the ask.
        """
        if not (bid.is_finite() and ask.is_finite() and 0 < bid < ask):
            raise ValueError(f"{self._market.pair}: bid {bid}, ask {ask}")
        tick = self._market.tick
        bid, ask = _floored(bid, tick), _raised(ask, tick)
        self._top = max(bid, tick), max(ask, tick * 2)
        if depth is not None:
            self._sizes = _sizes(
                self._market, self._shape, _first_size(depth, ask, tick, self._shape)
            )
        self._quote()

    def clear(self) -> None:
        """Quote nothing, until a price is told again."""
        self._top = None
        self._engine.requote(PROVIDER, self._market.pair, bids=[], asks=[])

    def breathe(self) -> None:
        """Change the best sizes a little, so that a live book keeps talking."""
        self._breaths += 1
        if self._top is not None:
            self._quote()

    def _quote(self) -> None:
        if self._top is None:
            return
        (bid, ask), tick = self._top, self._market.tick
        more = self._market.step * (self._breaths % 2)
        sizes = (self._sizes[0] + more, *self._sizes[1:])
        bids: list[Level] = [(bid - tick * n, size) for n, size in enumerate(sizes)]
        asks: list[Level] = [(ask + tick * n, size) for n, size in enumerate(sizes)]
        kept = [level for level in bids if level[0] > 0]
        self._engine.requote(PROVIDER, self._market.pair, bids=kept, asks=asks)


def _sizes(market: Market, shape: LadderShape, first: Decimal) -> tuple[Decimal, ...]:
    sizes = (first * shape.growth**number for number in range(shape.levels))
    return tuple(max(market.step, _floored(size, market.step)) for size in sizes)


def _first_size(depth: Decimal, price: Decimal, tick: Decimal, shape: LadderShape) -> Decimal:
    """Return the best level's size such that the levels within 0.1 % hold `depth` together."""
    count = min(shape.levels, int(price * _NEAR / tick) + 1)
    return depth / sum(shape.growth**number for number in range(count))


def _floored(number: Decimal, unit: Decimal) -> Decimal:
    return (number / unit).to_integral_value(ROUND_FLOOR) * unit


def _raised(number: Decimal, unit: Decimal) -> Decimal:
    return (number / unit).to_integral_value(ROUND_CEILING) * unit
