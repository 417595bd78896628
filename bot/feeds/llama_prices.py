"""DefiLlama's public prices: no key is needed, and one question asks for all coins."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal

import aiohttp
import msgspec

from bot.chain.wire import decode_json
from bot.domain.errors import BadConfiguration, ProviderFailed
from bot.domain.ticks import FaultKind
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.provider_feed import ProviderPrice

LLAMA_URL = "https://coins.llama.fi"
# Names that the provider takes from another one, of coins this project knows.
COIN_NAMES = {
    "USDC": "usd-coin",
    "USDT": "tether",
    "DAI": "dai",
    "USDS": "usds",
    "sUSD": "nusd",
    "FRAX": "frax",
    "LUSD": "liquity-usd",
    "GHO": "gho",
    "crvUSD": "crvusd",
    "PYUSD": "paypal-usd",
    "USDe": "ethena-usde",
    "TUSD": "true-usd",
    "FDUSD": "first-digital-usd",
    "EURC": "euro-coin",
}
_MOST_BYTES = 1_000_000
_LEAST_CONFIDENCE = 0.9  # below, the provider itself doubts its price
_MOST_DIGITS = 60  # of a price: a number of a million digits would take minutes to divide
_MOST_WAIT_S = 86_400.0


class _Coin(msgspec.Struct):
    price: Decimal
    timestamp: int
    confidence: float = 1.0


class _Answer(msgspec.Struct):
    coins: dict[str, _Coin]


_DECODER = msgspec.json.Decoder(_Answer)


class LlamaPrices:
    """Dollar prices of some coins."""

    venue = "DefiLlama"

    def __init__(
        self, coins: tuple[str, ...], *, url: str = LLAMA_URL, timeout_s: float = 10.0
    ) -> None:
        """Prepare to ask for `coins`; nothing is sent yet.

        Raises:
            BadConfiguration: a coin whose name there is not known, or none at all.
        """
        unknown = [coin for coin in coins if coin not in COIN_NAMES]
        if unknown or not coins:
            raise BadConfiguration(f"{self.venue} is asked for {unknown or 'no coin'}")
        self.pairs = tuple(f"{coin}/USD" for coin in coins)
        self._keys = {f"coingecko:{COIN_NAMES[coin]}": f"{coin}/USD" for coin in coins}
        self._url = f"{url.rstrip('/')}/prices/current/{','.join(self._keys)}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hold one connection for a with-block."""
        async with aiohttp.ClientSession(timeout=self._timeout) as session:
            self._session = session
            yield
        self._session = None

    async def prices(self) -> tuple[ProviderPrice, ...]:
        """Return a price of each coin that it is sure of.

        Raises:
            ProviderFailed: no answer, none that can be read, or the advice to wait.
        """
        status, headers, body = await self._ask()
        if status != 200:
            raise ProviderFailed(self.venue, *_refusal(status), wait_s=_wait_s(headers))
        if len(body) > _MOST_BYTES:
            raise ProviderFailed(self.venue, FaultKind.OVERSIZED, f"more than {_MOST_BYTES} bytes")
        try:
            answer = decode_json(_DECODER, body)
        except ValueError as error:
            raise ProviderFailed(self.venue, FaultKind.MALFORMED, str(error)) from error
        return tuple(
            ProviderPrice(
                pair=pair, price=_wads(coin.price), at=Nanos(int(coin.timestamp) * NANOS_PER_S)
            )
            for key, pair in self._keys.items()
            if (coin := answer.coins.get(key)) and coin.confidence >= _LEAST_CONFIDENCE
        )

    async def _ask(self) -> tuple[int, Mapping[str, str], bytes]:
        if self._session is None:
            raise ProviderFailed(self.venue, FaultKind.DISCONNECTED, "it is not open")
        try:
            async with self._session.get(self._url, allow_redirects=False) as answer:
                body = await _read(answer.content)
                return answer.status, answer.headers, body
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise ProviderFailed(self.venue, FaultKind.DISCONNECTED, reason) from error


async def _read(stream: aiohttp.StreamReader) -> bytes:
    """Return the body, or a little more than any that makes sense."""
    body = bytearray()
    async for part in stream.iter_any():
        body += part
        if len(body) > _MOST_BYTES:
            break
    return bytes(body)


def _wads(price: Decimal) -> Wad:
    """Return the price rounded down; zero for what is no number of this world."""
    digits = len(price.as_tuple().digits)
    if not price.is_finite() or max(digits, abs(price.adjusted())) > _MOST_DIGITS:
        return Wad(0)
    numerator, denominator = price.as_integer_ratio()
    return Wad(numerator * WAD // denominator)


def _refusal(status: int) -> tuple[FaultKind, str]:
    if status in (418, 429):
        return FaultKind.LIMITED, f"HTTP status {status}"
    return (FaultKind.DISCONNECTED if status >= 500 else FaultKind.REFUSED), f"HTTP status {status}"


def _wait_s(headers: Mapping[str, str]) -> float:
    """Return what `Retry-After` asks for in seconds, zero where it names none."""
    text = headers.get("Retry-After", "").strip()
    return min(float(text), _MOST_WAIT_S) if text.isascii() and text.isdigit() else 0.0
