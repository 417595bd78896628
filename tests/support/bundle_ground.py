"""Contracts of a few bytes on a real chain: they say what pools, tokens and executors say."""

from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from relay_world import RelayWorld, transfer, tx_hash
from support.bundle_scenarios import EXCHANGE, SWAP, TRANSFER

from bot.domain.assets import USDC, USDT
from bot.domain.units import WAD
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT

EXECUTOR, RIVALS = "0x" + "22" * 20, "0x" + "e1" * 20
TREASURY = 0x33
TIP = 3 * 10**15
GAS = 400_000
_CURVE, _V3 = CURVE_SUSD.address, V3_USDC_USDT.address
_FAIL = (1 << 256) - 1

# (from, to, amount) -> Transfer
_TOKEN = f"0x6040355f526020355f357f{TRANSFER[2:]}60205fa300"


def _speaker(topic: str) -> str:
    return f"0x7f{topic[2:]}5f5fa100"


def _runner() -> str:
    """TREASURY() for four bytes; else calls what words say, and pays the builder the first."""
    parts = [
        "36600414" + "60{ret}57",
        "5f351915" + "60{fail}57",
        "6020",
        "5b",  # loop
        "3681101560{end}57",
        "606081602001" + "5f37",
        "5f5f60605f5f" + "85355af150",
        "608001" + "60{loop}56",
        "5b" + "5f5f5f5f" + "5f35" + "415af15000",  # end
        "5b" + "60335f5260205ff3",  # ret
        "5b" + "5f5ffd",  # fail
    ]
    marks = {"loop": 3, "end": 8, "ret": 9, "fail": 10}
    sizes = [len(one.format(ret="00", fail="00", end="00", loop="00")) // 2 for one in parts]
    places = {name: f"{sum(sizes[:at]):02x}" for name, at in marks.items()}
    return "0x" + "".join(one.format(**places) for one in parts)


def lay_out(world: RelayWorld) -> None:
    """Put the contracts where the tables of the project have them."""
    code = {
        USDC.address: _TOKEN,
        USDT.address: _TOKEN,
        _CURVE: _speaker(EXCHANGE),
        _V3: _speaker(SWAP),
        EXECUTOR: _runner(),
        RIVALS: _runner(),
    }
    for address, written in code.items():
        world.rpc.call("anvil_setCode", address, written)
    for address in (EXECUTOR, RIVALS):
        world.rpc.call("anvil_setBalance", address, hex(100 * WAD))


def run(account: LocalAccount, nonce: int, *, to: str, profit: int | None, **how: Any) -> bytes:
    """Return a signed run through both pools that ends with `profit` in the treasury.

    None: it reverts. `backwards` runs against the plan, `tip` goes to the builder directly.
    """
    first, second = (_V3, _CURVE) if how.get("backwards") else (_CURVE, _V3)
    words = [_FAIL if profit is None else how.get("tip", TIP)]
    for target, giver, taker, amount in (
        (USDC.address, to, first, 10**9),
        (USDT.address, first, to, 10**9),
        (first, 0, 0, 0),
        (USDT.address, to, second, 10**9),
        (USDC.address, second, to, 10**9 + (profit or 0)),
        (second, 0, 0, 0),
        (USDC.address, to, TREASURY, profit or 0),
    ):
        words += [_int(target), _int(giver), _int(taker), amount]
    fields = {"gas": GAS, "value": 0, "data": _data(words)} | how.get("fields", {})
    return transfer(account, nonce, to=to_checksum_address(to), **fields)


def trade(account: LocalAccount, nonce: int) -> bytes:
    """Return a signed trade of somebody who pays with one token and gets another."""
    words = [0]
    who = account.address
    for target, giver, taker, amount in (
        (USDC.address, who, _CURVE, 10**9),
        (USDT.address, _CURVE, who, 10**9),
        (_CURVE, 0, 0, 0),
    ):
        words += [_int(target), _int(giver), _int(taker), amount]
    return transfer(
        account, nonce, to=to_checksum_address(RIVALS), gas=GAS, value=0, data=_data(words)
    )


def plain(account: LocalAccount, nonce: int, **fields: Any) -> bytes:
    return transfer(account, nonce, **fields)


def public(world: RelayWorld, *raws: bytes) -> list[str]:
    """Send to everybody, and return the hashes."""
    for raw in raws:
        world.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
    return [tx_hash(raw) for raw in raws]


def _data(words: list[int]) -> str:
    return "0x" + "".join(f"{one:064x}" for one in words)


def _int(address: str | int) -> int:
    return address if isinstance(address, int) else int(address, 16)
