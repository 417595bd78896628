"""Addresses that are known before the contract is there: EIP-1014 through the usual proxy."""

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.domain.units import Address

# Deterministic deployment proxy: takes a salt and creation code, on mainnet and on every anvil.
# Source: github.com/Arachnid/deterministic-deployment-proxy.
CREATE2_DEPLOYER = Address("0x4e59b44847b379578588920cA78FbF26c0B4956C")


def create2_address(creator: Address, salt: bytes, creation_code: bytes) -> Address:
    """Return where `creator` puts `creation_code`, constructor arguments included."""
    packed = b"\xff" + bytes.fromhex(creator[2:]) + salt + keccak(creation_code)
    return Address(to_checksum_address(keccak(packed)[-20:]))
