"""How the local exchange is set up; shared with the process that it runs in."""

from decimal import Decimal

import msgspec

from bot.sandbox.exchange.coinbase_login import sandbox_login
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.spot_market import Fees, Market, Network
from bot.sandbox.exchange.trading_floor import Login, VenueOptions

_FIVE = Decimal("0.00001")
_CRYPTO = (
    Network(name="ETH", withdraw_fee=Decimal(4), confirmations=64),
    Network(name="ARBITRUM", withdraw_fee=Decimal("0.5"), confirmations=20),
    Network(name="TRX", withdraw_fee=Decimal(1), withdrawals_open=False, confirmations=20),
)
_BALANCES = {name: Decimal(1_000_000) for name in ("USD", "USDC", "USDT", "DAI", "FDUSD", "EUR")}

BINANCE = VenueOptions(
    venue="binance",
    markets=(
        Market(base="USDC", quote="USDT", step=Decimal(1), min_size=Decimal(1)),
        Market(base="FDUSD", quote="USDT", step=Decimal(1), min_size=Decimal(1)),
        Market(base="FDUSD", quote="USDC", step=Decimal(1), min_size=Decimal(1)),
        Market(base="EUR", quote="USDT", step=Decimal("0.1")),
        Market(base="EUR", quote="USDC", step=Decimal("0.1")),
    ),
    networks={"USDC": _CRYPTO[:2], "USDT": _CRYPTO, "FDUSD": _CRYPTO[:1]},
    logins=(Login(key="local-binance-key", secret="local-binance-word"),),  # noqa: S106 - opens the sandbox only
    balances=_BALANCES,
)
KRAKEN = VenueOptions(
    venue="kraken",
    markets=(
        Market(base="USDC", quote="USD", step=Decimal("0.00000001")),
        Market(base="USDT", quote="USD", tick=_FIVE, step=Decimal("0.00000001")),
        Market(base="DAI", quote="USD", tick=_FIVE, step=Decimal("0.00000001")),
        Market(base="USDC", quote="USDT", step=Decimal("0.00000001")),
        Market(base="USDC", quote="EUR", step=Decimal("0.00000001")),
        Market(base="USDT", quote="EUR", step=Decimal("0.00000001")),
        Market(base="EUR", quote="USD", tick=_FIVE, step=Decimal("0.00000001")),
    ),
    fees=Fees(maker=Decimal("0.0020"), taker=Decimal("0.0020"), in_quote=True),
    networks={"USDC": _CRYPTO[:2], "USDT": _CRYPTO, "DAI": _CRYPTO[:1]},
    logins=(Login(key="local-kraken-key", secret="bG9jYWwta3Jha2VuLXdvcmQ="),),  # noqa: S106 - opens the sandbox only
    balances=_BALANCES,
)
COINBASE = VenueOptions(
    venue="coinbase",
    markets=(
        Market(base="USDT", quote="USD", tick=_FIVE, min_value=Decimal(1)),
        Market(base="DAI", quote="USD", tick=_FIVE, min_value=Decimal(1)),
        Market(base="USDT", quote="EUR", tick=_FIVE, min_value=Decimal(1)),
        Market(base="EURC", quote="USD", min_value=Decimal(1)),
    ),
    fees=Fees(maker=Decimal("0.0000"), taker=Decimal("0.0010"), in_quote=True),
    networks={"USDT": _CRYPTO[:1], "DAI": _CRYPTO[:1]},
    logins=(sandbox_login(),),
    balances=_BALANCES | {"EURC": Decimal(1_000_000)},
)


VENUES = (BINANCE, KRAKEN, COINBASE)


class LocalExchangeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which venues, at which prices."""

    port: int = 0  # 0: any free one
    venues: tuple[VenueOptions, ...] = VENUES
    shape: LadderShape = LadderShape()
    prices: dict[str, Decimal] = {}  # by pair, at every venue that lists it; 1 where not told
    breath_s: float | None = 0.5  # how often quiet books change a size; None: never
