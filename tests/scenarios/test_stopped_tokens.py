"""Tokens that their issuer stops: the recorded contracts of mainnet, and what we read of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recorded_state import recorded_codes

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, PYUSD, USDC, USDT
from bot.domain.units import Address
from bot.execution.token_state import can_be_stopped, token_state
from bot.sandbox.addresses import labelled
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.mainnet import ensure_state
from bot.sandbox.progress import silent

pytestmark = pytest.mark.anvil
US, ISSUER, SOMEBODY = labelled("us"), labelled("issuer"), labelled("somebody")


@pytest.fixture
def rpc(data_dir: Path) -> Iterator[RpcClient]:
    """The local mainnet, whose USDC is the issuer's own code, with the recorded Tether on it."""
    with Anvil(AnvilOptions(state_path=ensure_state(silent), no_mining=True)) as anvil:
        rpc = RpcClient(anvil.url)
        code = recorded_codes(data_dir)[USDT.address]
        rpc.call("anvil_setCode", USDT.address, "0x" + code.hex())
        rpc.call("anvil_setStorageAt", USDT.address, "0x" + "0" * 64, word_of(ISSUER))
        yield rpc


def word_of(who: Address) -> str:
    return "0x" + who[2:].rjust(64, "0")


def act(rpc: RpcClient, who: Address, to: Address, call: str, *arguments: Any) -> None:
    rpc.call("anvil_impersonateAccount", who)
    rpc.call("anvil_setBalance", who, hex(10**18))
    request = {"from": who, "to": to, "data": encode_hex(call, *arguments), "gas": hex(10**6)}
    sent = rpc.call("eth_sendTransaction", request)
    rpc.call("evm_mine")
    assert rpc.call("eth_getTransactionReceipt", sent)["status"] == "0x1"


def role(rpc: RpcClient, token: Address, call: str) -> Address:
    answer = rpc.call("eth_call", {"to": token, "data": encode_hex(call)}, "latest")
    return Address("0x" + answer[-40:])


@pytest.mark.parametrize("token", [USDC, USDT, DAI])
def test_a_token_that_nobody_stopped_moves(rpc: RpcClient, token: Any) -> None:
    assert token_state(rpc, token.symbol, (US, SOMEBODY)).is_stopped is False


def test_usdc_is_seen_paused(rpc: RpcClient) -> None:
    act(rpc, role(rpc, USDC.address, "pauser()"), USDC.address, "pause()")
    assert token_state(rpc, "USDC", (US,)).paused is True
    assert token_state(rpc, "USDC", (US,)).is_stopped is True


def test_usdc_names_the_account_that_is_blacklisted_and_no_other(rpc: RpcClient) -> None:
    lister = role(rpc, USDC.address, "blacklister()")
    act(rpc, lister, USDC.address, "blacklist(address)", US)
    assert token_state(rpc, "USDC", (SOMEBODY, US)).blacklisted == (US,)
    assert token_state(rpc, "USDC", (SOMEBODY,)).is_stopped is False


def test_tether_is_seen_paused_and_its_blacklist_too(rpc: RpcClient) -> None:
    act(rpc, ISSUER, USDT.address, "addBlackList(address)", US)
    assert token_state(rpc, "USDT", (US,)).blacklisted == (US,)
    assert token_state(rpc, "USDT", (SOMEBODY,)).is_stopped is False
    act(rpc, ISSUER, USDT.address, "pause()")
    assert token_state(rpc, "USDT", (SOMEBODY,)).is_stopped is True


def test_a_contract_that_does_not_say_is_not_known_to_move(rpc: RpcClient) -> None:
    rpc.call("anvil_setCode", PYUSD.address, "0x00")
    state = token_state(rpc, "PYUSD", (US,))
    assert (state.paused, state.blacklisted, state.is_stopped) == (None, None, None)


def test_only_issued_coins_can_be_stopped() -> None:
    assert can_be_stopped("usdc")
    assert not can_be_stopped("DAI")
