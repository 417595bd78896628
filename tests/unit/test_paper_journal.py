"""A paper run begins with no position of an exchange that is gone."""

from pathlib import Path

import pytest
from support.order_world import POSITION, OrderWorld, order_of, run

from bot.commands.paper_journal import require_no_play_left
from bot.domain.errors import AccountLocked, BadConfiguration
from bot.execution.account_lock import AccountLock


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPEG_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with one open position and one open order."""
    world = OrderWorld(tmp_path / "repeg-orders-paper.sqlite")

    async def act() -> None:
        await world.ready()
        await world.manager.submit(order_of())

    run(act())
    world.journal.close()
    return world.path


def test_play_positions_of_an_exchange_that_is_gone_are_named_with_what_to_do(
    journal: Path,
) -> None:
    with pytest.raises(BadConfiguration, match=f"{POSITION}.*--fresh") as caught:
        require_no_play_left(journal, fresh=False)
    assert str(journal) in str(caught.value)
    assert journal.exists()


def test_fresh_moves_the_journal_aside_and_keeps_all_of_it(journal: Path) -> None:
    before = journal.read_bytes()
    require_no_play_left(journal, fresh=True)
    assert not journal.exists()
    (moved,) = journal.parent.glob("repeg-orders-paper-until-*.sqlite")
    assert moved.read_bytes() == before
    require_no_play_left(journal, fresh=False)


def test_a_journal_that_another_process_uses_is_not_moved(journal: Path) -> None:
    with AccountLock(f"journal-{journal.resolve()}"), pytest.raises(AccountLocked):
        require_no_play_left(journal, fresh=True)
    assert journal.exists()


def test_a_journal_with_nothing_open_and_none_at_all_are_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    require_no_play_left(path, fresh=False)
    OrderWorld(path).journal.close()
    require_no_play_left(path, fresh=False)
    assert path.exists()
