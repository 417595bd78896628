"""The local mainnet's bytecode in an in-process EVM, with its storage open for writing."""

import re
from functools import cache
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, BlockEnv, Env

from bot.chain.abi import encode, split_types, word
from bot.domain.assets import Token
from bot.domain.units import Address
from bot.sandbox.mainnet import load_alloc
from bot.sandbox.state import Account

TRADER = "0x" + "11" * 20
PAYER = "0x" + "22" * 20  # of V3 pools
LOCKER = "0x" + "33" * 20  # of V4's manager
FORTUNE = 1 << 250

_BALANCE_SLOTS = 64
_REVERT_OUTPUT = re.compile(r"output: (0x[0-9a-f]*)")

# Forwards calldata[32:] to the address in calldata[:32] and returns whatever comes back. Called
# back, reverts with the contract's own numbers, so that nothing is changed: by a V3 pool for
# payment, with the two amounts owed; by V4's manager, with the answer to the call it was told of.
_FORWARD = (
    "602036038060205f37"  # copy calldata[32:] to memory
    "5f5f825f5f5f355af15050"  # call
    "3d5f5f3e3d5ff3fe"  # return what it answered
)
_QUOTING_PAYER = bytes.fromhex(
    "5f3560e01c63fa461e3314602a57"  # if this is uniswapV3SwapCallback, jump
    + _FORWARD
    + "5b604060045f3760405ffd"  # revert with amount0Delta, amount1Delta
)
_QUOTING_LOCKER = bytes.fromhex(
    "5f3560e01c6391dd734614602a57"  # if this is unlockCallback, jump
    + _FORWARD
    + "5b6024358060445f37"  # copy its bytes to memory
    "5f5f825f5f335af15050"  # call the manager with them
    "3d5f5f3e3d5ffd"  # revert with what it answered
)


class Reverted(Exception):
    """A call reverted; carries the returned bytes."""

    def __init__(self, output: bytes) -> None:
        super().__init__(output)
        self.output = output


class RealContracts:
    """Calls contracts and writes their storage."""

    def __init__(self, alloc: dict[str, Account], timestamp_s: int = 1) -> None:
        self._evm = EVM(env=Env(block=BlockEnv(timestamp=timestamp_s)))
        self._balance_slots: dict[tuple[Token, str], int] = {}
        for address, account in alloc.items():
            self.place(address, account.code, account.balance, nonce=max(account.nonce, 1))
            for slot, value in account.storage.items():
                self.write(address, slot, value)
        self.place(PAYER, _QUOTING_PAYER)
        self.place(LOCKER, _QUOTING_LOCKER)

    def place(self, address: str, code: bytes, balance: int = 0, *, nonce: int = 1) -> None:
        """Put a contract at `address`; its storage stays."""
        self._evm.insert_account_info(address, AccountInfo(nonce=nonce, code=code))
        self._evm.set_balance(address, balance)

    def write(self, address: str, slot: int, value: int) -> None:
        """Set one storage word."""
        self._evm.insert_account_storage(address, slot, value)

    def read(self, address: str, slot: int) -> int:
        """Return one storage word."""
        return int(self._evm.storage(address, slot))

    def call(self, to: str, data: bytes, caller: str = TRADER) -> bytes:
        """Run a message call and keep what it changed.

        Raises:
            Reverted: the contract refused.
        """
        try:
            return bytes(self._evm.message_call(caller=caller, to=to, calldata=data))
        except RuntimeError as error:
            output = _REVERT_OUTPUT.search(str(error))
            raise Reverted(bytes.fromhex(output[1][2:]) if output else b"") from error

    def deploy(self, creation_code: bytes, types: str = "", *arguments: Any) -> Address:
        """Return the address of a new contract, made with these arguments."""
        words = abi_encode(split_types(types), arguments)
        made = self._evm.deploy(deployer=TRADER, code=creation_code + words)
        return Address(to_checksum_address(made))

    def give_ether(self, address: str, amount: int) -> None:
        """Set the balance in wei."""
        self._evm.set_balance(address, amount)

    def ask(self, to: str, signature: str, *arguments: Any) -> int:
        """Return the one number that a view answers."""
        return word(self.call(to, encode(signature, *arguments)), 0)

    def set_balance(self, token: Token, holder: str, amount: int) -> None:
        """Write `holder`'s balance where the token keeps it; the slot is found once."""
        self.write(token.address, self._balance_slot(token, holder), amount)

    def balance(self, token: Token, holder: str) -> int:
        """Return what the token says `holder` has."""
        return word(self.call(token.address, encode("balanceOf(address)", holder)), 0)

    def approve(self, token: Token, spender: str) -> None:
        """Let `spender` take everything of `TRADER`."""
        amount = (1 << 256) - 1
        self.call(token.address, encode("approve(address,uint256)", spender, amount))

    def _balance_slot(self, token: Token, holder: str) -> int:
        known = self._balance_slots.get((token, holder))
        return known if known is not None else self._find_balance_slot(token, holder)

    def _find_balance_slot(self, token: Token, holder: str) -> int:
        for position in range(_BALANCE_SLOTS):
            slot = mapping_slot(int(holder, 16), position)
            before = self._evm.storage(token.address, slot)
            self.write(token.address, slot, FORTUNE + position)
            if self.balance(token, holder) == FORTUNE + position:
                self._balance_slots[token, holder] = slot
                return slot
            self.write(token.address, slot, before)
        raise LookupError(f"no balance slot of {token.symbol}")


def local_contracts() -> RealContracts:
    """Return the local mainnet in an EVM of the caller's own."""
    return RealContracts(load_alloc())


@cache
def mapping_slot(key: int, position: int) -> int:
    """Return where Solidity keeps the value of `key` of the mapping at `position`."""
    return _hash(key, position)


@cache
def array_slot(position: int) -> int:
    """Return where Vyper keeps the first item of the fixed array at `position`."""
    return _hash(position)


def _hash(*words: int) -> int:
    packed = b"".join((number % (1 << 256)).to_bytes(32, "big") for number in words)
    return int.from_bytes(keccak(packed), "big")
