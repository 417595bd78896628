"""The collector stands still while it is told to, and works again afterwards."""

import gc

from bot.pauses import collected_by_hand


class Node:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def test_nothing_is_collected_but_by_hand() -> None:
    with collected_by_hand() as collect:
        assert not gc.isenabled()
        Node()
        assert collect() > 0
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collected_by_hand():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_kept_aside_can_be_collected_again() -> None:
    with collected_by_hand():
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
