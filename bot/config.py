"""Every setting and its default, in one place. Secrets come from the environment only."""

import tomllib
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import msgspec

from bot.control.alert_options import AlertOptions
from bot.control.breaker import BreakerParameters
from bot.control.conditions import EmergencyParameters
from bot.domain.adoptions import LOOK_BACK_BLOCKS
from bot.domain.errors import BadConfiguration
from bot.domain.risk import RiskLimits
from bot.domain.units import Address
from bot.domain.venues import MAINNET_CHAIN_ID
from bot.domain.wanted_pools import WantedPools
from bot.execution.account_options import AccountOptions
from bot.execution.builder_choice import BuilderChoice
from bot.execution.mev_share_options import MevShareOptions
from bot.execution.order_ports import OrderOptions
from bot.execution.simulation_options import SimulationOptions
from bot.execution.slot_clock import TimingOptions
from bot.feeds.chain_options import ChainOptions, ProviderOptions
from bot.feeds.fallback_order import FallbackOptions
from bot.feeds.stream_options import StreamOptions
from bot.market.consensus_parameters import ConsensusParameters
from bot.strategy.detection_agreement import DetectionParameters
from bot.strategy.evidence_memory import EvidenceParameters
from bot.strategy.exit_plans import ExitParameters
from bot.strategy.hedge_plans import HedgeParameters
from bot.strategy.parameters import StrategyParameters
from bot.strategy.sizing import SizingParameters
from bot.strategy.tip_board import TipOptions
from bot.strategy.trading_costs import TradingCosts
from bot.trading_options import TradingOptions

OPERATOR_KEY = "REPEG_OPERATOR_KEY"  # pays gas, runs plans
HISTORY_URL = "REPEG_HISTORY_URL"  # instead of the configured one; may carry a password
WALLET_KEY = "REPEG_WALLET_KEY"  # holds coins on chain, and trades them in pools and rails
RELAY_KEY = "REPEG_RELAY_KEY"  # signs for relays only; holds no funds, carries the reputation

Seconds = Annotated[float, msgspec.Meta(gt=0)]
ExecutorAddress = Annotated[Address, msgspec.Meta(pattern="^(0x[0-9a-fA-F]{40})?$")]


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Ethereum node."""

    http_url: str = "http://127.0.0.1:8545"
    ws_url: str = "ws://127.0.0.1:8545"
    second_http_url: str = ""  # another node, which must say the same; empty: there is none
    second_ws_url: str = ""
    good_blocks: Annotated[int, msgspec.Meta(ge=1)] = 5  # in a row, until a node is believed again
    patience_s: Seconds = 0.5  # how long a node that is late with a block is waited for

    def __post_init__(self) -> None:
        if bool(self.second_http_url) != bool(self.second_ws_url):
            raise ValueError("a second node needs both second_http_url and second_ws_url")

    chain_id: int = MAINNET_CHAIN_ID
    timeout_s: Seconds = 5.0
    silence_s: Seconds = 60.0  # no head for so long means the node is dead


class RelayConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The builder relay."""

    url: str = "https://relay.flashbots.net"
    timeout_s: Seconds = 2.0


class ExchangeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A centralised exchange whose prices are shown beside those of the pools."""

    venue: str = ""  # as ccxt calls it; none by default
    pairs: tuple[str, ...] = ("USDC/USD", "USDT/USD")
    url: str | None = None  # of a local stand-in
    timeout_s: Seconds = 5.0
    max_age_s: Seconds = 120.0


class StreamConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One exchange that `repeg monitor` listens to."""

    venue: Annotated[str, msgspec.Meta(min_length=1)]  # as ccxt calls it
    pairs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    options: StreamOptions = StreamOptions()


_STREAMS = (
    StreamConfig(venue="binance", pairs=("USDC/USDT", "FDUSD/USDT")),
    StreamConfig(venue="kraken", pairs=("USDC/USD", "USDT/USD", "DAI/USD", "USDC/USDT")),
    StreamConfig(venue="coinbase", pairs=("USDT/USD", "DAI/USD")),
)


class PaperConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The play money that `--mode paper` begins with."""

    balances: dict[str, Annotated[float, msgspec.Meta(ge=0)]] = msgspec.field(
        default_factory=lambda: {"USD": 100_000.0, "USDT": 100_000.0}
    )  # by currency, at every venue


class WalletConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account on chain that holds coins; not the operator's."""

    trade: bool = False
    pairs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = (
        "USDC/USDT",
        "USDC/DAI",  # the way that USDC is handed in at the peg module
        "DAI/USDC",
        "DAI/USDT",
    )


class HistoryConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where past depegs and candles are kept."""

    url: Annotated[str, msgspec.Meta(min_length=1)] = "repeg-history.sqlite"  # or postgresql://...
    archive: Annotated[str, msgspec.Meta(min_length=1)] = "repeg-archive"  # folder of Parquet
    warm_days: Annotated[int, msgspec.Meta(ge=1)] = 90  # older candles move to the archive
    cold_days: Annotated[int, msgspec.Meta(ge=1)] | None = None  # older ones go; None: never


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration; an unknown key is an error."""

    executor: ExecutorAddress = Address("")  # empty: none deployed yet
    journal: Annotated[str, msgspec.Meta(min_length=1)] = "repeg.sqlite"
    # Blocks from the head in which a new journal looks for bundles that landed before it was made.
    look_back_blocks: Annotated[int, msgspec.Meta(ge=0)] = LOOK_BACK_BLOCKS
    node: NodeConfig = NodeConfig()
    relay: RelayConfig = RelayConfig()
    builders: BuilderChoice = BuilderChoice()
    mev_share: MevShareOptions = MevShareOptions()
    timing: TimingOptions = TimingOptions()
    simulation: SimulationOptions = SimulationOptions()
    exchange: ExchangeConfig = ExchangeConfig()
    streams: tuple[StreamConfig, ...] = _STREAMS
    busy_poll: bool = False  # a whole core for prices: it never sleeps, and answers at once
    chain: ChainOptions = ChainOptions()
    provider: ProviderOptions = ProviderOptions()
    fallback: FallbackOptions = FallbackOptions()
    history: HistoryConfig = HistoryConfig()
    strategy: StrategyParameters = StrategyParameters()
    tips: TipOptions = TipOptions()
    discovery: WantedPools = WantedPools()
    consensus: ConsensusParameters = ConsensusParameters()
    detection: DetectionParameters = DetectionParameters()
    evidence: EvidenceParameters = EvidenceParameters()
    costs: TradingCosts = TradingCosts()
    allow_live: bool = False  # one of the three that `--mode live` takes
    accounts: tuple[AccountOptions, ...] = ()  # where orders are given
    wallet: WalletConfig = WalletConfig()
    hedge: HedgeParameters = HedgeParameters()
    paper: PaperConfig = PaperConfig()
    trading: TradingOptions = TradingOptions()
    risk: RiskLimits = RiskLimits()
    sizing: SizingParameters = SizingParameters()
    exits: ExitParameters = ExitParameters()
    orders: OrderOptions = OrderOptions()
    breaker: BreakerParameters = BreakerParameters()
    emergency: EmergencyParameters = EmergencyParameters()
    alerts: AlertOptions = AlertOptions()
    belief: str = ""  # a fit of `repeg belief fit`; empty: the one that comes with this version

    def __post_init__(self) -> None:
        if self.tips.learn:
            self.tips.parameters(self.strategy.tip_share_bps)
        self.builders.require_known(self.timing.send_at_ms)
        venues = [account.venue for account in self.accounts]
        for venue in venues:
            if venues.count(venue) > 1:
                raise ValueError(f"accounts: {venue} is there twice; one account per venue")

    def pairs_of(self, account: AccountOptions) -> tuple[str, ...]:
        """Return what an account may trade: its own pairs, or those that its venue is watched for.

        Raises:
            BadConfiguration: there are none.
        """
        watched = [pair for one in self.streams if one.venue == account.venue for pair in one.pairs]
        pairs = account.pairs or tuple(dict.fromkeys(watched))
        if not pairs:
            raise BadConfiguration(
                f"accounts: {account.venue} has no pairs and is not listened to: name its pairs"
            )
        return pairs


def load_config(path: Path | None, **overrides: Any) -> Config:
    """Return the settings of a TOML file, or the defaults, with `overrides` on top.

    `overrides` are whole sections or top-level values; None means not given.

    Raises:
        BadConfiguration: the file cannot be read, or a key or value is wrong.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadConfiguration(f"{path}: {error}") from error
    for key, value in overrides.items():
        section = settings.get(key, {})
        if isinstance(value, dict) and isinstance(section, dict):
            given = {name: item for name, item in value.items() if item is not None}
            settings[key] = {**section, **given}
        elif value is not None and not isinstance(value, dict):
            settings[key] = value
    _require_finite(settings, str(path or "settings"))
    try:
        return msgspec.convert(settings, Config)
    except msgspec.ValidationError as error:
        raise BadConfiguration(f"{path or 'settings'}: {error}") from error


def _require_finite(value: Any, where: str) -> None:
    """Refuse inf and nan, which TOML knows and no setting means."""
    if isinstance(value, dict):
        for key, item in value.items():
            _require_finite(item, f"{where}: {key}")
    elif isinstance(value, list | tuple):
        for item in value:
            _require_finite(item, where)
    elif isinstance(value, float) and not isfinite(value):
        raise BadConfiguration(f"{where} is {value}: it must be a finite number")
