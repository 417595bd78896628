"""Who is sent bundles: nobody unless named, nothing away from a play chain, tokens from outside."""

from pathlib import Path

import msgspec
import pytest
from eth_account import Account
from fakes.loopback import fake_node

from bot.chain.rpc import RpcClient
from bot.config import Config, RelayConfig, load_config
from bot.domain.builders import BUILDERS, Builder, Cancel, Dialect
from bot.domain.errors import BadConfiguration, RepegError
from bot.execution.builder_choice import BuilderChoice, token_name, tokens_of
from bot.execution.bundles import FlashbotsRelay
from bot.execution.fan_out import FanOut
from bot.relay_app import open_relay

ACCOUNT = Account.from_key("0x" + "11" * 32)
HERE, AWAY = "http://127.0.0.1:9", "https://us.rpc.titanbuilder.xyz"
REAL_RELAY = "https://relay.flashbots.net"


def settings(tmp_path: Path, text: str) -> BuilderChoice:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return load_config(path).builders


def opened(choice: BuilderChoice, client: str = "Geth/v1.15", relay: str = REAL_RELAY) -> object:
    """Return what bundles go to, or the error."""
    config = Config(relay=RelayConfig(url=relay), builders=choice)
    with fake_node({"web3_clientVersion": lambda: client}) as node:
        rpc = RpcClient(node.url, timeout_s=2.0)
        try:
            way = open_relay(config, ACCOUNT, rpc)
        except RepegError as error:
            return error
        finally:
            rpc.close()
        way.close()
        return way


def test_nobody_but_the_relay_is_sent_to_unless_named() -> None:
    assert Config().builders.chosen == ()
    assert isinstance(opened(BuilderChoice()), FlashbotsRelay)
    assert isinstance(opened(BuilderChoice(send_to=("Titan",))), FanOut)


def test_names_are_looked_up_and_own_builders_come_with_their_dialect(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        """
        [builders]
        send_to = ["flashbots", "Titan", "Quasar"]
        multiplex = ["Titan", "EigenPhi"]
        refund_percent = 90
        [[builders.more]]
        name = "titan in Europe"
        url = "https://eu.rpc.titanbuilder.xyz"
        [builders.more.dialect]
        refunds = true
        cancel = "not at all"
        """,
    )
    assert [one.name for one in found.chosen] == ["Titan", "Quasar", "titan in Europe"]
    assert found.chosen[0] in BUILDERS
    assert found.chosen[2].dialect == Dialect(refunds=True, cancel=Cancel.NONE)
    assert found.multiplex == ("Titan", "EigenPhi")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('send_to = ["titan"]', "knows no 'titan'; it is one of flashbots, BuilderNet, Titan"),
        ("refund_percent = 100", "<= 99"),
        ("timeout_s = 0", "> 0"),
        ('multiplex = [""]', "length"),
        ('[[builders.more]]\nname = "flashbots"\nurl = "http://127.0.0.1"', "there twice"),
        ('send_to = ["Quasar"]\n[[builders.more]]\nname = "Quasar"\nurl = "http://x"', "twice"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_reason(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadConfiguration, match=why):
        settings(tmp_path, f"[builders]\n{text}\n")


def test_play_bundles_never_leave_the_machine() -> None:
    away = BuilderChoice(send_to=("Titan",))
    for found in (
        opened(away, relay=HERE),
        opened(away, client="anvil/v1.3.0"),
        opened(away, client="HardhatNetwork/2.22"),
    ):
        assert isinstance(found, BadConfiguration)
        assert f"Titan leads to {AWAY}, but bundles stay on this machine" in str(found)
    home = BuilderChoice(more=(Builder(name="neighbour", url=HERE),))
    assert isinstance(opened(home, client="anvil/v1.3.0", relay=HERE), FanOut)


def test_a_real_node_on_this_machine_may_be_sent_away_from() -> None:
    assert isinstance(opened(BuilderChoice(send_to=("Titan",)), client="reth/v1.4"), FanOut)


def test_a_builder_that_wants_a_token_takes_it_from_the_environment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (builder,) = (one for one in BUILDERS if one.dialect.authorized)
    assert token_name("b-3 x.io") == "REPEG_BUILDER_B_3_X_IO_TOKEN"
    name = token_name(builder.name)
    monkeypatch.delenv(name, raising=False)
    assert name in str(opened(BuilderChoice(send_to=(builder.name,))))
    assert tokens_of(BUILDERS, {name: " a secret "}) == {builder.name: "a secret"}


def test_the_relay_is_told_whom_it_may_pass_bundles_on_to() -> None:
    heard: list[dict[str, object]] = []

    def take(words: dict[str, object]) -> None:
        heard.append(words)

    with fake_node({"eth_sendBundle": take, "eth_cancelBundle": take}) as relay:
        for multiplex in (("Titan", "BTCS"), ()):
            way = FlashbotsRelay(relay.url, ACCOUNT, timeout_s=2.0, multiplex=multiplex)
            with pytest.raises((RepegError, TypeError)):  # it answers null
                way.send(b"\2", 7, "an id")
            with pytest.raises((RepegError, TypeError)):
                way.cancel("an id")
            way.close()
    assert [words.get("builders") for words in heard] == [["Titan", "BTCS"], None, None, None]


def test_a_choice_is_kept_as_it_was_made() -> None:
    choice = BuilderChoice(send_to=("Titan",), refund_percent=0)
    assert msgspec.convert(msgspec.to_builtins(choice), BuilderChoice) == choice
