"""Somebody with coins who swaps in private, and lets others know what it does."""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from bot.domain.assets import USDC, USDT
from bot.domain.units import GWEI, Address, Pips, Raw, Wei
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT, PoolSpec
from bot.execution.bundle_letters import Identity
from bot.execution.hint_swaps import Calls, ToldSwap
from bot.execution.private_options import PrivateOptions
from bot.execution.private_sender import PrivateRelay
from bot.feeds.hint_words import Hint, HintLog
from bot.sandbox.faucet import fund_eth, fund_token
from bot.sandbox.raw_transactions import decode_transaction
from bot.sandbox.world import World, sandbox_account

GAS = 6_000_000
ANY = Raw(1)
V3_FEE = {V3_USDC_USDT: Pips(100)}
LOGS = PrivateOptions(blocks=25, hints=("hash", "logs"))


class HintedUser:
    """Signs with an account of its own; what it approves is mined at once."""

    def __init__(self, world: World, name: str = "hinted user") -> None:
        self._world, self.account = world, sandbox_account(name)
        self.address = Address(self.account.address)
        fund_eth(world.rpc, self.address, Wei(10**20))

    def swap(self, amount: Raw, pool: PoolSpec = CURVE_SUSD) -> bytes:
        """Return the signed swap of USDC for USDT, ready to be sent."""
        *before, last = self._calls(amount, pool, ANY)
        for to, data in before:
            raw = self._signed(to, data)
            self._world.mined(self._world.rpc.call("eth_sendRawTransaction", "0x" + raw.hex()))
        return self._signed(*last)

    def hint(self, raw: bytes) -> Hint:
        """Return what the relay would let others know, by the node's simulation."""
        logs = self._logs([decode_transaction(raw).as_call()])
        return Hint(hash="0x" + keccak(keccak(raw)).hex(), logs=logs)

    def hint_of_router(self, amount: Raw, pool: PoolSpec, bought: Raw) -> Hint:
        """Return what others would know of a swap that a contract does in one transaction."""
        calls = [
            {"from": self.address, "to": to, "input": data, "gas": hex(GAS)}
            for to, data in self._calls(amount, pool, bought)
        ]
        return Hint(hash="0x" + keccak(text=pool.name).hex(), logs=self._logs(calls))

    def _calls(self, amount: Raw, pool: PoolSpec, bought: Raw) -> Calls:
        fund_token(self._world.rpc, USDC, self.address, amount)
        told = ToldSwap(
            spec=pool,
            coin_in=pool.tokens.index(USDC),
            coin_out=pool.tokens.index(USDT),
            sold=amount,
            bought=bought,
        )
        return told.calls(self.address, V3_FEE.get(pool, Pips(0)))

    def _logs(self, calls: Sequence[Mapping[str, Any]]) -> tuple[HintLog, ...]:
        asked = {"blockStateCalls": [{"calls": list(calls)}], "validation": False}
        (block,) = self._world.rpc.call("eth_simulateV1", asked, "latest")
        assert all(ran["status"] == "0x1" for ran in block["calls"]), block
        return tuple(
            HintLog(address=one["address"], topics=tuple(one["topics"]), data=one["data"])
            for ran in block["calls"]
            for one in ran["logs"]
        )

    def taken_back(self) -> bytes:
        """Return a transaction that does nothing with the nonce of the swap."""
        return self._signed(self.address, "0x")

    def send(self, raw: bytes, last_block: int, options: PrivateOptions = LOGS) -> str:
        """Hand it to the relay, in private; return its hash."""
        relay = PrivateRelay(self._world.relay.url, Identity(self.account), options, timeout_s=30.0)
        return relay.send(raw, last_block)[0]

    def _signed(self, to: Address, data: str) -> bytes:
        where = (self.address, "latest")
        nonce = int(self._world.rpc.call("eth_getTransactionCount", *where), 16)
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": 1,
            "nonce": nonce,
            "to": to,
            "value": 0,
            "data": data,
            "gas": GAS,
            "maxFeePerGas": 100 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
        return bytes(self.account.sign_transaction(fields).rawTransaction)
