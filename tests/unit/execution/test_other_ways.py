"""Settings of private transactions and backruns: off by default, at home on a play chain."""

from pathlib import Path

import msgspec
import pytest
from eth_account import Account
from fakes.engine_parts import OPERATOR, world_of
from fakes.loopback import fake_node

from bot.backrun_app import OwnParts, with_backruns
from bot.chain.rpc import RpcClient
from bot.config import Config, load_config
from bot.domain.errors import BadConfiguration
from bot.execution.mev_share_options import MevShareOptions
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

AWAY = "https://mev-share.flashbots.net"


def settings(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return load_config(path)


def test_both_are_off_until_they_are_asked_for() -> None:
    assert (Config().builders.send_as, Config().mev_share.stream) == ("bundle", "")


def test_a_private_transaction_shares_its_hash_alone_and_lives_for_one_block(
    tmp_path: Path,
) -> None:
    found = settings(tmp_path, '[builders]\nsend_as = "private"\n').builders.private
    assert (found.blocks, found.fast, found.hints) == (1, False, ("hash",))


@pytest.mark.parametrize(
    "text",
    [
        '[builders]\nsend_as = "public"\n',
        '[builders]\nsend_as = "private"\nsend_to = ["Titan"]\n',
        '[builders]\nsend_as = "private"\nmultiplex = ["Titan"]\n',
        "[builders.private]\nblocks = 0\n",
        "[builders.private]\nblocks = 26\n",
        '[builders.private]\nhints = ["everything"]\n',
        '[builders.private]\nrefunds = [{ address = "0x12", percent = 5 }]\n',
        "[mev_share]\nblocks = 26\n",
        "[mev_share]\nrefund_percent = 101\n",
        '[mev_share]\nstream = "mev-share.flashbots.net"\n',
        '[mev_share]\nurl = "file:///etc"\n',
        "[mev_share]\nsilence_s = 0.0\n",
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadConfiguration):
        settings(tmp_path, text)


def test_more_than_all_of_a_refund_cannot_be_given_away(tmp_path: Path) -> None:
    one = '{ address = "0x' + "ad" * 20 + '", percent = 60 }'
    with pytest.raises(BadConfiguration, match="99 percent"):
        settings(tmp_path, f"[builders.private]\nrefunds = [{one}, {one}]\n")


def test_backruns_of_a_play_node_stay_on_this_machine(tmp_path: Path) -> None:
    config = msgspec.structs.replace(Config(), mev_share=MevShareOptions(stream=AWAY, url=AWAY))
    with (
        world_of(tmp_path / "journal.sqlite") as world,
        fake_node({"web3_clientVersion": lambda: "anvil/v1.2"}) as node,
    ):
        rpc = RpcClient(node.url, timeout_s=2.0)
        own = OwnParts(
            rpc=rpc,
            planner=ExecutionPlanner((), StrategyParameters()),
            operator=OPERATOR,
            identity=Account.create(),
        )
        parts = world.engine._parts
        with pytest.raises(BadConfiguration, match="mev_share leads to"):
            with_backruns(config, parts, own)
        assert with_backruns(Config(), parts, own) is parts
        rpc.close()
