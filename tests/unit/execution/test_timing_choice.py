"""Which clock the bot goes by: mainnet's slots with a real node, heads on a play chain."""

from pathlib import Path

import pytest
from eth_account import Account
from fakes.engine_parts import head_of
from fakes.loopback import fake_node

from bot.chain.rpc import RpcClient
from bot.config import Config, RelayConfig, load_config
from bot.domain.errors import BadConfiguration
from bot.execution.bundles import FlashbotsRelay
from bot.execution.fan_out import FanOut
from bot.execution.slot_clock import TimingOptions
from bot.relay_app import open_relay, open_times

ACCOUNT = Account.from_key("0x" + "66" * 32)
AWAY, HERE = "https://relay.flashbots.net", "http://127.0.0.1:9"


def goes_by_heads(client: str, relay: str, timing: TimingOptions | None = None) -> bool:
    """Return whether a head of any time will do."""
    config = Config(relay=RelayConfig(url=relay), timing=timing or TimingOptions())
    with fake_node({"web3_clientVersion": lambda: client}) as node:
        rpc = RpcClient(node.url, timeout_s=5.0)
        times = open_times(config, rpc)
        rpc.close()
    try:
        with times.deciding(head_of(1)):  # at no beginning of a slot since mainnet's genesis
            return True
    except BadConfiguration:
        return False
    finally:
        times.close()


@pytest.mark.parametrize(
    ("client", "relay", "by_heads"),
    [
        ("Geth/v1.15", AWAY, False),
        ("reth/v1.4", AWAY, False),
        ("anvil/v1.3.0", AWAY, True),
        ("Geth/v1.15", HERE, True),
    ],
)
def test_slots_are_mainnets_unless_node_or_relay_are_play(
    client: str, relay: str, *, by_heads: bool
) -> None:
    assert goes_by_heads(client, relay) is by_heads


def test_what_is_configured_counts_whatever_the_node_is() -> None:
    assert goes_by_heads("Geth/v1.15", AWAY, TimingOptions(genesis_s=0))
    assert not goes_by_heads("anvil/v1.3.0", HERE, TimingOptions(genesis_s=1_606_824_023))


def config_of(folder: Path, text: str) -> Config:
    path = folder / "settings.toml"
    path.write_text(text)
    return load_config(path)


def test_a_time_is_for_somebody_who_is_sent_to(tmp_path: Path) -> None:
    known = '[builders]\nsend_to = ["Titan"]\n[timing.send_at_ms]\nTitan = 9000\nflashbots = 100\n'
    assert config_of(tmp_path, known).timing.send_at_ms == {"Titan": 9_000, "flashbots": 100}
    with pytest.raises(BadConfiguration, match="Quasar"):
        config_of(tmp_path, known.replace("flashbots = 100", "Quasar = 100"))


@pytest.mark.parametrize(
    "line",
    ["deadline_ms = 0", "deadline_ms = 12001", "late_ms = 12000", "genesis_s = -1", "most = 1"],
)
def test_times_that_are_in_no_slot_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadConfiguration):
        config_of(tmp_path, f"[timing]\n{line}\n")


def test_the_engines_relay_has_times_and_a_breaker_also_where_it_is_alone() -> None:
    config = Config(relay=RelayConfig(url=HERE))
    with fake_node({}) as node:
        rpc = RpcClient(node.url, timeout_s=5.0)
        timed = open_relay(config, ACCOUNT, rpc, times=open_times(config, rpc))
        untimed = open_relay(config, ACCOUNT, rpc)  # the wallet's
        rpc.close()
    assert isinstance(timed, FanOut)
    assert isinstance(untimed, FlashbotsRelay)
    timed.close()
    untimed.close()
