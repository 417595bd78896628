"""Roles are checked before an executor is deployed."""

import pytest

from bot.domain.assets import USDC
from bot.domain.errors import BadConfiguration
from bot.operations.roles import roles_from

OWNER = "0x" + "11" * 20
OPERATOR = "0x" + "22" * 20
TREASURY = "0x" + "33" * 20


@pytest.mark.parametrize("text", [USDC.address, USDC.address.lower(), "0x" + "AB" * 20])
def test_an_address_is_taken_in_any_case_that_is_not_a_wrong_checksum(text: str) -> None:
    roles = roles_from(text, OPERATOR, TREASURY)
    assert roles.owner.lower() == text.lower()
    assert roles_from(roles.owner, OPERATOR, TREASURY) == roles


def test_one_wrong_digit_of_a_checksummed_address_is_noticed() -> None:
    mistyped = USDC.address[:-1] + "9"
    with pytest.raises(BadConfiguration, match=r"owner .* wrong checksum"):
        roles_from(mistyped, OPERATOR, TREASURY)


@pytest.mark.parametrize(
    "text", ["", "0x", "0x12", "vitalik.eth", "11" * 20, "0x" + "11" * 21, "0x" + "zz" * 20]
)
def test_what_is_not_an_address_is_refused_for_every_role(text: str) -> None:
    with pytest.raises(BadConfiguration, match=r"owner .* is not an address"):
        roles_from(text, OPERATOR, TREASURY)
    with pytest.raises(BadConfiguration, match=r"operator .* is not an address"):
        roles_from(OWNER, text, TREASURY)
    with pytest.raises(BadConfiguration, match=r"treasury .* is not an address"):
        roles_from(OWNER, OPERATOR, text)


def test_the_zero_address_is_refused_for_every_role() -> None:
    zero = "0x" + "0" * 40
    with pytest.raises(BadConfiguration, match="owner is the zero address"):
        roles_from(zero, OPERATOR, TREASURY)
    with pytest.raises(BadConfiguration, match="operator is the zero address"):
        roles_from(OWNER, zero, TREASURY)
    with pytest.raises(BadConfiguration, match="treasury is the zero address"):
        roles_from(OWNER, OPERATOR, zero)


def test_one_account_in_both_roles_is_allowed_and_warned_about() -> None:
    assert "control of the executor" in roles_from(OWNER, OWNER, TREASURY).warning
    assert "the profits" in roles_from(OWNER, OPERATOR, OPERATOR).warning
    assert roles_from(OWNER, OPERATOR, OWNER).warning == ""
