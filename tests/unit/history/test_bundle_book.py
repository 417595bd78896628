"""The account of bundles: old files are taken over, and what is told twice is told once."""

import sqlite3
from enum import Enum
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from fakes.tickets import PLAN, ticket_of

from bot.commands.bundle_figures import exactly
from bot.commands.bundles import bundles
from bot.domain.adoptions import Landed, PlanOnChain
from bot.domain.assets import USDC
from bot.domain.inclusions import (
    BlockId,
    Ending,
    Parcel,
    SentBundle,
    Standing,
    Take,
    Tip,
    TipSource,
    Verdict,
)
from bot.domain.messages import Fate, NoPlan, Outcome, Refusal
from bot.domain.units import Raw, Wei
from bot.history.bundle_adoptions import BundleAdoptions
from bot.history.bundle_book import BundleBook, Entry
from bot.history.bundle_takes import BundleTakes
from bot.history.journal import Journal

OLD = """
CREATE TABLE decisions (id INTEGER NOT NULL PRIMARY KEY, decided_at_ns BIGINT NOT NULL,
    block BIGINT NOT NULL, verdict VARCHAR NOT NULL, detail VARCHAR NOT NULL);
CREATE TABLE bundles (transaction_hash VARCHAR NOT NULL PRIMARY KEY, decision_id INTEGER NOT NULL,
    target_block BIGINT NOT NULL, nonce BIGINT NOT NULL, fate VARCHAR NOT NULL,
    plan_json VARCHAR NOT NULL, note VARCHAR NOT NULL, settled_block BIGINT,
    profit_raw VARCHAR, gas_used BIGINT, fee_wei VARCHAR);
"""
TIP = Tip(priority=Wei(5), direct=Wei(10**16), source=TipSource.TRACE)
TAKE = Take(
    transaction_hash="0x" + "ab" * 32,
    block=BlockId(101, "0x" + "01" * 32),
    position=3,
    sender="0x" + "e0" * 20,
    contract="0x" + "e1" * 20,
    pools=("one", "another"),
    token="0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",  # noqa: S106 - an address
    symbol="USDC",
    gain=Raw(7_000_001),
    tip=TIP,
)


class Said(Enum):
    YES = "accepted"
    NO = "refused"


class Answer(msgspec.Struct, frozen=True):
    builder: str
    verdict: Said
    reason: str = ""


def verdict_of(ending: Ending, **fields: object) -> Verdict:
    known = {"block": 101, "relies_on": (BlockId(101, "0x" + "01" * 32),)} | fields
    return Verdict(ending=ending, **known)


def entry_of(bundle: SentBundle, verdict: Verdict, standing: Standing) -> Entry:
    return Entry(bundle=bundle, verdict=verdict, standing=standing, watch=1, is_public=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "repeg.sqlite"


def test_a_file_from_before_is_taken_over_and_only_what_was_open_is_watched(path: Path) -> None:
    plan = msgspec.json.encode(PLAN).decode()
    with sqlite3.connect(path) as old:
        old.executescript(OLD)
        for number, fate in enumerate(("included", "missed", "accepted")):
            row = (f"0x{number:064x}", number, 101, number, fate, plan)
            old.execute("INSERT INTO bundles VALUES (?,?,?,?,?,?,'',NULL,NULL,NULL,NULL)", row)
    old.close()
    book = BundleBook(Journal(path))
    assert [one.nonce for one in book.watched(10)] == [2]
    assert [one.fate for one in book.last(10)] == [Fate.ACCEPTED, Fate.MISSED, Fate.INCLUDED]
    assert book.booked().bundles == 0
    assert CliRunner().invoke(bundles, ["--journal", str(path)]).exit_code == 0


def test_answers_of_builders_are_on_disk_with_the_next_flush_and_the_last_word_counts(
    path: Path,
) -> None:
    journal = Journal(path)
    book = BundleBook(journal)
    book.told("0x01", Answer("Titan", Said.NO, "HTTP 429"))
    book.told("0x01", Answer("Titan", Said.YES))
    book.told("0x02", Answer("Quasar", Said.YES))
    assert book.answers("0x01") == []
    book.flush()
    journal.close()
    assert BundleBook(Journal(path)).answers("0x01") == [("Titan", "accepted", "")]


def test_profit_is_booked_with_the_second_confirmation_once_and_taken_back_with_its_block(
    path: Path,
) -> None:
    journal = Journal(path)
    journal.intend(ticket_of())
    book = BundleBook(journal)
    landed = verdict_of(Ending.INCLUDED, profit=Raw(10**30), fee=Wei(10**25))
    deltas = []
    for verdict, standing in (
        (landed, Standing.OPEN),
        (landed, Standing.PROVISIONAL),
        (landed, Standing.PROVISIONAL),
        (landed, Standing.FINAL),
        (verdict_of(Ending.NOT_BUILT), Standing.OPEN),
        (landed, Standing.PROVISIONAL),
    ):
        (bundle,) = book.last(1)
        ((change, is_news),) = book.write([entry_of(bundle, verdict, standing)])
        deltas.append((change.booked_profit, change.booked_fee, is_news))
    up, down = (10**30, 10**25), (-(10**30), -(10**25))
    nothing = (0, 0, False)
    assert deltas == [nothing, (*up, True), nothing, nothing, (*down, False), (*up, False)]
    assert book.booked().profit == {"USDC": 10**30}
    assert book.booked().fee == 10**25


def test_a_bundle_whose_block_was_undone_is_asked_for_again_before_the_next_act(path: Path) -> None:
    journal = Journal(path)
    journal.intend(ticket_of(100))
    book = BundleBook(journal)
    (bundle,) = book.last(1)
    missed = verdict_of(Ending.NOT_BUILT)
    book.write([entry_of(bundle, missed, Standing.PROVISIONAL)])
    assert journal.unsettled(101) == []
    assert [one.target_block for one in journal.unsettled(100)] == [101]


def test_the_command_shows_bundles_with_winner_and_builders(path: Path) -> None:
    journal = Journal(path)
    ticket = ticket_of()
    journal.intend(ticket, Parcel(tip=Wei(3 * 10**15), replacement_uuid="a"))
    book = BundleBook(journal)
    (bundle,) = book.last(1)
    outbid = verdict_of(Ending.OUTBID, reason=f"by {TAKE.transaction_hash}", taker=TAKE)
    book.write([entry_of(bundle, outbid, Standing.PROVISIONAL)])
    book.told(book.hash_of(bundle), Answer("Titan", Said.YES))
    book.told(book.hash_of(bundle), Answer("rsync", Said.NO, "HTTP 403"))
    book.flush()
    journal.close()
    told = CliRunner().invoke(bundles, ["--journal", str(path), "--json", "--last", "3"])
    (line,) = told.output.splitlines()
    found = msgspec.json.decode(line)
    assert (found["ending"], found["standing"]) == ("outbid", "provisional")
    assert (found["expected"], found["realised"], found["tip_offered_eth"]) == ("10", None, "0.003")
    assert found["accepted_by"] == ["Titan"]
    assert found["answers"] == {"Titan": "accepted", "rsync": "HTTP 403"}
    assert found["winner"]["tip_wei"] == str(10**16 + 5)
    assert found["winner"]["tip_known_by"] == "call trace"
    assert found["winner"]["gain"] == "7.000001"
    shown = CliRunner().invoke(bundles, ["--journal", str(path)])
    assert "outbid" in shown.output


def test_missed_gaps_leave_out_blocks_that_hold_a_bundle_of_ours_and_say_what_we_did(
    path: Path,
) -> None:
    journal = Journal(path)
    takes = BundleTakes(journal)
    journal.refuse(NoPlan(block=100, refusal=Refusal.BELOW_COST, detail=""))
    takes.write(TAKE.block, 1_700_000_000, [TAKE])
    journal.intend(ticket_of(199))
    book = BundleBook(journal)
    (bundle,) = book.last(1)
    book.write(
        [entry_of(bundle, verdict_of(Ending.INCLUDED, block=200, profit=Raw(1)), Standing.OPEN)]
    )
    elsewhere = msgspec.structs.replace(TAKE, block=BlockId(200, "0x02"))
    takes.write(elsewhere.block, 1_700_001_200, [elsewhere])
    journal.close()
    told = CliRunner().invoke(bundles, ["--journal", str(path), "missed", "--json"])
    (line,) = told.output.splitlines()
    found = msgspec.json.decode(line)
    assert (found["block"], found["ours"], found["take"]["gain"]) == (101, "below_cost", "7.000001")
    shown = CliRunner().invoke(bundles, ["missed", "--journal", str(path)])
    assert "another" in shown.output


def test_a_block_that_was_undone_takes_its_gaps_with_it(path: Path) -> None:
    takes = BundleTakes(Journal(path))
    takes.write(TAKE.block, 0, [TAKE])
    takes.write(TAKE.block, 0, [TAKE])
    assert len(takes.missed(10)) == 1
    takes.drop(101)
    assert takes.missed(10) == []
    assert takes.looked_at(5) == []


def test_without_a_journal_the_command_says_so_and_makes_none(path: Path) -> None:
    told = CliRunner().invoke(bundles, ["--journal", str(path)])
    assert "is not there" in str(told.exception)
    assert not path.exists()


def test_no_digit_of_an_amount_is_lost() -> None:
    assert exactly(2**256 - 1, 18).replace(".", "") == str(2**256 - 1)
    assert exactly(10**18, 18) == "1"


def test_a_bundle_found_on_chain_is_shown_without_what_was_expected_of_it(path: Path) -> None:
    journal, key = Journal(path), "0x" + "fd" * 32
    plan = PlanOnChain(token=USDC, block=100, min_profit=Raw(1))
    found = Landed(transaction_hash=key, nonce=9, block=101, plan=plan)
    BundleAdoptions(journal).write([found], [], [])
    journal.settle(Outcome(transaction_hash=key, fate=Fate.INCLUDED, block=101, profit=Raw(7)))
    journal.close()
    told = CliRunner().invoke(bundles, ["--journal", str(path), "--json"])
    (shown,) = [msgspec.json.decode(line) for line in told.output.splitlines()]
    assert (shown["route"], shown["expected"], shown["target_block"]) == ("", None, 101)
    assert "(found on" in CliRunner().invoke(bundles, ["--journal", str(path)]).output
