"""Strangers trade at random everywhere; whatever the market is then, plans come out as planned."""

from pathlib import Path

import pytest
from support.desk import Desk

from bot.domain.assets import BY_SYMBOL
from bot.domain.messages import Fate, Refusal, Ticket
from bot.domain.venues import Venue
from bot.sandbox.crowd import Crowd
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil
ROUNDS, TRADES = 8, 6
MOST_COINS = 3_000_000.0
MOVABLE = (Venue.CURVE, Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_plan_in_a_restless_market_is_confirmed_and_earns_what_it_said(
    world: World, tmp_path: Path, seed: int
) -> None:
    desk = Desk(world, tmp_path / "journal.sqlite")
    pools = [spec for spec in desk.look().book.pools if spec.venue in MOVABLE]
    crowd = Crowd(world.rpc, pools, seed)
    world.relay.build()
    landed, venues = 0, set[Venue]()
    for _ in range(ROUNDS):
        for _ in range(TRADES):
            crowd.trade_somewhere(MOST_COINS)
        world.relay.build()
        before = desk.holdings()
        decision = desk.look().decision
        if not isinstance(decision, Ticket):
            assert decision.refusal in (Refusal.NO_GAP, Refusal.BELOW_COST), decision.line
            continue
        desk.build()
        (settled,) = desk.look().settled
        assert (settled.fate, settled.profit) == (Fate.INCLUDED, decision.plan.profit)
        gained = {key: held - before[key] for key, held in desk.holdings().items()}
        assert gained.pop(("treasury", decision.plan.token.symbol)) == settled.profit
        for (who, symbol), rest in gained.items():
            assert (
                0 <= rest < (10 ** BY_SYMBOL[symbol.upper()].decimals if who == "treasury" else 1)
            )
        landed += 1
        venues |= {leg.pool.venue for leg in decision.plan.swaps}
    assert landed >= ROUNDS // 2
    assert len(venues) >= 4
