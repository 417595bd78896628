"""What outlives the bot: the exchange, the chain with its relay, and the files on disk."""

import os
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from bot.config import OPERATOR_KEY, RELAY_KEY
from bot.history.belief_file import read_model, write_fit
from bot.modes import Mode, orders_file
from bot.sandbox.exchange.exchange_options import BINANCE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.local_exchange import start_exchange
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.trading_floor import VenueOptions
from bot.sandbox.progress import silent
from bot.sandbox.world import World, sandbox_account
from bot.strategy.reversion import ReversionFit

PAIRS = {"binance": ("USDC/USDT",), "kraken": ("USDC/USD", "USDC/USDT", "USDT/USD")}
BLOCK_TIME_S = 1.0
_PATIENT = RequestLimits(weight_per_minute=10**6, orders_per_ten_s=10**6)
_FEE = Decimal("0.0005")
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
        venues = (_patient(BINANCE), _patient(KRAKEN))
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
        logins = {venue.venue: venue.logins[0] for venue in self.exchange.options.venues}
        keys = {
            OPERATOR_KEY: sandbox_account("operator").key.hex(),
            RELAY_KEY: sandbox_account("relay identity").key.hex(),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }
        if "XDG_CACHE_HOME" in os.environ:
            keys["XDG_CACHE_HOME"] = os.environ["XDG_CACHE_HOME"]
        for venue, login in logins.items():
            keys[f"REPEG_{venue.upper()}_KEY"] = login.key
            keys[f"REPEG_{venue.upper()}_SECRET"] = login.secret
        return keys

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
        accounts = "".join(
            f"""
[[streams]]
venue = "{venue}"
pairs = {list(pairs)}
options = {{ url = "{self.exchange.url}" }}
[[accounts]]
venue = "{venue}"
pairs = {list(pairs)}
url = "{self.exchange.url}"
requests_per_s = 1000
burst = 1000
"""
            for venue, pairs in PAIRS.items()
        )
        return head + accounts + _SIZING


# Days of a depeg in seconds, one after another, and sizes that never reach a cap of the day.
_FAST = """
[detection]
hold_s = 0.3
quiet_s = 1.0
[trading]
look_s = 0.2
poll_s = 0.5
reconcile_s = 5.0
reentries = 1_000_000
pause_s = 0.2
entry_rest_s = 3.0
exit_rest_s = 3.0
[costs]
cex_fee_bps = 5.0
hurdle_bps = 1.0
[orders]
proof_s = 1.5
proof_at = {}
overlap_s = 120.0
[risk]
ramp_usd = [1_500.0]
max_day_usd = 1e9
max_daily_loss_usd = 1e9
max_coin_usd = 1e6
max_venue_usd = 1e6
max_issuer_usd = 1e6
max_terminal_loss = 0.5
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


def _patient(venue: VenueOptions) -> VenueOptions:
    return replace(venue, limits=_PATIENT, fees=replace(venue.fees, maker=_FEE, taker=_FEE))
