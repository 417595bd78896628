"""A fresh local mainnet with a deployed executor, and the plans that its tests run on it."""

import time
from typing import Any

import msgspec

from bot.chain.abi import encode_hex, word
from bot.chain.create2 import CREATE2_DEPLOYER
from bot.chain.rpc import RpcClient
from bot.domain import venues
from bot.domain.assets import STABLECOINS, Token
from bot.domain.errors import NodeRefused
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan
from bot.domain.units import Address, Raw, Wei
from bot.domain.venues import Lender, PoolSpec
from bot.execution.calldata import encode_execute, explain_revert
from bot.operations.deployment import blueprint_of
from bot.operations.roles import Roles
from bot.sandbox.addresses import labelled
from bot.sandbox.faucet import balance_of, fund_eth, shock
from bot.sandbox.pools import V3_DAI_USDT

OWNER = labelled("executor test: owner")
OPERATOR = labelled("executor test: operator")
TREASURY = labelled("executor test: treasury")
STRANGER = labelled("executor test: stranger")
SPENDERS = (
    *(pool.address for pool in venues.POOLS),
    *(venues.AAVE_POOL, venues.BALANCER_VAULT, venues.MORPHO_BLUE),
)
GAS = 8_000_000
FUEL = Wei(10**20)
# Those that have dollars on the local mainnet without a stand-in.
LENDERS = (
    *(Lender.AAVE_V3, Lender.BALANCER_V2, Lender.MORPHO),
    *(Lender.UNISWAP_V4, Lender.UNISWAP_V3),
)
POLL_S, RECEIPT_DEADLINE_S = 0.01, 20.0  # anvil answers before it has mined


class Ran(msgspec.Struct, frozen=True):
    """How one transaction ended."""

    succeeded: bool
    block: int
    gas_used: int
    logs: list[dict[str, Any]]


class ExecutorWorld:
    def __init__(self, rpc: RpcClient) -> None:
        self.rpc = rpc
        for who in (OWNER, OPERATOR, STRANGER):
            fund_eth(rpc, who, FUEL)
            rpc.call("anvil_impersonateAccount", who)
        blueprint = blueprint_of(Roles(owner=OWNER, operator=OPERATOR, treasury=TREASURY))
        receipt = self._receipt(self.post(OWNER, CREATE2_DEPLOYER, blueprint.calldata))
        assert receipt["status"] == "0x1"
        self.executor = blueprint.executor

    def depeg(self, token: Token, whole: int, *, into: Token) -> None:
        """Dump `whole` coins into the Curve pool."""
        amount = Raw(whole * 10**token.decimals)
        receipt = self._receipt(shock(self.rpc, venues.CURVE_SUSD, token, amount, into=into))
        assert receipt["status"] == "0x1"

    def post(self, sender: Address, to: Address, data: bytes) -> str:
        """Send a transaction without waiting for its block."""
        request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}
        return str(self.rpc.call("eth_sendTransaction", request))

    def send(self, sender: Address, to: Address, data: bytes) -> Ran:
        return self.ran(self.post(sender, to, data))

    def ran(self, transaction_hash: str) -> Ran:
        receipt = self._receipt(transaction_hash)
        return Ran(
            succeeded=receipt["status"] == "0x1",
            block=int(receipt["blockNumber"], 16),
            gas_used=int(receipt["gasUsed"], 16),
            logs=receipt["logs"],
        )

    def call(self, sender: Address, to: Address, data: bytes, *, gas: int = GAS) -> bytes:
        """Return what the transaction would return in the next block."""
        request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(gas)}
        return bytes.fromhex(self.rpc.call("eth_call", request, "pending")[2:])

    def refusal(self, sender: Address, to: Address, data: bytes, *, gas: int = GAS) -> str:
        """Return why the call reverts, in the words of `explain_revert`."""
        try:
            self.call(sender, to, data, gas=gas)
        except NodeRefused as error:
            return explain_revert(error.data or "")
        raise AssertionError("the call went through")

    def view(self, to: Address, signature: str, *arguments: Any) -> bytes:
        request = {"to": to, "data": encode_hex(signature, *arguments)}
        return bytes.fromhex(self.rpc.call("eth_call", request, "latest")[2:])

    def run(self, plan: Plan) -> tuple[Ran, Raw]:
        """Run `plan` as the operator; the profit is what the same call returned just before."""
        data = encode_execute(plan)
        profit = Raw(word(self.call(OPERATOR, self.executor, data), 0))
        return self.send(OPERATOR, self.executor, data), profit

    def block(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)

    def balances(self) -> dict[tuple[Address, str], int]:
        """Return everybody's balances of every coin."""
        people = (self.executor, TREASURY, OWNER, OPERATOR, STRANGER, *SPENDERS)
        return {
            (who, token.symbol): balance_of(self.rpc, token, who)
            for who in people
            for token in STABLECOINS
        }

    def assert_nothing_left(self) -> None:
        for token in STABLECOINS:
            assert balance_of(self.rpc, token, self.executor) == 0
            for spender in SPENDERS:
                left = self.view(
                    token.address, "allowance(address,address)", self.executor, spender
                )
                assert word(left, 0) == 0

    def assert_refused(self, plan: Plan, because: str, *, gas: int = GAS) -> None:
        """Check that `plan` reverts for that reason, and moves nothing when it is mined."""
        before = self.balances()
        data = encode_execute(plan)
        reason = self.refusal(OPERATOR, self.executor, data, gas=gas)
        assert because in reason, reason
        assert not self.send(OPERATOR, self.executor, data).succeeded
        assert self.balances() == before
        self.assert_nothing_left()

    def _receipt(self, transaction_hash: str) -> dict[str, Any]:
        for _ in range(int(RECEIPT_DEADLINE_S / POLL_S)):
            receipt: dict[str, Any] | None = self.rpc.call(
                "eth_getTransactionReceipt", transaction_hash
            )
            if receipt is not None:
                return receipt
            time.sleep(POLL_S)
        raise AssertionError(f"{transaction_hash} was not mined")


def leg(pool: PoolSpec, token_in: Token, token_out: Token) -> Leg:
    """Return a leg that takes all there is; what that is, and what it pays, the chain will say."""
    return Leg(
        pool=pool,
        coin_in=pool.tokens.index(token_in),
        coin_out=pool.tokens.index(token_out),
        amount_in=Raw(1),
        amount_out=Raw(1),
        takes=AmountMode.ALL,
    )


def plan(
    world: ExecutorWorld,
    whole: int,
    *legs: Leg,
    lender: Lender = Lender.BALANCER_V2,
    min_profit: int = 0,
) -> Plan:
    """Return a plan for the next ten blocks that borrows `whole` coins."""
    token = legs[0].token_in
    amount = Raw(whole * 10**token.decimals)
    pool = V3_DAI_USDT if lender is Lender.UNISWAP_V3 else None
    return Plan(
        block=world.block(),
        mode=Mode.PUSH,
        token=token,
        loans=(Loan(lender=lender, token=token, amount=amount, pool=pool),),
        legs=legs,
        profit=Raw(0),
        min_profit=Raw(min_profit),
        max_block=world.block() + 10,
    )
