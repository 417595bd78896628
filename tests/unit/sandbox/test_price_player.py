"""Recorded prices that are due at once: clients hear of each before the next one happens."""

import asyncio
from decimal import Decimal

from bot.domain.units import Nanos
from bot.sandbox.exchange.exchange_options import KRAKEN
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.market_maker import MarketMaker
from bot.sandbox.exchange.orders import BookChanged, Happening
from bot.sandbox.exchange.price_player import PricePlayer, Stage
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.sandbox.exchange.trading_floor import Floor

PRICES = ("0.9990", "0.9980", "0.9970")


def test_others_have_their_turn_between_two_rows_that_are_late() -> None:
    async def script() -> list[str]:
        floor, said = Floor(KRAKEN), list[str]()
        player = PricePlayer({"kraken": Stage(floor, MarketMaker(floor, LadderShape(levels=2)))})

        def note(happening: Happening) -> None:
            if isinstance(happening, BookChanged):
                said.append("book")
                asyncio.get_running_loop().call_soon(said.append, "client")

        rows = [
            RecordedPrice(
                at=Nanos(1), venue="kraken", pair="USDC/USD", bid=Decimal(price), ask=Decimal(price)
            )
            for price in PRICES
        ]
        floor.engine.listen(note)
        player.start(rows, speed=1.0)
        for _ in range(50):
            await asyncio.sleep(0)
        assert not player.is_playing
        return said

    said = asyncio.run(script())
    moves = "".join(word[0] for word in said).split("c")
    assert [move for move in moves if move] == ["bb"] * len(PRICES)  # a price, and a trade at it
