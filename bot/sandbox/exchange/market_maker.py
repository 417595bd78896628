"""Keeps every book of a venue filled and its tape running, at the prices it is told."""

from decimal import ROUND_CEILING, Decimal

from bot.sandbox.exchange.ladder import Ladder, LadderShape
from bot.sandbox.exchange.orders import Happening, OrderRefused, OrderRequest, OrderSide, Trade
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import Floor

_CROWD = "the crowd"
_PRINT_VALUE = Decimal(20)  # in the quote; every breath of a book trades so much


class MarketMaker:
    """The ladders and candles of one floor."""

    def __init__(self, floor: Floor, shape: LadderShape) -> None:
        self._floor = floor
        engine = floor.engine
        self._ladders = {
            pair: Ladder(engine, market, shape) for pair, market in engine.markets.items()
        }
        self._buys_next = True
        engine.open_account(_CROWD, {}, unlimited=True)
        engine.listen(self._note)

    @property
    def ladders(self) -> dict[str, Ladder]:
        """By pair."""
        return self._ladders

    def breathe(self) -> None:
        """Let a small trade happen in every market, and fill up again what was taken."""
        for pair, ladder in self._ladders.items():
            self.print_trade(pair)
            ladder.breathe()

    def print_trade(self, pair: str) -> None:
        """Trade the least amount, now buying, now selling, so that tape and candles go on."""
        engine, ladder = self._floor.engine, self._ladders[pair]
        if ladder.top is None:
            return
        side = OrderSide.BUY if self._buys_next else OrderSide.SELL
        self._buys_next = not self._buys_next
        size = _print_size(engine.markets[pair], ladder.top[0])
        try:
            engine.place(_CROWD, OrderRequest(pair=pair, side=side, size=size))
        except OrderRefused:
            return  # halted, and so is its tape

    def _note(self, happening: Happening) -> None:
        if isinstance(happening, Trade):
            self._floor.candles[happening.pair].add(happening)


def _print_size(market: Market, price: Decimal) -> Decimal:
    steps = (max(_PRINT_VALUE, market.min_value) / price / market.step).to_integral_value(
        ROUND_CEILING
    )
    return max(market.min_size, steps * market.step)
