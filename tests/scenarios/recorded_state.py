"""Recorded Ethereum mainnet: bytecode by address, some storage, and 3pool's days of May 2022."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.amm.generations import generation_of
from bot.amm.stableswap import StableSwapPool
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, V3_USDC_USDT

USDC_LOGIC = Address("0xa2327a938Febf5FEC13baCFb16Ae10EcBc4cbDCF")  # FiatTokenV2_1, until 2023-11
RECORDED_CODE = (
    *(USDC.address, USDC_LOGIC, USDT.address, DAI.address),
    *(CURVE_3POOL.address, V3_USDC_USDT.address),
)
LAST_BLOCK_BEFORE = "14383540"  # 2022-03-14: the recorded pre-state with the fee and A of May 2022
_ALLOCS = (
    "alloc_14684813_balancer-flash_usdc_weth.json.gz",
    "alloc_15837165_curve-3pool_usdc_dai_usdt.json.gz",
)
_COINS_SLOT, _BALANCES_SLOT = 0, 1
_TETHER_SETTINGS = 11  # slots of TetherToken that are no mappings: owner, fees, decimals, upgrade
_QUOTES = {
    "usdc_to_usdt_1k": (1, 2, 10**9),
    "usdc_to_usdt_10m": (1, 2, 10**13),
    "usdt_to_usdc_1k": (2, 1, 10**9),
    "usdt_to_usdc_10m": (2, 1, 10**13),
}


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What 3pool's `get_dy` answered, in base units."""

    coin_in: int
    coin_out: int
    amount_in: Raw
    amount_out: Raw


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Curve 3pool at one moment, and Uniswap's price of that hour."""

    utc: str
    balances: tuple[Raw, Raw, Raw]  # DAI, USDC, USDT
    amplification: int
    fee: int  # 1.0 is 10**10
    quotes: tuple[Quote, ...]
    usdt_per_usdc: float  # Uniswap V3 USDC/USDT 0.01 %

    def pool(self) -> StableSwapPool:
        """Return our arithmetic on that state."""
        return StableSwapPool(
            spec=CURVE_3POOL,
            block=0,
            amplification=self.amplification,
            fee=self.fee,
            balances=self.balances,
            generation=generation_of(CURVE_3POOL),
        )

    def best_rate(self) -> float:
        """Return out per in of the better round trip of 1,000 coins by the recorded figures."""
        kept = 1 - 100 / 1_000_000
        there = {q.coin_in: q.amount_out / q.amount_in for q in self.quotes if q.amount_in == 10**9}
        return max(there[1] / self.usdt_per_usdc, there[2] * self.usdt_per_usdc) * kept


def recorded_days(data_dir: Path) -> list[Day]:
    """Return the days of the May 2022 replay, oldest first."""
    path = data_dir / "exactness-oracles" / "derived" / "curve_3pool_may2022_replay.json"
    return [_day(row) for row in json.loads(path.read_text())["rows"]]


def recorded_codes(data_dir: Path) -> dict[Address, bytes]:
    """Return the runtime code of every contract of `RECORDED_CODE`, checked by its hash."""
    library = _read(data_dir, "codes.json.gz")
    found: dict[str, bytes] = {}
    for code_hash, entry in library.items():
        code = bytes.fromhex(entry["code"][2:])
        assert keccak(code).hex() == code_hash[2:]
        found |= dict.fromkeys(entry["addresses"], code)
    return {address: found[address.lower()] for address in RECORDED_CODE}


def recorded_storage(data_dir: Path) -> dict[Address, dict[int, int]]:
    """Return the words of 3pool and the settings of Tether, as before May 2022.

    What a contract did not touch then is taken from its other recordings, if it never changed.
    """
    blocks = _read(data_dir, "prestate_20blocks_stable-pools.json.gz")
    nearest = blocks.pop(LAST_BLOCK_BEFORE)
    others = [*blocks.values(), *(_read(data_dir, name) for name in _ALLOCS)]
    coins = {element(_COINS_SLOT, coin) for coin in range(3)}
    settings = set(range(_TETHER_SETTINGS))
    tether = _words_of(USDT.address, nearest, others, settings)
    return {
        CURVE_3POOL.address: _words_of(CURVE_3POOL.address, nearest, others, coins),
        USDT.address: {slot: word for slot, word in tether.items() if slot in settings},
    }


def balance_slot(coin: int) -> int:
    """Return where 3pool keeps the balance of a coin."""
    return element(_BALANCES_SLOT, coin)


def element(slot: int, index: int) -> int:
    """Return where Vyper 0.2.4 keeps an element of the array at `slot`."""
    return int.from_bytes(keccak(slot.to_bytes(32, "big")), "big") + index


def _day(row: dict[str, Any]) -> Day:
    return Day(
        utc=row["utc"],
        balances=tuple(Raw(int(row["balances"][coin])) for coin in ("DAI", "USDC", "USDT")),
        amplification=row["A"],
        fee=row["fee_1e10"],
        quotes=tuple(
            Quote(
                coin_in=i, coin_out=j, amount_in=Raw(size), amount_out=Raw(round(row[name] * size))
            )
            for name, (i, j, size) in _QUOTES.items()
        ),
        usdt_per_usdc=row["univ3_usdcusdt_at_hour"],
    )


def _units(rate: float, size: int) -> Raw:
    return Raw(round(rate * size))  # the rate was divided by this size when it was recorded


def _words_of(
    address: Address, nearest: Any, others: list[Any], constants: set[int]
) -> dict[int, int]:
    words = {slot: {word} for slot, word in _storage(address, nearest).items()}
    for entry in others:
        for slot, word in _storage(address, entry).items():
            if slot in constants:
                words.setdefault(slot, set()).add(word)
    assert all(len(seen) == 1 for slot, seen in words.items() if slot in constants)
    return {slot: seen.pop() for slot, seen in words.items()}


def _storage(address: Address, entry: dict[str, Any]) -> dict[int, int]:
    accounts = {name.lower(): account for name, account in entry["alloc"].items()}
    storage = accounts.get(address.lower(), {}).get("storage", {})
    return {int(slot, 16): int(word, 16) for slot, word in storage.items()}


def _read(data_dir: Path, name: str) -> Any:
    return json.loads(gzip.decompress((data_dir / "mainnet-state" / name).read_bytes()))
