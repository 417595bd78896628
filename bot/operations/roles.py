"""Who owns and who runs an executor: checked before anything is sent, read from the chain."""

import msgspec
from eth_utils.address import is_address, is_checksum_address, to_checksum_address

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.domain.units import Address

ZERO = Address("0x" + "0" * 40)
ROLE_VIEWS = ("owner()", "operator()", "TREASURY()")
_WORD_BYTES = 32


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what with an executor."""

    owner: Address  # names the operator, pauses, withdraws to the treasury; meant to be a Safe
    operator: Address  # runs plans and pays their gas; a hot account
    treasury: Address  # receives every profit, for good

    @property
    def warning(self) -> str:
        """What to think twice about; empty when there is nothing."""
        if self.operator in (self.owner, self.treasury):
            which = "owner" if self.operator == self.owner else "treasury"
            return (
                f"{which} and operator are the same account: whoever gets the bot's hot key gets "
                + ("control of the executor" if which == "owner" else "the profits")
                + " as well"
            )
        return ""


def roles_from(owner: str, operator: str, treasury: str) -> Roles:
    """Return the roles that a person typed.

    Raises:
        BadConfiguration: not an address, a wrong checksum, or the zero address.
    """
    return Roles(
        owner=address_from("owner", owner),
        operator=address_from("operator", operator),
        treasury=address_from("treasury", treasury),
    )


def read_roles(rpc: RpcClient, executor: Address) -> Roles:
    """Return the roles of a deployed executor.

    Raises:
        BadConfiguration: there is no executor at that address.
        NodeUnreachable: no answer.
    """
    if not executor:
        raise BadConfiguration("no executor: deploy one with `ape run deploy`, then name it")
    address = address_from("executor", executor)
    owner, operator, treasury = (_view(rpc, address, signature) for signature in ROLE_VIEWS)
    return Roles(owner=owner, operator=operator, treasury=treasury)


def address_from(what: str, text: str) -> Address:
    """Return the address that a person typed.

    Raises:
        BadConfiguration: not an address, a wrong checksum, or the zero address.
    """
    if not is_address(text) or not text.startswith("0x"):
        raise BadConfiguration(f"{what} {text!r} is not an address: 0x and 40 hex digits")
    mixed = text[2:] not in (text[2:].lower(), text[2:].upper())
    if mixed and not is_checksum_address(text):
        raise BadConfiguration(f"{what} {text} has a wrong checksum: is a digit mistyped?")
    address = Address(to_checksum_address(text))
    if address == ZERO:
        raise BadConfiguration(f"{what} is the zero address: what it gets is lost")
    return address


def _view(rpc: RpcClient, executor: Address, signature: str) -> Address:
    try:
        found = rpc.call("eth_call", {"to": executor, "data": encode_hex(signature)}, "latest")
    except NodeRefused as error:
        raise BadConfiguration(f"{executor} is not an executor: {error}") from error
    word = bytes.fromhex(found[2:])
    if len(word) != _WORD_BYTES:
        raise BadConfiguration(f"no executor at {executor}: is this the chain it was deployed on?")
    return Address(to_checksum_address(word[-20:]))
