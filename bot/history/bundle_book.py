"""The account of bundles: what the chain made of each, kept beside its journal row."""

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import msgspec

from bot.domain.assets import Token
from bot.domain.inclusions import (
    Change,
    Ending,
    SentBundle,
    Standing,
    Verdict,
)
from bot.domain.messages import Fate
from bot.domain.units import Raw, Wei
from bot.history.bundle_rows import FIELDS, bundle_of
from bot.history.journal import Journal

_WATCHED = f"SELECT {FIELDS} FROM bundles WHERE watched = 1 ORDER BY target_block DESC LIMIT ?"  # noqa: S608
_DORMANT = (
    f"SELECT {FIELDS} FROM bundles WHERE watched = 2 AND first_nonce < ?"  # noqa: S608
    " ORDER BY target_block DESC LIMIT ?"
)
_LAST = f"SELECT {FIELDS} FROM bundles ORDER BY decision_id DESC LIMIT ?"  # noqa: S608
_LANDED = (
    "SELECT COUNT(*), SUM(fate = ?) FROM (SELECT fate FROM bundles WHERE fate IN (?, ?)"
    " ORDER BY decision_id DESC LIMIT ?)"
)
_SIBLINGS = (
    f"SELECT {FIELDS} FROM bundles WHERE nonce = ? OR (uuid = ? AND uuid <> '')"  # noqa: S608
    " ORDER BY decision_id DESC LIMIT ?"
)
_WRITE = (
    "UPDATE bundles SET fate = ?, settled_block = ?, profit_raw = ?, gas_used = ?, fee_wei = ?,"
    " standing = ?, watched = ?, verdict_json = ?, is_public = ?, observed = ?"
    " WHERE transaction_hash = ?"
)
_BEFORE = "SELECT standing, verdict_json, fate, observed FROM bundles WHERE transaction_hash = ?"
_ANSWERED = (
    "INSERT INTO builder_answers (bundle_hash, builder, verdict, reason) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (bundle_hash, builder) DO UPDATE SET verdict = excluded.verdict,"
    " reason = excluded.reason"
)
_ANSWERS = "SELECT builder, verdict, reason FROM builder_answers WHERE bundle_hash = ?"
_DOUBT = "UPDATE bundles SET doubt = ? WHERE transaction_hash = ?"
_MOST_ANSWERS, _MOST_SIBLINGS = 4096, 64


class Named(Protocol):
    """Anything with a value that is a word."""

    @property
    def value(self) -> str:
        """The word."""
        ...


class Answer(Protocol):
    """What a builder said of a bundle."""

    @property
    def builder(self) -> str:
        """Whose answer."""
        ...

    @property
    def verdict(self) -> Named:
        """What it means."""
        ...

    @property
    def reason(self) -> str:
        """In its own words."""
        ...


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written of one bundle."""

    bundle: SentBundle
    verdict: Verdict
    standing: Standing
    watch: int  # 0 no more, 1 at every head, 2 when its nonce is used
    is_public: bool


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What was earned and paid, of bundles with two confirmations or more."""

    profit: dict[str, Raw]  # by the token's symbol
    fee: Wei
    bundles: int


class _Earning(msgspec.Struct, frozen=True):
    """What is read back of a plan to sum up."""

    token: Token


class BundleBook:
    """Reads and writes the account; any thread may call."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._heard: deque[tuple[str, str, str, str]] = deque(maxlen=_MOST_ANSWERS)

    def told(self, bundle_hash: str, answer: Answer) -> None:
        """Hear a builder's answer; it is on disk with the next `flush`, nobody waits for it."""
        self._heard.append((bundle_hash, answer.builder, answer.verdict.value, answer.reason))

    def flush(self) -> None:
        """Write down what was heard."""
        heard = [self._heard.popleft() for _ in range(len(self._heard))]
        if heard:
            with self._journal.transaction() as connection:
                connection.executemany(_ANSWERED, heard)

    def disproved(self, transaction_hash: str, reason: str) -> None:
        """Hear that a simulation of ours, after the bundle was sent, says that it reverts."""
        with self._journal.transaction() as connection:
            connection.execute(_DOUBT, (reason or "it reverts", transaction_hash))

    @staticmethod
    def hash_of(bundle: SentBundle) -> str:
        """Return a bundle's hash: over the hashes of its transactions, as relays name it."""
        from eth_utils.crypto import keccak  # noqa: PLC0415 - loads for as long as all else here

        hashes = b"".join(bytes.fromhex(one.hash[2:]) for one in bundle.transactions)
        return "0x" + keccak(hashes).hex()

    def answers(self, bundle_hash: str) -> list[tuple[str, str, str]]:
        """Return (builder, verdict, reason) of everyone who answered."""
        with self._journal.transaction() as connection:
            return [(b, v, r) for b, v, r in connection.execute(_ANSWERS, (bundle_hash,))]

    def watched(self, most: int) -> list[SentBundle]:
        """Return the bundles whose ending may still change with the next head, newest first."""
        return self._read(_WATCHED, (most,))

    def dormant(self, used: int, most: int) -> list[SentBundle]:
        """Return the resting bundles with a nonce below `used`, newest first."""
        return self._read(_DORMANT, (used, most))

    def last(self, most: int) -> list[SentBundle]:
        """Return the newest bundles, newest first."""
        return self._read(_LAST, (most,))

    def landed(self, most: int) -> tuple[int, int]:
        """Return how many of the newest bundles are in blocks, and how many of those reverted."""
        fates = (Fate.REVERTED.value, Fate.INCLUDED.value, Fate.REVERTED.value, most)
        with self._journal.transaction() as connection:
            landed, reverted = connection.execute(_LANDED, fates).fetchone()
        return int(landed), int(reverted or 0)

    def siblings(self, bundle: SentBundle) -> list[SentBundle]:
        """Return the other bundles of its nonce or replacement id, newest first."""
        asked = (bundle.nonce, bundle.parcel.replacement_uuid, _MOST_SIBLINGS)
        found = self._read(_SIBLINGS, asked)
        return [one for one in found if one.transaction_hash != bundle.transaction_hash]

    def write(self, entries: Sequence[Entry]) -> list[tuple[Change, bool]]:
        """Write entries, all or none; return the changes, and whether each is news for a learner.

        What is told twice changes nothing the second time.
        """
        with self._journal.transaction() as connection:
            return [_written(connection, entry) for entry in entries]

    def booked(self) -> Booked:
        """Return what is booked: every bundle counts once, as its row says it now."""
        profit: dict[str, Raw] = {}
        fee, count = Wei(0), 0
        query = "SELECT plan_json, verdict_json FROM bundles WHERE standing <> 'open'"
        with self._journal.transaction() as connection:
            for plan_json, verdict_json in connection.execute(query):
                verdict = msgspec.json.decode(verdict_json, type=Verdict)
                if verdict.landed:
                    symbol = msgspec.json.decode(plan_json, type=_Earning).token.symbol
                    profit[symbol] = Raw(profit.get(symbol, 0) + verdict.profit)
                    fee, count = Wei(fee + verdict.fee), count + 1
        return Booked(profit=profit, fee=fee, bundles=count)

    def _read(self, query: str, asked: tuple[object, ...]) -> list[SentBundle]:
        with self._journal.transaction() as connection:
            rows = connection.execute(query, asked).fetchall()
        return [bundle_of(row) for row in rows]


def _written(connection: sqlite3.Connection, entry: Entry) -> tuple[Change, bool]:
    key, verdict = entry.bundle.transaction_hash, entry.verdict
    standing, old_json, old_fate, observed = connection.execute(_BEFORE, (key,)).fetchone()
    before = None if old_json is None else msgspec.json.decode(old_json, type=Verdict)
    had = _amounts(before, Standing(standing))
    has = _amounts(verdict, entry.standing)
    is_firm = entry.standing is not Standing.OPEN
    connection.execute(
        _WRITE,
        (
            fate_of(verdict, Fate(old_fate)).value,
            verdict.block,
            str(verdict.profit),
            verdict.gas_used,
            str(verdict.fee),
            entry.standing.value,
            entry.watch,
            msgspec.json.encode(verdict).decode(),
            int(entry.is_public),
            int(observed or is_firm),
            key,
        ),
    )
    change = Change(
        transaction_hash=key,
        token=entry.bundle.token,
        verdict=verdict,
        standing=entry.standing,
        booked_profit=Raw(has[0] - had[0]),
        booked_fee=Wei(has[1] - had[1]),
    )
    return change, is_firm and not observed


def _amounts(verdict: Verdict | None, standing: Standing) -> tuple[int, int]:
    if verdict is None or standing is Standing.OPEN or not verdict.landed:
        return 0, 0
    return verdict.profit, verdict.fee


def fate_of(verdict: Verdict, before: Fate) -> Fate:
    """Return the fate that the engine is to know a bundle by."""
    if verdict.landed:
        return Fate.INCLUDED if verdict.profit else Fate.REVERTED
    if verdict.ending is Ending.WAITING:
        done = (Fate.INCLUDED, Fate.MISSED, Fate.REVERTED)
        return Fate.ACCEPTED if before in done else before
    return Fate.REFUSED if before is Fate.REFUSED else Fate.MISSED
