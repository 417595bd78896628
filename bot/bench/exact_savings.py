"""The savings rate against the bytecode of Maker's Pot, from the recorded chain of its tests."""

import tarfile
from collections.abc import Iterator
from itertools import islice
from random import Random

from eth_utils.crypto import keccak

from bot.amm.savings import RAY, chi_at
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.real_contracts import RealContracts, Reverted
from bot.chain.abi import encode, word
from bot.domain.errors import HaltError
from bot.domain.venues import Kind
from bot.sandbox.addresses import labelled
from bot.sandbox.packages import file_of
from bot.sandbox.pins import MAKER

_CODE_HASH = "0a0240e085b1ab84363365aab7d216f4f6e019aa881f1939bde20c583a0bb9df"
_NOW_S = 2_000_000_000
_RATE_SLOT, _CHI_SLOT, _VAT_SLOT, _SINCE_SLOT = 3, 4, 5, 7
_TWENTY_PERCENT = RAY + 5_781_378_656_804_591_712  # per second
_POT, _VAT = labelled("Pot"), labelled("Vat")


class PotMissing(HaltError):
    """The package of Maker's test chain does not hold the Pot."""

    def __init__(self) -> None:
        super().__init__(f"{MAKER.spec} has no code with hash {_CODE_HASH}")


def _pairs(points: int, seed: int) -> Iterator[Pair]:
    return islice(_answers(Random(seed)), points)


def _answers(rng: Random) -> Iterator[Pair]:
    contracts = RealContracts({}, timestamp_s=_NOW_S)
    contracts.place(_POT, _pot_runtime())
    contracts.place(_VAT, b"\x00")  # agrees to everything
    while True:
        chi, rate, seconds = _random_state(rng)
        state = {_RATE_SLOT: rate, _CHI_SLOT: chi, _SINCE_SLOT: _NOW_S - seconds}
        for slot, value in (state | {_VAT_SLOT: int(_VAT, 16)}).items():
            contracts.write(_POT, slot, value)
        try:
            answer = word(contracts.call(_POT, encode("drip()")), 0)
        except Reverted:
            answer = 0
        yield chi_at(chi, rate, seconds), answer


def _random_state(rng: Random) -> tuple[int, int, int]:
    """Return chi, a rate from none to twenty percent a year, and seconds up to a year."""
    chi = rng.choice([RAY, int(RAY * rng.uniform(1, 3))])
    rate = rng.choice([RAY, RAY + 1, rng.randint(RAY, _TWENTY_PERCENT)])
    return chi, rate, rng.choice([0, 1, 2, 12, rng.randint(0, 7_200), rng.randint(0, 31_536_000)])


def _pot_runtime() -> bytes:
    with tarfile.open(file_of(MAKER, MAKER.files[0]), "r:gz") as archive:
        for member in archive:
            source = archive.extractfile(member) if member.name.endswith(_CODE_HASH) else None
            if source is not None:
                text = source.read().decode().strip().strip('"')
                code = bytes.fromhex(text.removeprefix("0x"))
                if keccak(code).hex() == _CODE_HASH:
                    return code
    raise PotMissing


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        kind=Kind.ERC4626,
        name="savings rate of Maker's Pot",
        source=Source.BYTECODE,
        pairs=_pairs,
    ),
)
