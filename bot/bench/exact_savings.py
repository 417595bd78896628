"""What the lens tells of a savings vault, against the bytecode of Maker's Pot.

The Pot comes from the recorded chain of Maker's own tests; the vault only says whose rate it pays.
"""

import tarfile
from collections.abc import Iterator
from itertools import islice
from random import Random

from eth_utils.crypto import keccak

from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.real_contracts import RealContracts
from bot.chain.abi import encode, selector, word
from bot.chain.artifacts import load_artifact
from bot.domain.errors import HaltError
from bot.domain.venues import Kind
from bot.sandbox.addresses import labelled
from bot.sandbox.packages import file_of
from bot.sandbox.pins import MAKER

_CODE_HASH = "0a0240e085b1ab84363365aab7d216f4f6e019aa881f1939bde20c583a0bb9df"
_NOW_S = 2_000_000_000
_RATE_SLOT, _CHI_SLOT, _VAT_SLOT, _SINCE_SLOT = 3, 4, 5, 7
_RAY = 10**27
_TWENTY_PERCENT = _RAY + 5_781_378_656_804_591_712  # per second
_AHEAD_S = 12
_POT, _VAT, _LENS, _VAULT = (labelled(name) for name in ("Pot", "Vat", "lens", "vault"))


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
    contracts.place(_LENS, load_artifact("PoolLens").runtime_code)
    while True:
        chi, rate, seconds = _random_state(rng)
        now, then = (_price(contracts, chi, rate, seconds + ahead) for ahead in (0, _AHEAD_S))
        contracts.place(_VAULT, _vault_at(now))
        _put(contracts, chi, rate, seconds)
        ask = encode("erc4626(address,address,uint256)", _VAULT, _LENS, _AHEAD_S)
        yield word(contracts.call(_LENS, ask), 1), then


def _price(contracts: RealContracts, chi: int, rate: int, seconds: int) -> int:
    """Return what the Pot makes of `chi` after `seconds` more."""
    _put(contracts, chi, rate, seconds)
    return word(contracts.call(_POT, encode("drip()")), 0)


def _put(contracts: RealContracts, chi: int, rate: int, seconds: int) -> None:
    state = {_RATE_SLOT: rate, _CHI_SLOT: chi, _SINCE_SLOT: _NOW_S - seconds}
    for slot, value in (state | {_VAT_SLOT: int(_VAT, 16)}).items():
        contracts.write(_POT, slot, value)


def _vault_at(price: int) -> bytes:
    """Return the code of a vault without shares, at `price` rays of assets per share."""
    return _answering(
        {
            "pot()": int(_POT, 16),
            "totalSupply()": 0,
            "maxDeposit(address)": 0,
            "previewRedeem(uint256)": price // _RAY,  # of one share
            "previewDeposit(uint256)": _RAY // price,  # of one asset
        }
    )


def _answering(answers: dict[str, int]) -> bytes:
    """Return code that answers each of these calls with one number, all others with nothing."""
    code = bytes.fromhex("5f3560e01c")  # the selector
    for signature, answer in answers.items():
        code += b"\x80\x63" + selector(signature) + b"\x14\x15"  # is it another?
        over = len(code) + 3 + 1 + 32 + 7
        code += b"\x61" + over.to_bytes(2, "big") + b"\x57"  # then jump over
        code += b"\x7f" + answer.to_bytes(32, "big") + bytes.fromhex("5f5260205ff35b")
    return code + b"\x5f\x5f\xf3"


def _random_state(rng: Random) -> tuple[int, int, int]:
    """Return chi, a rate from none to twenty percent a year, and seconds up to a year."""
    chi = rng.choice([_RAY, int(_RAY * rng.uniform(1, 3))])
    rate = rng.choice([_RAY, _RAY + 1, rng.randint(_RAY, _TWENTY_PERCENT)])
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
        name="savings rate, by the lens",
        source=Source.BYTECODE,
        pairs=_pairs,
    ),
)
