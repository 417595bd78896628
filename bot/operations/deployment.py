"""Who owns and who runs an executor: checked before it is deployed, read back after."""

import msgspec
from eth_utils.address import is_address, is_checksum_address, to_checksum_address

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.domain.units import Address

_ZERO = Address("0x" + "0" * 40)
_ADDRESS_BYTES = 32  # as an ABI word


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """The two immutable roles of an executor."""

    owner: Address  # receives every profit
    operator: Address  # runs plans and pays their gas

    @property
    def warning(self) -> str:
        """What to think twice about; empty when there is nothing."""
        if self.owner != self.operator:
            return ""
        return (
            "owner and operator are the same account: "
            "whoever gets the bot's hot key gets the profits as well"
        )


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """An executor on chain, its roles read back from it."""

    executor: Address
    owner: Address
    operator: Address
    transaction_hash: str
    warning: str = ""


def roles_from(owner: str, operator: str) -> Roles:
    """Return the roles that an operator typed.

    Raises:
        BadConfiguration: not an address, a wrong checksum, or the zero address.
    """
    return Roles(owner=_parse("owner", owner), operator=_parse("operator", operator))


def read_roles(rpc: RpcClient, executor: Address) -> Roles:
    """Return the roles of a deployed executor.

    Raises:
        BadConfiguration: there is no executor at that address.
        NodeUnreachable: no answer.
    """
    if not executor:
        raise BadConfiguration("no executor: deploy one with `ape run deploy`, then name it")
    address = _parse("executor", executor)
    owner, operator = _view(rpc, address, "OWNER()"), _view(rpc, address, "OPERATOR()")
    return Roles(owner=owner, operator=operator)


def confirm_deployment(
    rpc: RpcClient, executor: Address, roles: Roles, transaction_hash: str
) -> Deployment:
    """Return the deployed executor, after reading its roles back from the chain.

    Raises:
        BadConfiguration: there is none, or it has other roles than it was given.
        NodeUnreachable: no answer.
    """
    found = read_roles(rpc, executor)
    if found != roles:
        raise BadConfiguration(
            f"executor {executor} says owner {found.owner} and operator {found.operator}, "
            f"it was given {roles.owner} and {roles.operator}"
        )
    return Deployment(
        executor=executor,
        owner=found.owner,
        operator=found.operator,
        transaction_hash=transaction_hash,
        warning=found.warning,
    )


def _view(rpc: RpcClient, executor: Address, signature: str) -> Address:
    try:
        found = rpc.call("eth_call", {"to": executor, "data": encode_hex(signature)}, "latest")
    except NodeRefused as error:
        raise BadConfiguration(f"{executor} is not an executor: {error}") from error
    word = bytes.fromhex(found[2:])
    if len(word) != _ADDRESS_BYTES:
        raise BadConfiguration(f"no executor at {executor}: is this the chain it was deployed on?")
    return Address(to_checksum_address(word[-20:]))


def _parse(role: str, text: str) -> Address:
    if not is_address(text) or not text.startswith("0x"):
        raise BadConfiguration(f"{role} {text!r} is not an address: 0x and 40 hex digits")
    mixed = text[2:] not in (text[2:].lower(), text[2:].upper())
    if mixed and not is_checksum_address(text):
        raise BadConfiguration(f"{role} {text} has a wrong checksum: is a digit mistyped?")
    address = Address(to_checksum_address(text))
    if address == _ZERO:
        raise BadConfiguration(f"{role} is the zero address: what it gets is lost")
    return address
