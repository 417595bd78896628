"""Depegs that come and go within seconds, shocks of a pool, mishaps: something always happens."""

import threading
from collections.abc import Iterator
from random import Random

from crash.stage import Stage

from bot.domain.assets import DAI, USDC, Token
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.faucet import shock

_OFF_PEG = {
    "binance": ("USDC/USDT",),
    "kraken": ("USDC/USD", "USDC/USDT"),
    "coinbase": ("USDC/USD",),
}
_SHOCK_COINS = (1_000_000, 6_000_000)
_EVERY_S = (2.0, 4.0)
_MISHAPS = (
    MishapKind.DONE_THEN_TIMEOUT,
    MishapKind.DONE_THEN_CLOSE,
    MishapKind.CLOSE,
    MishapKind.UNAVAILABLE,
    MishapKind.DISCONNECT,
)
_MISHAP_EVERY_S = (1.0, 3.0)
Step = tuple[float, float]  # price, and for how many seconds


class Weather:
    """A thread for each; `calm` ends them all for good."""

    def __init__(self, stage: Stage, seed: int, *, mishaps: bool = False) -> None:
        self._stage, self._seed = stage, seed
        self._stop = threading.Event()
        acts = [self._move_prices, self._shock_pools, *([self._go_wrong] if mishaps else [])]
        self._threads = [threading.Thread(target=act, daemon=True) for act in acts]
        self.failures: list[Exception] = []

    def begin(self) -> None:
        """Let it begin."""
        for thread in self._threads:
            thread.start()

    def calm(self) -> None:
        """End it: prices at par, no more shocks."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._stage.exchange.mend()
        quote(self._stage.exchange, 1.0)

    def _move_prices(self) -> None:
        for price, seconds in depegs(Random(self._seed)):  # noqa: S311 - seeded
            try:
                quote(self._stage.exchange, price)
            except Exception as error:  # noqa: BLE001 - told by who looks
                self.failures.append(error)
                return
            if self._stop.wait(seconds):
                return

    def _shock_pools(self) -> None:
        chance, last = Random(self._seed + 1), ""  # noqa: S311 - seeded
        rpc = self._stage.world.rpc
        while not self._stop.wait(chance.uniform(*_EVERY_S)):
            token: Token = chance.choice((USDC, DAI))
            coins = Raw(chance.randint(*_SHOCK_COINS) * 10**token.decimals)
            try:
                # A sale that is just being mined would overwrite what its seller is given now.
                if not last or rpc.call("eth_getTransactionReceipt", last) is not None:
                    last = shock(rpc, CURVE_SUSD, token, coins)
            except Exception as error:  # noqa: BLE001 - told by who looks
                self.failures.append(error)
                return

    def _go_wrong(self) -> None:
        """Let one answer in between be lost, and now and then all sockets of a venue."""
        chance = Random(self._seed + 3)  # noqa: S311 - seeded
        while not self._stop.wait(chance.uniform(*_MISHAP_EVERY_S)):
            kind, venue = chance.choice(_MISHAPS), chance.choice(tuple(_OFF_PEG))
            request = "" if kind is MishapKind.DISCONNECT else "POST"
            mishap = Mishap(kind=kind, venue=venue, request=request, times=1)
            try:
                self._stage.exchange.misbehave(mishap)
            except Exception as error:  # noqa: BLE001 - told by who looks
                self.failures.append(error)
                return


def depegs(chance: Random) -> Iterator[Step]:
    """Yield prices and how long they stand: down at once, back in steps, for ever."""
    while True:
        depth = chance.uniform(0.006, 0.009)  # deeper ones are held only where somebody pays par
        yield 1 - depth, chance.uniform(1.5, 4.0)
        if chance.random() < 0.3:
            yield 1 - 1.1 * depth, chance.uniform(0.5, 2.0)
        for share in (0.6, 0.85):
            yield 1 - (1 - share) * depth, chance.uniform(0.8, 2.0)
        yield 1.0, chance.uniform(1.5, 3.0)


def quote(exchange: LocalExchange, price: float) -> None:
    """Put the coin there at every venue; one thread at a time."""
    for venue, pairs in _OFF_PEG.items():
        for pair in pairs:
            exchange.set_price(venue, pair, f"{price:.4f}")
