"""The account of what is no plain bundle: private transactions of several blocks, and backruns."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from eth_utils.crypto import keccak
from fakes.memory_chain import MemoryChain, Tx
from support.bundle_scenarios import EXECUTOR, FEE, OPERATOR, PROFIT, Sent, bundle, noise, own

from bot.commands.bundles import bundles
from bot.domain.inclusions import Ending, Standing, Way
from bot.execution.inclusion import Accounted, InclusionAccount, Round
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal

BLOCKS = 3


class Desk:
    def __init__(self, path: Path) -> None:
        self.chain = MemoryChain(final_after=4)
        self.chain.mine(Tx(sender=OPERATOR, to=OPERATOR, nonce=0))
        self.journal = Journal(path)
        self.book = BundleBook(self.journal)
        whose = Accounted(operator=OPERATOR, executor=EXECUTOR, final_blocks=4)
        self.account = InclusionAccount(self.chain, self.journal, self.book, whose)

    def send(self, way: Way, behind: str = "", *, uuid: str = "") -> Sent:
        head = self.chain.head.number
        sent = bundle(head, 1, uuid=uuid)
        last_block = head + (BLOCKS if way is Way.PRIVATE else 1)
        parcel = msgspec.structs.replace(sent.parcel, way=way, last_block=last_block, behind=behind)
        self.journal.intend(sent.ticket, parcel)
        self.mine_nothing()
        return sent

    def mine_nothing(self) -> Round:
        return self.account.on_head(self.chain.head)

    def mine(self, *transactions: Tx) -> Round:
        self.chain.mine(*transactions)
        return self.account.on_head(self.chain.head)

    def state(self) -> tuple[Ending, Standing]:
        kept = self.book.last(1)[0]
        assert kept.verdict is not None
        return kept.verdict.ending, kept.standing


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "j.sqlite")


def test_a_private_transaction_may_land_until_its_last_block(desk: Desk) -> None:
    sent = desk.send(Way.PRIVATE)
    for _ in range(BLOCKS - 1):
        desk.mine(noise())
        assert desk.state() == (Ending.WAITING, Standing.OPEN)
        assert [one.transaction_hash for one in desk.journal.unsettled()] == [sent.key]
    desk.mine(*sent.transactions)
    desk.mine()
    assert desk.state() == (Ending.INCLUDED, Standing.PROVISIONAL)
    booked = desk.book.booked()
    assert (booked.profit, booked.fee, booked.bundles) == ({"USDC": PROFIT}, FEE, 1)


def test_after_its_last_block_it_was_not_built(desk: Desk) -> None:
    desk.send(Way.PRIVATE)
    for _ in range(BLOCKS + 1):
        desk.mine(noise())
    assert desk.state() == (Ending.NOT_BUILT, Standing.PROVISIONAL)


def test_one_that_reverts_cost_gas_and_is_no_broken_promise(desk: Desk) -> None:
    sent = desk.send(Way.PRIVATE)
    (run,) = sent.transactions
    run.reverts = True
    run.logs = []
    desk.mine(noise(), run)
    desk.mine()
    assert desk.state() == (Ending.REVERTED, Standing.PROVISIONAL)
    booked = desk.book.booked()
    assert (booked.profit.get("USDC", 0), booked.bundles) == (0, 1)
    assert booked.fee > 0


def test_a_reorganisation_below_its_last_block_lets_it_wait_again(desk: Desk) -> None:
    sent = desk.send(Way.PRIVATE)
    for _ in range(BLOCKS):
        desk.mine(noise())
    assert desk.state()[0] is Ending.NOT_BUILT
    desk.chain.undo(2)
    desk.mine(noise())
    assert desk.state() == (Ending.WAITING, Standing.OPEN)
    assert desk.journal.unsettled(desk.chain.head.number)[0].transaction_hash == sent.key
    desk.mine(*sent.transactions)
    desk.mine()
    assert desk.state() == (Ending.INCLUDED, Standing.PROVISIONAL)


def test_the_next_blocks_plan_under_its_id_has_replaced_it(desk: Desk) -> None:
    first = desk.send(Way.PRIVATE, uuid="one")
    desk.mine(noise())
    head = desk.chain.head.number
    other = own(1, profit=PROFIT, data="0x01")
    second = bundle(head, 1, uuid="one")
    ticket = msgspec.structs.replace(second.ticket, transaction_hash=other.hash)
    parcel = msgspec.structs.replace(second.parcel, way=Way.PRIVATE, last_block=head + BLOCKS)
    desk.journal.intend(ticket, parcel)
    for _ in range(BLOCKS + 2):
        desk.mine(noise())
    by_key = {one.transaction_hash: one.verdict for one in desk.book.last(2)}
    verdict = by_key[first.key]
    assert verdict is not None
    assert verdict.ending is Ending.REPLACED
    assert other.hash in verdict.reason


def test_a_backrun_is_included_only_right_behind_its_transaction(desk: Desk) -> None:
    user = noise()
    hint = "0x" + keccak(bytes.fromhex(user.hash[2:])).hex()
    sent = desk.send(Way.BACKRUN, hint)
    desk.mine(user, *sent.transactions)
    desk.mine()
    assert desk.state() == (Ending.INCLUDED, Standing.PROVISIONAL)


def test_a_backrun_behind_another_transaction_was_torn_off(desk: Desk) -> None:
    sent = desk.send(Way.BACKRUN, "0x" + "24" * 32)
    desk.mine(noise(), *sent.transactions)
    desk.mine()
    assert desk.state() == (Ending.UNBUNDLED, Standing.PROVISIONAL)
    verdict = desk.book.last(1)[0].verdict
    assert verdict is not None
    assert verdict.reason.startswith("not behind the hinted transaction")


def test_the_command_says_how_each_one_travelled(desk: Desk, tmp_path: Path) -> None:
    sent = desk.send(Way.BACKRUN, "0x" + "24" * 32)
    desk.journal.close()
    journal = str(tmp_path / "j.sqlite")
    (line,) = CliRunner().invoke(bundles, ["--journal", journal, "--json"]).output.splitlines()
    found = msgspec.json.decode(line)
    assert (found["sent_as"], found["behind"]) == ("backrun bundle", "0x" + "24" * 32)
    assert found["last_block"] == sent.ticket.target_block
    shown = CliRunner().invoke(bundles, ["--journal", journal], env={"COLUMNS": "200"}).output
    assert "(backrun bundle)" in shown
