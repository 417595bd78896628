"""Two legs under bad luck: parts of every size, answers that are late, a chain that takes back."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.entry_cases import wad
from support.hedge_cases import SENT, leg, place_of, plan_of

from bot.domain.orders import OrderSide, Purpose
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.strategy.hedge_legs import Close, Finished, Legs, SendFirst, next_step
from bot.strategy.hedge_plans import HedgePlan, least_of

STEP_S = 1


class World:
    """The chain and the exchange, second by second."""

    def __init__(self, plan: HedgePlan, luck: st.DataObject) -> None:
        self.plan, self.luck = plan, luck
        self.legs = Legs()
        self.now = SENT
        self.sent: list[Close] = []
        self.paid_usd = 0  # wad of dollars, less what was received

    def wait(self, seconds: int = STEP_S) -> None:
        self.now = Nanos(self.now + seconds * NANOS_PER_S)

    def set(self, **changed: object) -> None:
        self.legs = msgspec.structs.replace(self.legs, **changed)

    def fill_first(self) -> None:
        share = self.luck.draw(st.sampled_from((0, 1, 37, 99, 100)), "filled on chain, %")
        filled = Wad(self.plan.first.amount * share // 100)
        self.set(filled=filled, filled_at=self.now if filled else None)
        self.paid_usd += filled * self.plan.first.price // WAD

    def fill(self, close: Close, share: int) -> None:
        self.sent.append(close)
        amount = Wad(close.order.amount * share // 100)
        amount = Wad(amount - amount % self.plan.rules.step)
        sells = close.order.side is OrderSide.SELL
        worth = amount * close.order.price // WAD  # at the worst price that it allows
        fee = worth * 10 // 10_000
        self.paid_usd += fee + (-worth if sells else worth)
        self.set(closed=Wad(self.legs.closed + (amount if sells else -amount)))

    @property
    def exposure_usd(self) -> int:
        """What stands alone, at the dearest price that any leg may have."""
        dearest = max(self.plan.first.price, self.plan.undo_price, self.plan.hedge.price)
        return abs(self.legs.alone) * dearest // WAD


@given(st.data(), st.floats(0.9, 0.99))
@settings(max_examples=300)
def test_a_leg_alone_is_never_more_than_was_set_aside_and_ends_in_time(
    luck: st.DataObject, price: float
) -> None:
    plan = plan_of(leg(price=round(price, 4)))
    world = World(plan, luck)
    first = next_step(plan, world.legs, world.now)
    assert isinstance(first, SendFirst)
    world.set(is_sent=True)
    world.wait()
    world.fill_first()
    world.set(is_final=True)
    undone_at = luck.draw(st.integers(1, 40), "the chain takes it back after so many seconds")
    takes_back = luck.draw(st.booleans(), "it does")
    for second in range(60):
        if takes_back and second == undone_at:
            world.paid_usd -= world.legs.filled * plan.first.price // WAD
            world.set(filled=Wad(0))
        step = next_step(plan, world.legs, world.now)
        if isinstance(step, Close):
            assert takes_back or not step.is_overdue
            # parts of every size while there is time; a hurried order takes what it needs
            hurries = step.purpose is Purpose.FLATTEN
            share = luck.draw(st.integers(60, 100) if hurries else st.integers(0, 99))
            world.fill(step, share)
        assert world.exposure_usd <= plan.exposure_usd
        world.wait()
    end = next_step(plan, world.legs, world.now)
    assert isinstance(end, Finished)
    assert abs(end.dust) < least_of(plan.rules, plan.close_price)
    dust_usd = abs(end.dust) * plan.undo_price // WAD
    assert world.paid_usd - dust_usd <= plan.worst_loss_usd


@given(st.data())
@settings(max_examples=200)
def test_whatever_is_filled_nothing_is_closed_twice(luck: st.DataObject) -> None:
    world = World(plan_of(), luck)
    world.set(is_sent=True)
    world.fill_first()
    for _ in range(40):
        is_final = luck.draw(st.booleans())
        world.set(is_final=is_final or world.legs.is_final)
        world.set(is_busy=luck.draw(st.booleans()))  # its answer is still out
        step = next_step(world.plan, world.legs, world.now)
        assert not (world.legs.is_busy and isinstance(step, Close))
        if isinstance(step, Close):
            assert 0 < step.order.amount <= abs(world.legs.alone)
            assert step.order.amount % world.plan.rules.step == 0
            before = abs(world.legs.alone)
            world.fill(step, luck.draw(st.integers(1, 100)))
            assert 0 <= world.legs.alone <= before
        world.wait()


@given(st.integers(1, 99), st.integers(0, 30))
def test_any_part_of_a_hedge_leaves_the_rest_to_be_closed(percent: int, now_s: int) -> None:
    plan = plan_of(place=place_of((0.98, 20_000)))
    closed = Wad(wad(10_000) * percent // 100)
    legs = Legs(is_sent=True, is_final=True, filled=wad(10_000), filled_at=SENT, closed=closed)
    step = next_step(plan, legs, Nanos(SENT + now_s * NANOS_PER_S))
    assert isinstance(step, Close)
    assert step.order.amount == wad(10_000) - closed
    assert (step.purpose is Purpose.HEDGE) is (now_s <= 10)
