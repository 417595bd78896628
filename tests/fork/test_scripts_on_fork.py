"""Scripts that trade, through ape: a shock is arbitraged for exactly what was simulated."""

from pathlib import Path

import pytest
from fakes.loopback_kraken import LoopbackKraken
from fork.conftest import Script, answer
from support.builders import building, bundle_out

from bot.config import OPERATOR_KEY
from bot.domain.assets import BY_SYMBOL, USDC
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_SUSD
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World

pytestmark = [pytest.mark.fork, pytest.mark.anvil]
SHOCK = Raw(9_000_000 * 10**6)


@pytest.fixture
def executor(fork_world: World) -> Address:
    """The executor of the operator whose key is in the environment."""
    return fork_world.executor


def test_a_shock_is_seen_simulated_and_closed_for_the_same_profit(
    script: Script, fork_world: World, executor: Address, journal: Path
) -> None:
    quiet = answer(script("monitor", "--blocks", "1", "--json"))
    fork_world.mined(shock(fork_world.rpc, CURVE_SUSD, USDC, SHOCK))
    seen = answer(script("monitor", "--blocks", "1", "--json"))
    assert quiet["pays"] is False
    assert seen["pays"] is True
    assert float(str(seen["gap_bps"])) > 100 > float(str(quiet["gap_bps"]))

    simulated = answer(script("simulate", "--executor", executor, "--json"))
    profit = simulated["profit"]
    assert isinstance(profit, dict)
    token = BY_SYMBOL[profit["token"].upper()]
    before = balance_of(fork_world.rpc, token, fork_world.treasury)

    bundle = ("--relay", fork_world.relay.url, "--journal", str(journal))
    with building(fork_world, bundle_out(journal)):
        found = answer(script("submit", "--executor", executor, *bundle, "--json"))
    assert found["included"] is True
    assert found["profit_raw"] == profit["raw"]
    assert balance_of(fork_world.rpc, token, fork_world.treasury) - before == profit["raw"]

    left = answer(script("monitor", "--blocks", "1", "--json"))
    assert float(str(left["gap_bps"])) < float(str(seen["gap_bps"]))


def test_what_is_simulated_is_told_leg_by_leg_to_people(
    script: Script, fork_world: World, executor: Address
) -> None:
    fork_world.mined(shock(fork_world.rpc, CURVE_SUSD, USDC, SHOCK))
    told = script("simulate", "--executor", executor).stdout
    for word in (
        "leg 1",
        "leg 2",
        "funding",
        "stake",
        "profit",
        "gas",
        "net",
        "nothing was sent",
    ):
        assert word in told
    assert "confirmed to the base unit by: pyrevm, the node" in told


def test_monitor_shows_an_exchange_beside_the_pools(script: Script) -> None:
    with LoopbackKraken() as kraken:
        chosen = ("--exchange", "kraken", "--exchange-url", kraken.url, "--pair", "USDC/USD")
        view = answer(script("monitor", "--blocks", "1", "--json", *chosen))
    prices = view["prices"]
    assert isinstance(prices, list)
    assert prices[-1] == {
        "venue": "kraken",
        "asset": "USDC",
        "currency": "USD",
        "bid": 0.9999,
        "ask": 1.0001,
        "problem": "",
    }
    assert {price["venue"] for price in prices} > {CURVE_SUSD.name, "kraken"}


def test_submit_without_a_key_names_the_variable(
    script: Script, executor: Address, journal: Path
) -> None:
    bundle = ("--executor", executor, "--journal", str(journal))
    found = script("submit", *bundle, **{OPERATOR_KEY: ""})
    assert found.exit_code == 1
    assert f"no key: set {OPERATOR_KEY}" in found.stderr
    assert not journal.exists()


def test_submit_to_a_relay_that_refuses_says_so_and_exits_1(
    script: Script, fork_world: World, executor: Address, journal: Path
) -> None:
    fork_world.mined(shock(fork_world.rpc, CURVE_SUSD, USDC, SHOCK))
    fork_world.relay.misbehave(Faults(kind=FaultKind.SIGNATURE_REFUSED))
    bundle = ("--relay", fork_world.relay.url, "--journal", str(journal))
    found = script("submit", "--executor", executor, *bundle)
    fork_world.relay.misbehave(Faults())
    assert found.exit_code == 1
    assert "signature" in found.stderr.splitlines()[-1]


def test_submit_to_a_relay_that_is_not_there_says_so_and_exits_1(
    script: Script, fork_world: World, executor: Address, journal: Path
) -> None:
    fork_world.mined(shock(fork_world.rpc, CURVE_SUSD, USDC, SHOCK))
    bundle = ("--relay", "http://127.0.0.1:9", "--journal", str(journal))
    found = script("submit", "--executor", executor, *bundle)
    assert found.exit_code == 1
    assert "nothing sent: relay of every builder is not available" in found.stdout
    assert "http://127.0.0.1:9 is not available" in found.stdout


@pytest.mark.parametrize("name", ["monitor", "simulate"])
def test_another_chain_is_named(script: Script, name: str) -> None:
    with Anvil(AnvilOptions(chain_id=5)) as other:
        found = script(name, APE_FOUNDRY_HOST=other.url)
    assert found.exit_code == 1
    assert "serves chain 5, expected 1" in found.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["simulate", "submit"])
def test_a_missing_executor_is_named(script: Script, name: str) -> None:
    found = script(name)
    assert found.exit_code == 1
    assert "no executor: deploy one with `ape run deploy`" in found.stderr
