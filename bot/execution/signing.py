"""The operator's key: signs EIP-1559 transactions and shows itself to nobody."""

from collections.abc import Mapping

import coincurve  # noqa: F401  eth-keys signs with it when present, eight times faster; required
import msgspec
from eth_account import Account
from eth_account.signers.local import LocalAccount

from bot.domain.errors import BadConfiguration
from bot.domain.units import Address, Wei


class SignedTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes for the wire and the hash they will have on chain."""

    raw: bytes
    hash: str


class TransactionFields(msgspec.Struct, frozen=True, kw_only=True):
    """What an EIP-1559 transaction says, value always zero."""

    chain_id: int
    nonce: int
    to: Address
    data: bytes
    gas_limit: int
    max_fee_per_gas: Wei
    priority_fee_per_gas: Wei


class Operator:
    """The account that runs plans. Its key never appears in repr, logs or errors."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address = Address(account.address)

    def __repr__(self) -> str:
        return f"Operator({self.address})"

    def sign(self, fields: TransactionFields) -> SignedTransaction:
        """Return the signed type-2 transaction."""
        signed = self._account.sign_transaction(  # type: ignore[no-untyped-call]  # eth-account has no types here
            {
                "type": 2,
                "chainId": fields.chain_id,
                "nonce": fields.nonce,
                "to": fields.to,
                "value": 0,
                "data": fields.data,
                "gas": fields.gas_limit,
                "maxFeePerGas": fields.max_fee_per_gas,
                "maxPriorityFeePerGas": fields.priority_fee_per_gas,
                "accessList": [],
            }
        )
        return SignedTransaction(raw=bytes(signed.rawTransaction), hash=signed.hash.hex())


def load_account(environment: Mapping[str, str], name: str) -> LocalAccount:
    """Return the account whose private key stands in variable `name`.

    Raises:
        BadConfiguration: missing, or not a private key. The value is never part of the message.
    """
    key = environment.get(name, "").strip()
    if not key:
        raise BadConfiguration(f"no key: set {name} to a private key (0x and 64 hex digits)")
    try:
        account: LocalAccount | None = Account.from_key(key)
    except (ValueError, TypeError):
        account = None
    if account is not None:
        return account
    raise BadConfiguration(f"{name} is not a private key: it must be 0x and 64 hex digits")
