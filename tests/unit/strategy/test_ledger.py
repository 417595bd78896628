"""The ledger: a position is the sum of its unique trades, in whatever order news came."""

from itertools import permutations

import pytest
from fakes.order_desk import START
from support.ledger_events import answered, closed, filled, intended, opened, reported
from support.order_world import POSITION, order_of, wad

from bot.domain.ledger_events import Commanded, Decided, LedgerEvent
from bot.domain.orders import ClientId, OrderSide, OrderState, Purpose
from bot.domain.units import Nanos
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord

NAME = order_of().client_id
EXIT = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, amount=40)


def ledger_of(*events: LedgerEvent) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


def record_of(*events: LedgerEvent) -> OrderRecord:
    return ledger_of(opened(), intended(), *events).orders[NAME]


def test_a_new_order_is_intended_and_all_of_it_is_on_order() -> None:
    ledger = ledger_of(opened(), intended())
    assert ledger.orders[NAME].state is OrderState.INTENDED
    assert ledger.held(POSITION).on_entry == wad(100)
    assert ledger.held(POSITION).left == 0


def test_every_second_copy_changes_nothing() -> None:
    events: list[LedgerEvent] = [
        opened(),
        intended(),
        answered(OrderState.UNKNOWN, note="no answer"),
        reported(OrderState.OPEN, client_id=NAME),
        filled(40),
        closed(),
        Decided(what="ramp", subject="", detail="step 1", at=START),
        Commanded(command="pause", by="operator", at=START),
        Commanded(command="resume", by="operator", at=START),
    ]
    ledger = Ledger()
    assert [ledger.apply(event) for event in events] == [True] * len(events)
    before = ledger.held(POSITION), dict(ledger.orders), ledger.is_paused
    assert [ledger.apply(event) for event in events] == [False] * len(events)
    assert (ledger.held(POSITION), dict(ledger.orders), ledger.is_paused) == before


def test_the_order_in_which_news_came_makes_no_difference() -> None:
    events: list[LedgerEvent] = [
        opened(),
        intended(),
        answered(OrderState.OPEN, order_id="v1"),
        reported(OrderState.CANCELED, 60),
        filled(40, "t1"),
        filled(20, "t2", client_id=NAME),
    ]
    first = ledger_of(*events)
    assert first.orders[NAME].state is OrderState.CANCELED
    assert first.held(POSITION).bought == wad(60)
    for order in permutations(events):
        ledger = ledger_of(*order)
        assert ledger.held(POSITION) == first.held(POSITION)
        assert ledger.orders == first.orders


def test_a_trade_heard_before_any_answer_waits_until_it_is_known_whose_it_is() -> None:
    ledger = ledger_of(opened(), intended(), filled(40))
    assert ledger.held(POSITION).left == 0
    assert len(ledger.unclaimed_fills()) == 1
    ledger.apply(answered(OrderState.OPEN, order_id="v1"))
    assert ledger.held(POSITION).left == wad(40)
    assert ledger.unclaimed_fills() == ()


def test_a_copy_of_a_trade_that_names_the_client_id_claims_the_first_one() -> None:
    ledger = ledger_of(opened(), intended(), filled(40))
    assert ledger.apply(filled(40, client_id=NAME))
    assert ledger.held(POSITION).left == wad(40)
    assert ledger.orders[NAME].order_id == "v1"


def test_a_trade_by_our_name_counts_even_if_its_order_was_never_written_down() -> None:
    ledger = ledger_of(opened(), filled(40, client_id=NAME))
    assert ledger.held(POSITION).left == wad(40)
    assert len(ledger.unclaimed_fills()) == 1
    assert NAME not in ledger.orders


def test_the_same_order_number_on_another_pair_is_another_order() -> None:
    other = order_of(7, pair="FDUSD/USDT")
    ledger = ledger_of(opened(), intended(), answered(OrderState.OPEN, order_id="v1"))
    ledger.apply(filled(40, order=other))
    assert ledger.held(POSITION).left == 0


def test_the_same_trade_number_on_another_pair_is_another_trade() -> None:
    other = order_of(1, pair="FDUSD/USDT")
    ledger = ledger_of(opened(), intended(), intended(other), filled(40, client_id=NAME))
    ledger.apply(filled(10, order=other, client_id=other.client_id, order_id="v2"))
    assert len(ledger.fills) == 2


def test_a_foreign_trade_moves_nothing() -> None:
    ledger = ledger_of(opened(), intended(), filled(40, client_id=ClientId("web-1")))
    assert ledger.held(POSITION).left == 0


@pytest.mark.parametrize(
    ("news", "state"),
    [
        ([answered(OrderState.UNKNOWN)], OrderState.UNKNOWN),
        ([answered(OrderState.OPEN), answered(OrderState.UNKNOWN)], OrderState.OPEN),
        ([reported(OrderState.CANCELED, client_id=NAME)], OrderState.CANCELED),
        (
            [
                reported(OrderState.CANCELED, client_id=NAME),
                reported(OrderState.OPEN, client_id=NAME),
            ],
            OrderState.CANCELED,
        ),
        ([answered(OrderState.REJECTED)], OrderState.REJECTED),
        ([filled(100, client_id=NAME)], OrderState.FILLED),
        ([filled(99, client_id=NAME)], OrderState.OPEN),
        (
            [reported(OrderState.CANCELED, 40, client_id=NAME), filled(100, client_id=NAME)],
            OrderState.FILLED,
        ),
    ],
)
def test_a_weaker_word_never_takes_back_a_stronger_one(
    news: list[LedgerEvent], state: OrderState
) -> None:
    assert record_of(*news).state is state
    assert record_of(*reversed(news)).state is state


def test_an_order_that_was_not_found_and_shows_up_after_all_is_open_again() -> None:
    gone = answered(OrderState.REJECTED, note="not found there after 30 s")
    assert record_of(gone, reported(OrderState.OPEN, client_id=NAME)).state is OrderState.OPEN
    assert record_of(gone, filled(40, client_id=NAME)).state is OrderState.OPEN
    whole = record_of(gone, filled(100, client_id=NAME))
    assert (whole.state, whole.filled) == (OrderState.FILLED, wad(100))


def test_what_a_venue_itself_rejected_stays_rejected() -> None:
    refused = reported(OrderState.REJECTED, client_id=NAME)
    assert record_of(refused, reported(OrderState.OPEN, client_id=NAME)).state is (
        OrderState.REJECTED
    )


def test_a_late_trade_of_a_cancelled_order_is_booked() -> None:
    ledger = ledger_of(
        opened(), intended(), reported(OrderState.CANCELED, client_id=NAME), filled(40)
    )
    assert ledger.orders[NAME].state is OrderState.CANCELED
    assert ledger.held(POSITION).left == wad(40)


def test_what_the_venue_says_was_filled_is_expected_until_its_trades_are_heard() -> None:
    ledger = ledger_of(opened(), intended(), reported(OrderState.FILLED, 100, client_id=NAME))
    record = ledger.orders[NAME]
    assert (record.filled, record.missing, record.outstanding) == (0, wad(100), wad(100))
    assert ledger.held(POSITION).on_entry == wad(100)
    ledger.apply(filled(100))
    assert ledger.orders[NAME].outstanding == 0
    assert ledger.held(POSITION).on_entry == 0


def test_nothing_of_a_rejected_order_is_on_order() -> None:
    ledger = ledger_of(opened(), intended(), answered(OrderState.REJECTED))
    assert ledger.held(POSITION).on_entry == 0


def test_an_exit_on_order_is_told_apart_from_an_entry_on_order() -> None:
    ledger = ledger_of(opened(), intended(), filled(60, client_id=NAME), intended(EXIT))
    assert ledger.held(POSITION).on_entry == wad(40)
    assert ledger.held(POSITION).on_exit == wad(40)


def test_a_position_is_open_until_it_is_closed_and_again_after_a_late_trade() -> None:
    ledger = ledger_of(opened(), intended(), closed())
    assert ledger.open_positions == ()
    assert ledger.held(POSITION).closed_at == START
    ledger.apply(filled(40, client_id=NAME))
    assert ledger.open_positions == (POSITION,)
    assert ledger.held(POSITION).closed_at is None
    assert not ledger.apply(closed()), "the old closing says nothing of the late trade"
    assert ledger.apply(closed("dust"))
    assert ledger.open_positions == ()


def test_a_position_that_was_never_opened_holds_nothing_that_could_be_told() -> None:
    with pytest.raises(KeyError):
        ledger_of(intended()).held(POSITION)


def test_the_next_id_is_the_same_until_that_order_is_written_down() -> None:
    ledger = ledger_of(opened())
    first = ledger.next_id(POSITION, Purpose.ENTRY)
    assert first == ledger.next_id(POSITION, Purpose.ENTRY) == NAME
    ledger.apply(intended())
    assert ledger.next_id(POSITION, Purpose.EXIT) == EXIT.client_id


def test_the_next_id_spares_numbers_that_only_the_venue_knows_of() -> None:
    ledger = ledger_of(opened(), filled(40, client_id=order_of(5).client_id))
    assert ledger.next_id(POSITION, Purpose.ENTRY) == order_of(6).client_id


def test_pause_freeze_and_resume_are_obeyed_in_their_order() -> None:
    ledger = ledger_of(
        Commanded(command="pause", at=Nanos(1)), Commanded(command="freeze", at=Nanos(2))
    )
    assert (ledger.is_paused, ledger.is_frozen) == (True, True)
    ledger.apply(Commanded(command="resume", at=Nanos(3)))
    assert (ledger.is_paused, ledger.is_frozen) == (False, False)


def test_a_command_that_is_not_understood_pauses() -> None:
    assert ledger_of(Commanded(command="stand on one leg", at=START)).is_paused


def test_flattening_everything_means_what_is_open_then() -> None:
    command = Commanded(command="flatten", by="operator", at=START)
    assert ledger_of(opened(), command).flatten_requests == {POSITION: command}
    assert ledger_of(command, opened()).flatten_requests == {}
    assert ledger_of(opened(), command, closed()).flatten_requests == {}


def test_flattening_one_position_is_asked_of_that_one() -> None:
    command = Commanded(command="flatten", subject=POSITION, at=START)
    assert set(ledger_of(opened(), command).flatten_requests) == {POSITION}


def test_decisions_are_kept_by_their_sort() -> None:
    said = Decided(what="ramp", subject="", detail="step 1", at=START)
    ledger = ledger_of(said, Decided(what="refused", subject=NAME, detail="cap", at=START))
    assert ledger.decided("ramp") == (said,)
    assert ledger.decided("alert") == ()


def test_of_very_many_decisions_the_newest_are_kept() -> None:
    ledger = ledger_of(
        *(Decided(what="refused", subject=str(n), detail="cap", at=START) for n in range(10_100))
    )
    kept = ledger.decided("refused")
    assert (len(kept), kept[0].subject, kept[-1].subject) == (10_000, "100", "10099")
