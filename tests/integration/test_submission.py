"""One decision, one bundle at most, on a real chain with a real relay, good and bad."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.builders import building, bundle_out

from bot.config import Config
from bot.domain.assets import USDC
from bot.domain.errors import (
    BadConfiguration,
    NodeUnreachable,
    OutcomeUnknown,
    RelayRefused,
    WrongChain,
)
from bot.domain.messages import Refusal
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.history.journal import Journal
from bot.operations.rehearsal import simulate_once
from bot.operations.submission import Submission, submit_once
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World, sandbox_account

pytestmark = pytest.mark.anvil
SHOCK = Raw(3_000_000 * 10**6)
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture(name="world")
def world_with_a_gap(world: World) -> Iterator[World]:
    """A world with a gap worth closing."""
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, SHOCK))
    yield world
    world.relay.misbehave(Faults())
    world.relay.build()


@pytest.fixture
def config(world: World, tmp_path: Path) -> Config:
    found = world.config(str(tmp_path / "journal.sqlite"))
    relay = msgspec.structs.replace(found.relay, timeout_s=0.5)
    node = msgspec.structs.replace(found.node, silence_s=20.0)
    return msgspec.structs.replace(found, relay=relay, node=node)


def submit(world: World, config: Config) -> Submission:
    with building(world, bundle_out(Path(config.journal))):
        return submit_once(config, world.operator, world.identity)


def nonce(world: World) -> int:
    return int(world.rpc.call("eth_getTransactionCount", world.operator.address, "latest"), 16)


def fates(config: Config) -> list[str]:
    journal = Journal(Path(config.journal))
    try:
        assert journal.unsettled() == []
        return [fate for _, fate in journal.bundles()]
    finally:
        journal.close()


def test_a_gap_is_closed_for_exactly_the_profit_that_was_simulated(
    world: World, config: Config
) -> None:
    expected = simulate_once(config)
    assert expected.profit is not None
    assert expected.stake is not None
    paid = [leg.paid for leg in expected.legs if leg.paid.token == expected.stake.token]
    assert sum(amount.raw for amount in paid) == expected.stake.raw
    token = next(t for t in CURVE_SUSD.tokens if t.symbol == expected.profit.token)
    before = balance_of(world.rpc, token, world.treasury)
    found = submit(world, config)
    assert (found.ok, found.included) == (True, True)
    assert found.block_included == found.target_block == found.block + 1
    assert found.profit_raw == expected.profit.raw == found.expected_profit_raw
    assert balance_of(world.rpc, token, world.treasury) - before == expected.profit.raw
    assert found.gas_used == expected.gas_used
    assert fates(config) == ["included"]


def test_after_the_gap_is_closed_nothing_is_sent_and_that_is_no_error(
    world: World, config: Config
) -> None:
    while submit(world, config).included:
        pass
    found = submit(world, config)
    assert (found.ok, found.included, found.transaction_hash) == (True, False, None)
    assert any(r.value in found.verdict for r in (Refusal.NO_GAP, Refusal.BELOW_COST))
    rehearsed = simulate_once(config)
    assert (rehearsed.ok, rehearsed.pays, rehearsed.legs) == (True, False, ())


@pytest.mark.parametrize("kind", [FaultKind.SIGNATURE_REFUSED])
def test_a_relay_that_refuses_ends_it_with_nothing_sent(
    world: World, config: Config, kind: FaultKind
) -> None:
    before = nonce(world)
    world.relay.misbehave(Faults(kind=kind))
    with pytest.raises(RelayRefused, match="signature"):
        submit(world, config)
    world.relay.build()
    assert nonce(world) == before
    assert fates(config) == ["refused"]


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.TOO_MANY_REQUESTS])
def test_a_relay_that_is_busy_is_reported_and_nothing_was_sent(
    world: World, config: Config, kind: FaultKind
) -> None:
    before = nonce(world)
    world.relay.misbehave(Faults(kind=kind))
    found = submit(world, config)
    assert (found.ok, found.included) == (False, False)
    assert "nothing sent" in found.verdict
    assert nonce(world) == before
    assert fates(config) == ["refused"]


@pytest.mark.parametrize(
    "kind", [FaultKind.INTERNAL_ERROR, FaultKind.HANG, FaultKind.CLOSE, FaultKind.HTML]
)
def test_a_relay_that_leaves_it_open_is_settled_by_the_target_block(
    world: World, config: Config, kind: FaultKind
) -> None:
    before = nonce(world)
    world.relay.misbehave(Faults(kind=kind))
    found = submit(world, config)
    assert (found.ok, found.included) == (False, False)
    assert f"not included in block {found.target_block}: " in found.verdict
    assert nonce(world) == before
    assert fates(config) == ["missed"]


def test_a_bundle_that_the_relay_took_without_a_word_is_found_on_chain(
    world: World, config: Config
) -> None:
    world.relay.misbehave(Faults(kind=FaultKind.HANG, takes_first=True))
    found = submit(world, config)
    assert (found.ok, found.included) == (True, True)
    assert fates(config) == ["included"]


def test_a_block_that_never_comes_leaves_the_bundle_for_the_next_run(
    world: World, config: Config
) -> None:
    node = msgspec.structs.replace(config.node, silence_s=0.3)
    impatient = msgspec.structs.replace(config, node=node)
    with pytest.raises(OutcomeUnknown, match="the next run will settle it"):
        submit_once(impatient, world.operator, world.identity)
    waiting = submit_once(impatient, world.operator, world.identity)
    assert not waiting.ok
    assert Refusal.BUNDLE_PENDING.value in waiting.verdict
    world.relay.build()
    submit(world, config)
    assert fates(config)[0] == "included"


def test_a_relay_that_is_not_there_is_reported_and_nothing_was_sent(
    world: World, config: Config
) -> None:
    relay = msgspec.structs.replace(config.relay, url=NOBODY_LISTENS)
    found = submit(world, msgspec.structs.replace(config, relay=relay))
    assert not found.ok
    assert "refused" in found.verdict
    assert fates(config) == ["refused"]


def test_a_node_that_is_not_there_is_an_error_before_anything_is_written(
    world: World, config: Config
) -> None:
    node = msgspec.structs.replace(config.node, http_url=NOBODY_LISTENS)
    with pytest.raises(NodeUnreachable, match=NOBODY_LISTENS):
        submit_once(msgspec.structs.replace(config, node=node), world.operator, world.identity)
    assert not Path(config.journal).exists()


def test_another_chain_is_an_error_before_anything_is_written(world: World, config: Config) -> None:
    with Anvil(AnvilOptions(chain_id=5)) as other:
        node = msgspec.structs.replace(config.node, http_url=other.url)
        with pytest.raises(WrongChain, match="serves chain 5, expected 1"):
            submit_once(msgspec.structs.replace(config, node=node), world.operator, world.identity)
    assert not Path(config.journal).exists()


@pytest.mark.parametrize(
    ("executor", "why"),
    [
        ("", "no executor"),
        ("0x000000000000000000000000000000000000dEaD", "no contract at"),
    ],
)
def test_an_executor_that_is_not_there_is_an_error_before_anything_is_written(
    world: World, config: Config, executor: str, why: str
) -> None:
    wrong = msgspec.structs.replace(config, executor=executor)
    with pytest.raises(BadConfiguration, match=why):
        submit_once(wrong, world.operator, world.identity)
    with pytest.raises(BadConfiguration, match="no executor"):
        simulate_once(wrong)
    assert not Path(config.journal).exists()


def test_a_stranger_to_the_executor_is_told_whose_plans_it_takes(
    world: World, config: Config
) -> None:
    stranger = type(world.operator)(sandbox_account("stranger"))
    with pytest.raises(BadConfiguration, match="takes plans from"):
        submit_once(config, stranger, world.identity)
    assert not Path(config.journal).exists()
