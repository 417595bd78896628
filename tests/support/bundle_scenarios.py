"""What can become of a bundle, as blocks of a chain in memory, with the ending that is right.

The ending is known because the blocks were made for it, not because anything worked it out.
"""

import random
from collections.abc import Callable
from typing import Any

import msgspec
from eth_utils.crypto import keccak
from fakes.memory_chain import TREASURY, Tx, some_hash
from fakes.tickets import PLAN

from bot.domain.assets import USDC, USDT
from bot.domain.inclusions import Ending, Parcel, SentTransaction
from bot.domain.messages import Fate, Ticket
from bot.domain.units import GWEI, Address, Raw, Wei
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT

OPERATOR = Address("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A")
EXECUTOR = Address("0x" + "22" * 20)
RIVAL, RIVALS_CONTRACT = "0x" + "e0" * 20, "0x" + "e1" * 20
USER = "0x" + "a0" * 20
TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
EXCHANGE = "0x" + keccak(text="TokenExchange(address,int128,uint256,int128,uint256)").hex()
SWAP = "0x" + keccak(text="Swap(address,address,int256,int256,uint160,uint128,int24)").hex()
PROFIT = 10 * 10**6
TIP = 3 * 10**15
FEE = 200_000 * 11 * GWEI
_CURVE, _V3 = CURVE_SUSD.address, V3_USDC_USDT.address


def word(address: str) -> str:
    return f"0x{int(address, 16):064x}"


def transfer(token: str, giver: str, taker: str, amount: int) -> dict[str, Any]:
    return {
        "address": token,
        "topics": [TRANSFER, word(giver), word(taker)],
        "data": f"0x{amount:064x}",
    }


def event(pool: str, topic: str) -> dict[str, Any]:
    return {"address": pool, "topics": [topic], "data": "0x"}


def cycle(who: str, *, gain: int, backwards: bool = False) -> list[dict[str, Any]]:
    """Logs of a run through both pools, in the plan's direction or against it."""
    first, second = (_V3, _CURVE) if backwards else (_CURVE, _V3)
    topics = {_CURVE: EXCHANGE, _V3: SWAP}
    return [
        transfer(USDC.address, who, first, 10**9),
        transfer(USDT.address, first, who, 10**9 + 50),
        event(first, topics[first]),
        transfer(USDC.address, second, who, 10**9 + gain),
        transfer(USDT.address, who, second, 10**9 + 50),
        event(second, topics[second]),
    ]


def rivals(*, direct: int = TIP, backwards: bool = False) -> Tx:
    """An arbitrage of somebody else."""
    logs = cycle(RIVALS_CONTRACT, gain=7 * 10**6, backwards=backwards)
    return Tx(sender=RIVAL, to=RIVALS_CONTRACT, nonce=0, logs=logs, direct=direct)


def users() -> Tx:
    """A trade in one of the plan's pools."""
    logs = [
        transfer(USDC.address, USER, _CURVE, 10**9),
        transfer(USDT.address, _CURVE, USER, 10**9),
        event(_CURVE, EXCHANGE),
    ]
    return Tx(sender=USER, to=_CURVE, nonce=0, logs=logs)


def noise() -> Tx:
    return Tx(sender=USER, to="0x" + "a1" * 20, nonce=0, logs=[event("0x" + "a2" * 20, SWAP)])


class Sent(msgspec.Struct, kw_only=True):
    """One bundle in a test's hands."""

    ticket: Ticket
    parcel: Parcel
    transactions: list[Tx]
    fate: Fate = Fate.ACCEPTED
    doubt: str = ""
    ending: Ending = Ending.NOT_BUILT
    mined: int = 0  # of its own transactions, at last
    succeeded: bool = True
    seen_public: bool = False
    taken: bool = False

    @property
    def key(self) -> str:
        return self.ticket.transaction_hash

    @property
    def profit(self) -> int:
        return PROFIT if self.mined and self.succeeded and self.main_mined else 0

    main_mined: bool = True

    @property
    def fee(self) -> int:
        return self.mined * FEE


def own(nonce: int, *, profit: int | None, data: str = "0x") -> Tx:
    logs = (
        []
        if profit is None
        else [
            transfer(USDC.address, EXECUTOR, f"0x{TREASURY:040x}", profit),
            *cycle(EXECUTOR, gain=profit),
        ]
    )
    return Tx(sender=OPERATOR, to=EXECUTOR, nonce=nonce, logs=logs, direct=TIP, data=data)


def bundle(block: int, nonce: int, *, kind: str = "one", uuid: str = "") -> Sent:
    """A bundle made at `block`: of one transaction, of two, or behind somebody else's."""
    if kind == "two":
        txs = [own(nonce, profit=None), own(nonce + 1, profit=PROFIT)]
    elif kind == "behind":
        txs = [noise(), own(nonce, profit=PROFIT)]
    else:
        txs = [own(nonce, profit=PROFIT)]
    main = txs[-1]
    listed = tuple(
        SentTransaction(
            hash=one.hash, nonce=one.nonce, sender="" if one.sender == OPERATOR else one.sender
        )
        for one in txs
    )
    ticket = Ticket(
        plan=msgspec.structs.replace(PLAN, block=block, max_block=block + 1),
        target_block=block + 1,
        nonce=main.nonce,
        transaction=b"\x02",
        transaction_hash=main.hash,
        gas_used=200_000,
        max_fee_wei=Wei(10**16),
        cost=Raw(10**7),
    )
    parcel = Parcel(
        replacement_uuid=uuid,
        tip=Wei(TIP),
        transactions=() if kind == "one" else listed,
    )
    return Sent(ticket=ticket, parcel=parcel, transactions=txs)


Blocks = list[list[Tx]]
Scenario = Callable[[list[Sent], random.Random], Blocks]


def _ends(sent: Sent, ending: Ending, *, mined: int = 0) -> None:
    sent.ending, sent.mined, sent.succeeded, sent.main_mined = ending, mined, True, True
    sent.taken = ending is Ending.OUTBID
    for one in sent.transactions:
        one.reverts = False


def _own(sent: Sent) -> int:
    return sum(one.sender == OPERATOR for one in sent.transactions)


def included(sents: list[Sent], dice: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.INCLUDED, mined=_own(sent))
    around = [users() for _ in range(dice.randrange(3))]
    return [[*around, *sent.transactions, *([noise()] if dice.random() < 0.5 else [])]]


def refused_and_included(sents: list[Sent], dice: random.Random) -> Blocks:
    sents[0].fate = Fate.REFUSED
    return included(sents, dice)


def not_built(sents: list[Sent], dice: random.Random) -> Blocks:
    _ends(sents[0], Ending.NOT_BUILT)
    return [[noise() for _ in range(dice.randrange(3))]]


def outbid(sents: list[Sent], dice: random.Random) -> Blocks:
    _ends(sents[0], Ending.OUTBID)
    return [[noise(), *([users()] if dice.random() < 0.5 else []), rivals(), noise()]]


def stale(sents: list[Sent], dice: random.Random) -> Blocks:
    _ends(sents[0], Ending.STALE)
    return [[noise(), rivals(backwards=True) if dice.random() < 0.5 else users()]]


def in_another_block(sents: list[Sent], dice: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.UNBUNDLED, mined=_own(sent))
    return [[noise()], *([[noise()]] if dice.random() < 0.5 else []), [*sent.transactions]]


def long_after(sents: list[Sent], dice: random.Random) -> Blocks:
    """Its target block was final when it was mined."""
    (sent,) = sents
    _ends(sent, Ending.UNBUNDLED, mined=_own(sent))
    return [*([noise()] for _ in range(dice.randrange(7, 12))), [*sent.transactions]]


def reverted(sents: list[Sent], dice: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.UNBUNDLED, mined=_own(sent))
    sent.succeeded = False
    for one in sent.transactions:
        one.reverts = one.sender == OPERATOR
    return [[users(), *sent.transactions] if dice.random() < 0.5 else [*sent.transactions]]


def in_part(sents: list[Sent], _: random.Random) -> Blocks:
    (sent,) = sents
    first = sent.transactions[0]
    if first.sender != OPERATOR or len(sent.transactions) == 1:
        first = sent.transactions[-1]
    _ends(sent, Ending.UNBUNDLED, mined=1)
    if len(sent.transactions) == 1:  # nothing to tear apart: the whole of it
        sent.ending = Ending.INCLUDED
    sent.main_mined = first is sent.transactions[-1]
    return [[noise(), first]]


def apart(sents: list[Sent], _: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.UNBUNDLED, mined=_own(sent))
    if len(sent.transactions) == 1:
        sent.ending = Ending.INCLUDED
        return [[users(), *sent.transactions, users()]]
    return [[sent.transactions[0], noise(), *sent.transactions[1:]]]


def nonce_used(sents: list[Sent], _: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.NONCE_USED)
    by = Tx(sender=OPERATOR, to=USER, nonce=min(_nonces(sent)))
    return [[noise(), by, users()]]


def disproved(sents: list[Sent], dice: random.Random) -> Blocks:
    _ends(sents[0], Ending.FAILED_SIMULATION)
    sents[0].doubt = "ProfitBelowMinimum"
    return [[users()] if dice.random() < 0.5 else []]


def not_taken(sents: list[Sent], _: random.Random) -> Blocks:
    _ends(sents[0], Ending.NOT_TAKEN)
    sents[0].fate = Fate.REFUSED
    return [[rivals()]]


def in_public(sents: list[Sent], _: random.Random) -> Blocks:
    _ends(sents[0], Ending.SEEN_IN_PUBLIC)
    sents[0].seen_public = True
    return [[rivals()], []]


def in_public_and_mined(sents: list[Sent], _: random.Random) -> Blocks:
    (sent,) = sents
    _ends(sent, Ending.UNBUNDLED, mined=_own(sent))
    sent.seen_public = True
    return [[users()], [noise()], [*sent.transactions]]


def another_of_ours(sents: list[Sent], dice: random.Random) -> Blocks:
    """Two on one nonce: one lands."""
    winner = dice.randrange(2)
    _ends(sents[winner], Ending.INCLUDED, mined=1)
    same = sents[0].parcel.replacement_uuid == sents[1].parcel.replacement_uuid != ""
    _ends(sents[1 - winner], Ending.REPLACED if same else Ending.NONCE_USED)
    return [[noise(), *sents[winner].transactions]]


def replaced_in_vain(sents: list[Sent], _: random.Random) -> Blocks:
    _ends(sents[0], Ending.REPLACED)
    _ends(sents[1], Ending.NOT_BUILT)
    return [[noise()]]


def _nonces(sent: Sent) -> list[int]:
    return [one.nonce for one in sent.transactions if one.sender == OPERATOR]


ALONE: tuple[Scenario, ...] = (
    *(included, refused_and_included, not_built, outbid, stale, in_another_block, reverted),
    *(long_after, in_part, apart, nonce_used, disproved, not_taken, in_public, in_public_and_mined),
)
CAUSELESS = (long_after, refused_and_included, disproved, not_taken, in_public, in_public_and_mined)
# what a reorganisation cannot take back: it is said beside the chain, or lies deeper than any

__all__ = ["ALONE", "CAUSELESS", "Sent", "bundle", "some_hash"]
