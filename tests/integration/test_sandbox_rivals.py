"""Rivals with known ways: what is learnt against them is what they do, on a chain of their own."""

from pathlib import Path

import numpy as np
import pytest
from eth_account.signers.local import LocalAccount
from relay_world import RelayWorld, count_call
from support.desk import Desk, undone

from bot.domain.assets import USDC
from bot.domain.builders import Builder
from bot.domain.messages import Fate as OurFate
from bot.domain.units import BPS, GWEI, Address, Bps, Raw, Wei
from bot.domain.venues import CURVE_SUSD
from bot.execution.calldata import encode_execute
from bot.execution.signing import Operator, TransactionFields
from bot.sandbox.anvil import Anvil
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.faucet import balance_of
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RELAY_NAME
from bot.sandbox.rivals import Gap, Rival, RivalBid, TipPolicy
from bot.sandbox.world import World
from bot.strategy.tip_learning import TipLearner, TipParameters

pytestmark = pytest.mark.anvil

VALUE = Wei(10**17)
VALUE_USD = 3_000.0
POLICIES = {
    "steady": TipPolicy(least_bps=Bps(3_000), most_bps=Bps(6_000)),
    "greedy": TipPolicy(least_bps=Bps(500), most_bps=Bps(2_000)),
    "rare": TipPolicy(least_bps=Bps(7_000), most_bps=Bps(9_000), there_bps=Bps(1_500)),
}
BLOCKS, SETTLED = 400, 200
GAS = 3_000_000


def landing(share: Bps) -> float:
    """Return how often a share is above every rival's."""
    return float(np.prod([policy.wins(share) for policy in POLICIES.values()]))


@pytest.mark.deep
def test_landing_rates_are_learnt_from_blocks_and_the_share_comes_near_the_best(
    bare_chain: Anvil,
) -> None:
    learner = TipLearner(TipParameters(), np.random.default_rng(7))
    kept = []
    with start_relay(bare_chain.url) as relay:
        world = RelayWorld(bare_chain.url, relay)
        reach = [Builder(name=RELAY_NAME, url=relay.url)]
        rivals = [Rival(world.rpc, name, one, reach, seed=11) for name, one in POLICIES.items()]
        us, sender, counter, nonce = world.account(), world.sender(), world.counter(), 0
        for count in range(BLOCKS):
            gap, target = _counted(counter, count), world.head() + 1
            share = learner.choose(VALUE_USD)
            bids = [bid for rival in rivals if (bid := rival.compete(gap, target)) is not None]
            ours = sender.send(gap.close(us, nonce, Wei(VALUE * share // BPS)), target)
            won = {one.bundle_hash: one.fate for one in relay.build().outcomes}
            if won[ours.bundle_hash] is Fate.INCLUDED:
                nonce += 1
                learner.won(VALUE_USD, share)
                kept.append(1 - share / BPS)
            else:
                learner.lost(VALUE_USD, max(bid.share for bid in bids))
                kept.append(0.0)
        for rival in rivals:
            rival.close()
        world.rpc.close()
    best = max(landing(Bps(share)) * (1 - share / BPS) for share in range(500, 9_500, 50))
    assert float(np.mean(kept[SETTLED:])) >= 0.8 * best
    for share in (Bps(2_500), Bps(4_500), Bps(6_200)):
        assert learner.landing(VALUE_USD, share) == pytest.approx(landing(share), abs=0.15)


def _counted(counter: str, count: int) -> Gap:
    def close(account: LocalAccount, nonce: int, payment: Wei) -> bytes:
        return count_call(account, nonce, counter, count, value=payment)

    return Gap(value=VALUE, close=close)


@pytest.mark.parametrize(("share", "ours"), [(9_000, False), (1, True)])
def test_a_rival_with_an_executor_of_its_own_takes_our_gap_if_it_pays_more(
    world: World, tmp_path: Path, share: int, *, ours: bool
) -> None:
    with undone(world):
        policy = TipPolicy(least_bps=Bps(share), most_bps=Bps(share))
        reach = [Builder(name=RELAY_NAME, url=world.relay.url)]
        rival = Rival(world.rpc, f"at {share}", policy, reach, seed=1)
        treasury = Address(rival.account.address)
        executor = world.deploy_executor(treasury, rival.account)
        desk = Desk(world, tmp_path / "journal.sqlite")
        desk.hit(CURVE_SUSD, USDC, Raw(3_000_000 * 10**6))
        _, ticket = desk.send()
        plan = ticket.plan

        def close(account: LocalAccount, nonce: int, payment: Wei) -> bytes:
            fields = TransactionFields(
                chain_id=1,
                nonce=nonce,
                to=executor,
                data=encode_execute(plan),
                gas_limit=GAS,
                max_fee_per_gas=Wei(payment // ticket.gas_used + 1_000 * GWEI),
                priority_fee_per_gas=Wei(payment // ticket.gas_used),
            )
            return Operator(account).sign(fields).raw

        bid = rival.compete(Gap(value=Wei(10 * VALUE), close=close), ticket.target_block)
        assert isinstance(bid, RivalBid)
        built = desk.build()
        assert sorted(one.fate for one in built) == [Fate.INCLUDED, Fate.REVERTED_IN_SIMULATION]
        (settled,) = desk.look().settled
        assert (settled.fate is OurFate.INCLUDED) is ours
        assert (balance_of(world.rpc, plan.token, treasury) > 0) is not ours
        rival.close()
