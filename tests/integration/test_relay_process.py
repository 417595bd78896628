"""The relay's process: its clock, its start, its end and its log."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import urllib3
from relay_world import RelayWorld, transfer

from bot.chain.artifacts import PROJECT_ROOT
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeUnreachable
from bot.operations.heads import latest_head
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.relay import ChildFailed, start_relay
from bot.sandbox.relay_options import RelayOptions

pytestmark = pytest.mark.anvil
_HASHES_ONLY = False


def test_blocks_come_on_time_with_nothing_to_put_in_them(relay_world: RelayWorld) -> None:
    head = relay_world.head()
    with start_relay(relay_world.node_url, RelayOptions(block_time_s=0.2)) as relay:
        timed = RelayWorld(relay_world.node_url, relay)
        deadline = time.monotonic() + 20
        while relay_world.head() < head + 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        raw = transfer(relay_world.account(), 0)
        target = relay_world.head() + 3
        receipt = timed.sender().send(raw, target)
        while relay_world.head() < target and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.1)
        outcome = timed.fate_of(receipt.bundle_hash)

    assert outcome.fate is Fate.INCLUDED
    assert relay_world.block(target) == [receipt.transaction_hash]


def test_each_block_is_a_slot_after_its_parent_on_a_state_of_any_age() -> None:
    with (
        start_local_mainnet(no_mining=True, order_fifo=True) as chain,
        start_relay(chain.url) as relay,
        closing(RpcClient(chain.url)) as rpc,
    ):
        head_s = latest_head(rpc).timestamp_s
        snapshot = rpc.call("evm_snapshot")
        built = [relay.build().timestamp for _ in range(3)]
        rpc.call("evm_revert", snapshot)
        pending = rpc.call("eth_getBlockByNumber", "pending", _HASHES_ONLY)
        built.append(relay.build().timestamp)

    assert [one - head_s for one in built] == [12, 24, 36, 12]
    assert int(pending["timestamp"], 16) - head_s == 12


def test_the_log_tells_each_bundles_end_and_no_key(relay_world: RelayWorld, tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    with start_relay(relay_world.node_url, RelayOptions(log_path=str(log))) as relay:
        logged = RelayWorld(relay_world.node_url, relay)
        receipt = logged.sender().send(transfer(logged.account(), 0), logged.head() + 1)
        relay.build()
    events = [json.loads(line) for line in log.read_text().splitlines()]

    assert [one["event"] for one in events] == [
        "bundle_received",
        "bundle_included",
        "block_built",
    ]
    assert events[1]["bundle_hash"] == receipt.bundle_hash


def test_stop_frees_the_port_and_a_second_stop_does_nothing(relay_world: RelayWorld) -> None:
    relay = start_relay(relay_world.node_url)
    relay.stop()
    relay.stop()

    with pytest.raises(ChildFailed):
        relay.outcomes()


def test_a_hanging_request_does_not_hold_up_the_stop(relay_world: RelayWorld) -> None:
    relay = start_relay(relay_world.node_url)
    address = urllib3.util.parse_url(relay.url)
    with socket.create_connection((address.host, address.port)) as half_sent:
        half_sent.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        started = time.monotonic()
        relay.stop()

    assert time.monotonic() - started < 3


def test_an_unreachable_node_is_named() -> None:
    with pytest.raises(NodeUnreachable, match=r"http://127\.0\.0\.1:1 "):
        start_relay("http://127.0.0.1:1")


def test_a_node_that_orders_by_fee_is_refused() -> None:
    with (
        Anvil(AnvilOptions(no_mining=True)) as anvil,
        pytest.raises(BadConfiguration, match="--order fifo"),
    ):
        start_relay(anvil.url)


def test_a_taken_port_is_named(relay_world: RelayWorld) -> None:
    port = int(relay_world.relay.url.rpartition(":")[2])

    with pytest.raises(BadConfiguration, match=str(port)):
        start_relay(relay_world.node_url, RelayOptions(port=port))


def test_the_relay_dies_with_a_parent_that_is_killed(relay_world: RelayWorld) -> None:
    program = (
        "import sys, time; from bot.sandbox.relay import start_relay;"
        " relay = start_relay(sys.argv[1]); print(relay.url, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, relay_world.node_url],
        stdout=subprocess.PIPE,
        cwd=PROJECT_ROOT,
        text=True,
    )
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert urllib3.request("GET", f"{url}/admin/outcomes", retries=False).status == 200
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert gone_within(10.0, url)


def gone_within(seconds: float, url: str) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib3.request("GET", f"{url}/admin/outcomes", retries=False)
        except urllib3.exceptions.HTTPError:
            return True
        time.sleep(0.05)
    return False
