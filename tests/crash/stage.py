"""What outlives the bot: the exchange, the chain with its relay, and the files on disk."""

import os
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Self

from msgspec.structs import replace
from support.quick_venues import QUICK, QUICK_TRADING, WIDE_LIMITS, accounts_at, keys_of, patient

from bot.config import OPERATOR_KEY, RELAY_KEY
from bot.history.belief_file import read_model, write_fit
from bot.modes import Mode, orders_file
from bot.sandbox.exchange.exchange_options import BINANCE, COINBASE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.local_exchange import start_exchange
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.progress import silent
from bot.sandbox.world import World, sandbox_account
from bot.strategy.reversion import ReversionFit

PAIRS = {
    "binance": ("USDC/USDT",),
    "kraken": ("USDC/USD", "USDC/USDT", "USDT/USD"),
    "coinbase": ("USDC/USD",),
}
BLOCK_TIME_S = 1.0
_DOLLARS = Market(base="USDC", quote="USD", min_value=Decimal(1))
_THIN = LadderShape(size=Decimal(150), growth=Decimal("1.05"))  # an order takes several levels


class Stage:
    """Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Start everything but the bot.

        Raises:
            HaltError: something is missing on this machine.
            ChildFailed: a process did not come up.
        """
        self.folder = folder
        coinbase = replace(COINBASE, markets=(*COINBASE.markets, _DOLLARS))
        venues = tuple(map(patient, (BINANCE, KRAKEN, coinbase)))
        with ExitStack() as started:
            options = LocalExchangeOptions(venues=venues, shape=_THIN)
            self.exchange = started.enter_context(start_exchange(options))
            self.world = started.enter_context(World(silent, block_time_s=BLOCK_TIME_S))
            self.bundles_path = folder / "repeg.sqlite"
            self.orders_path = orders_file(str(self.bundles_path), Mode.PAPER)
            self._belief_path = folder / "belief.json"
            write_fit(_sure_to_return(), self._belief_path)
            self.config_path = folder / "repeg.toml"
            self.configure(rests=False)
            self._running = started.pop_all()

    @property
    def keys(self) -> dict[str, str]:
        """The environment that the bot is started with."""
        keys = {
            OPERATOR_KEY: sandbox_account("operator").key.hex(),
            RELAY_KEY: sandbox_account("relay identity").key.hex(),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }
        if "XDG_CACHE_HOME" in os.environ:
            keys["XDG_CACHE_HOME"] = os.environ["XDG_CACHE_HOME"]
        return keys | keys_of(self.exchange)

    def configure(self, *, rests: bool) -> None:
        """Write the settings of the next life: whether entries rest in the books, or only take."""
        settings = self._settings() + (_RESTING if rests else "")
        self.config_path.write_text(settings, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _settings(self) -> str:
        world = self.world
        head = f"""
journal = "{self.bundles_path}"
executor = "{world.executor}"
belief = "{self._belief_path}"
[node]
http_url = "{world.anvil.url}"
ws_url = "{world.anvil.ws_url}"
[relay]
url = "{world.relay.url}"
{_FAST}"""
        accounts = accounts_at(self.exchange.url, PAIRS, "requests_per_s = 1000\nburst = 1000")
        return head + accounts + _SIZING


_FAST = f"""
[costs]
cex_fee_bps = 5.0
hurdle_bps = 1.0
{QUICK}{QUICK_TRADING}reconcile_s = 5.0
{WIDE_LIMITS}max_terminal_loss = 0.5
ramp_usd = [1_500.0]
"""
_SIZING = """
[sizing]
min_usd = 20.0
kelly_fraction = 0.5
"""
_RESTING = """maker_hours = 0.0
maker_gain_bps = 1.0
"""


def _sure_to_return() -> ReversionFit:
    """A coin that always comes back, within a minute: it is entered whenever it leaves its peg."""
    fit = read_model().fit
    return replace(
        fit,
        never=dict.fromkeys(fit.never, 0.0) | {"": -7.0},
        never_covariance=tuple((0.0,) * len(fit.never) for _ in fit.never),
        hours=dict.fromkeys(fit.hours, 0.0) | {"": -4.0},
    )
