"""Settings: what is unknown or wrong is refused by name, before anything starts."""

from pathlib import Path

import pytest

from bot.config import Config, ExchangeConfig, NodeConfig, RelayConfig, load_config
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address
from bot.strategy.parameters import StrategyParameters

EXECUTOR = "0x" + "Ab" * 20


def written(folder: Path, text: str) -> Path:
    path = folder / "repeg.toml"
    path.write_text(text)
    return path


def test_nothing_given_means_the_defaults() -> None:
    assert load_config(None) == Config()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, f'executor = "{EXECUTOR}"\n[node]\ntimeout_s = 1.5\n')
    config = load_config(path)
    assert config.executor == EXECUTOR
    assert config.node.timeout_s == 1.5
    assert config.node.http_url == Config().node.http_url
    assert config.relay == Config().relay


def test_what_is_given_by_hand_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[node]\nhttp_url = "http://a"\nws_url = "ws://a"\n')
    config = load_config(path, executor=Address(EXECUTOR), node={"http_url": "http://b"})
    assert (config.node.http_url, config.node.ws_url) == ("http://b", "ws://a")
    assert config.executor == EXECUTOR


def test_what_is_not_given_does_not_win(tmp_path: Path) -> None:
    path = written(tmp_path, f'executor = "{EXECUTOR}"\n[node]\nhttp_url = "http://a"\n')
    config = load_config(path, executor=None, node={"http_url": None}, relay={})
    assert (config.executor, config.node.http_url) == (EXECUTOR, "http://a")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("executer = 1", "executer"),
        ("[node]\nurl = 'http://a'", "url"),
        ("[strategy]\nmax_leg = 2", "max_leg"),
        ("[node]\ntimeout_s = 'soon'", "timeout_s"),
        ("[node]\nchain_id = 1.5", "chain_id"),
        ("node = 'http://a'", "node"),
        ("[strategy]\nmax_legs = 9", "max_legs"),
        ("[node]\ntimeout_s = 0", "timeout_s"),
        ("[node]\nsilence_s = -1", "silence_s"),
        ("[relay]\ntimeout_s = 0.0", "timeout_s"),
        ("[node]\ntimeout_s = nan", "timeout_s"),
        ("executor = '0x12'", "executor"),
        ("executor = 'nonsense'", "executor"),
        ("journal = ''", "journal"),
        ("[simulation]\nsimulators = ['revm']", "lacks node"),
        ("[simulation]\nsimulators = ['node', 'relay', 'relay']", "twice"),
        ("[simulation]\nsimulators = ['node', 'nobody']", "simulators"),
        ("[simulation]\nrelay_per_s = 6.0", "relay_per_s"),
        ("[node", "repeg.toml"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadConfiguration, match=named):
        load_config(written(tmp_path, text))


def test_a_section_that_is_no_section_is_refused_even_when_overridden(tmp_path: Path) -> None:
    path = written(tmp_path, 'node = "http://a"\n')
    with pytest.raises(BadConfiguration, match="node"):
        load_config(path, node={"http_url": "http://b"})


def test_a_file_that_cannot_be_read_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"missing\.toml"):
        load_config(tmp_path / "missing.toml")
    with pytest.raises(BadConfiguration, match=str(tmp_path)):
        load_config(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'journal = "\xe9"\n')
    with pytest.raises(BadConfiguration, match=r"latin\.toml"):
        load_config(latin)


def test_the_message_names_the_file_and_the_place(tmp_path: Path) -> None:
    path = written(tmp_path, "[strategy]\ntip_share_bps = 10000\n")
    with pytest.raises(BadConfiguration) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
    assert "must be 0 to 9999" in str(caught.value)
    assert "$.strategy" in str(caught.value)


def test_no_setting_holds_a_secret() -> None:
    sections = (Config, NodeConfig, RelayConfig, ExchangeConfig, StrategyParameters)
    names = [name for section in sections for name in section.__struct_fields__]
    assert not [name for name in names if "key" in name or "secret" in name or "password" in name]


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_a_setting_that_is_not_finite_is_refused_by_name(tmp_path: Path, value: str) -> None:
    file = tmp_path / "repeg.toml"
    file.write_text(f"[detection]\nhold_s = {value}\n")
    with pytest.raises(BadConfiguration, match="detection: hold_s"):
        load_config(file)


@pytest.mark.parametrize("given", ["second_http_url", "second_ws_url"])
def test_a_second_node_with_one_address_only_is_refused(given: str) -> None:
    with pytest.raises(BadConfiguration, match="needs both"):
        load_config(None, node={given: "http://127.0.0.1:1"})
