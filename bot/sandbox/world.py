"""A world in a box: a chain, a relay that builds its blocks, and a deployed executor."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import msgspec
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from bot.chain.create2 import CREATE2_DEPLOYER
from bot.chain.rpc import RpcClient
from bot.config import Config, NodeConfig, RelayConfig
from bot.domain.executor_lists import LOCAL_LISTS
from bot.domain.units import GWEI, Address, Wei
from bot.domain.venues import MAINNET_CHAIN_ID
from bot.execution.signing import Operator
from bot.operations.deployment import blueprint_of
from bot.operations.roles import Roles
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.mainnet import ensure_state
from bot.sandbox.progress import Progress
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RelayOptions

OPERATOR_FUNDS = Wei(100 * 10**18)
_DEPLOY_GAS = 8_000_000
_MINING_DEADLINE_S = 60.0
_POLL_S = 0.05


def sandbox_account(role: str) -> LocalAccount:
    """Return the account that plays `role` on local chains: its key is public, never fund it."""
    account: LocalAccount = Account.from_key(keccak(text=f"repeg sandbox {role}"))
    return account


class World:
    """Everything the demo and the end-to-end tests need; use as a context manager."""

    def __init__(
        self,
        progress: Progress,
        *,
        fork_url: str | None = None,
        block_time_s: float | None = 1.0,
        state: Path | None = None,
        relay: RelayOptions | None = None,
    ) -> None:
        """Start the chain and its relay, fund the operator and deploy the executor.

        `block_time_s` None leaves every block to `relay.build()`. Without a fork or another
        `state` it is the local mainnet. `relay` says who builds, and what goes wrong there.

        Raises:
            HaltError: something is missing on this machine.
            NodeUnreachable: `fork_url` does not answer.
        """
        self._manual = block_time_s is None
        if fork_url is None and state is None:
            state = ensure_state(progress)
        options = AnvilOptions(state_path=state, fork_url=fork_url, no_mining=True, order_fifo=True)
        self.operator = Operator(sandbox_account("operator"))
        self.identity = sandbox_account("relay identity")
        self.owner = Address(sandbox_account("owner").address)
        self.treasury = self.owner  # one person's world: the owner keeps the profit
        with ExitStack() as started:
            self.anvil = started.enter_context(Anvil(options))
            self.rpc = RpcClient(self.anvil.url)
            self.rpc.require_chain(MAINNET_CHAIN_ID)
            relay_options = msgspec.structs.replace(
                relay or RelayOptions(), block_time_s=block_time_s
            )
            self.relay = started.enter_context(start_relay(self.anvil.url, relay_options))
            self.rpc.call("anvil_setBalance", self.operator.address, hex(OPERATOR_FUNDS))
            self.executor = self.deploy_executor(self.owner, sandbox_account("operator"))
            self._running = started.pop_all()

    def config(self, journal: str) -> Config:
        """Return the settings of a bot that trades in this world.

        It takes nothing for its own that others did with the same key before.
        """
        return Config(
            look_back_blocks=0,
            executor=self.executor,
            journal=journal,
            node=NodeConfig(http_url=self.anvil.url, ws_url=self.anvil.ws_url),
            relay=RelayConfig(url=self.relay.url),
        )

    def close(self) -> None:
        """Stop the relay, then the chain."""
        self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mined(self, transaction_hash: str) -> dict[str, Any]:
        """Return the receipt of a public transaction, building its block where nobody else does.

        Raises:
            LocalChainFailed: it reverted, or was not mined in time.
        """
        deadline = time.monotonic() + _MINING_DEADLINE_S
        while time.monotonic() < deadline:
            if self._manual:
                self.relay.build()
            receipt: dict[str, Any] | None = self.rpc.call(
                "eth_getTransactionReceipt", transaction_hash
            )
            if receipt is not None:
                if receipt["status"] != "0x1":
                    raise LocalChainFailed(f"transaction {transaction_hash} reverted")
                return receipt
            time.sleep(_POLL_S)
        raise LocalChainFailed(f"transaction {transaction_hash} was not mined")

    def deploy_executor(self, owner: Address, operator: LocalAccount) -> Address:
        """Deploy an executor whose profit `owner` keeps, at the expense of who runs it.

        Raises:
            LocalChainFailed: it is not there.
        """
        roles = Roles(owner=owner, operator=Address(operator.address), treasury=owner)
        blueprint = blueprint_of(roles, lists=LOCAL_LISTS)
        nonce = int(self.rpc.call("eth_getTransactionCount", operator.address, "latest"), 16)
        signed = operator.sign_transaction(  # type: ignore[no-untyped-call]  # eth-account has no types here
            {
                "type": 2,
                "chainId": MAINNET_CHAIN_ID,
                "nonce": nonce,
                "to": CREATE2_DEPLOYER,
                "value": 0,
                "data": blueprint.calldata,
                "gas": _DEPLOY_GAS,
                "maxFeePerGas": 100 * GWEI,
                "maxPriorityFeePerGas": GWEI,
            }
        )
        self.mined(self.rpc.call("eth_sendRawTransaction", signed.rawTransaction.hex()))
        return blueprint.executor
