"""All lenders on the real chain: what they say they have and ask is what a loan shows."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from executor_world import OPERATOR, ExecutorWorld, leg
from support.desk import Desk

from bot.chain.abi import encode, encode_hex, selector, word
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, USDC, USDT, Token
from bot.domain.errors import NodeRefused
from bot.domain.messages import Changed, LenderChange
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan
from bot.domain.units import Address, Raw
from bot.domain.venues import (
    AAVE_ADDRESSES_PROVIDER,
    AAVE_POOL,
    BALANCER_FEE_COLLECTOR,
    BALANCER_VAULT,
    DSS_FLASH,
    GHO_FLASH_MINTER,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
)
from bot.execution.calldata import encode_execute
from bot.execution.flash_loans import IMPLEMENTATION_SLOT, FlashLenders
from bot.history.journal import Journal
from bot.market.lenders import LenderState, may_lend
from bot.operations.heads import latest_head
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import shock
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.pools import LOWEST, V3_DAI_USDT, v3_pool
from bot.sandbox.progress import silent
from bot.sandbox.wide import ensure_wide_state
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

TOKENS = (USDC, USDT, DAI, GHO, CRVUSD)
POOLS = (V3_USDC_USDT, V3_DAI_USDC, V3_DAI_USDT, V2_USDC_USDT)
SHOCK, STAKE = 8_000_000, 300_000  # whole coins
WAYS = {  # from a loan's token to USDT, and back from USDC
    USDT: ((), (V3_USDC_USDT,)),
    DAI: ((V3_DAI_USDT,), (V3_DAI_USDC,)),
    GHO: ((v3_pool(USDT, GHO, LOWEST),), (v3_pool(USDC, GHO, LOWEST),)),
    CRVUSD: ((v3_pool(USDT, CRVUSD, LOWEST),), (v3_pool(USDC, CRVUSD, LOWEST),)),
}
KINDS = {
    *(Lender.AAVE_V3, Lender.BALANCER_V2, Lender.BALANCER_V3, Lender.MORPHO),
    *(Lender.UNISWAP_V4, Lender.UNISWAP_V3, Lender.ERC3156),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[ExecutorWorld]:
    with start_local_mainnet(ensure_wide_state()) as anvil:
        rpc = RpcClient(anvil.url)
        world = ExecutorWorld(rpc)
        rpc.call("anvil_autoImpersonateAccount", *[True])
        world.ran(shock(rpc, V2_USDC_USDT, USDC, Raw(SHOCK * 10**6), into=USDT))
        yield world
        rpc.close()


@pytest.fixture
def world(shared: ExecutorWorld) -> Iterator[ExecutorWorld]:
    snapshot = shared.rpc.call("evm_snapshot")
    yield shared
    shared.rpc.call("evm_revert", snapshot)


class Watched:
    """The lenders of a world, with all that they reported."""

    def __init__(self, world: ExecutorWorld) -> None:
        self.rpc, self.heard = world.rpc, list[LenderChange]()
        self.chain = Deployer(world.rpc)
        self.lenders = FlashLenders(world.rpc, TOKENS, POOLS, tell=self.heard.append)
        self._lens = Lens(self.lenders.reads)

    def look(self) -> tuple[LenderState, ...]:
        head = latest_head(self.rpc)
        self.lenders.check_code(head)
        return self.lenders.states(head.number, self._lens.look(self.rpc, head.hash).data)

    def news(self) -> list[tuple[str, str, Changed]]:
        """Look, and return what was reported since the last time."""
        self.heard.clear()
        self.look()
        return [(change.lender, change.asset, change.what) for change in self.heard]

    def act(self, to: Address, signature: str, *arguments: object) -> None:
        """Do something as who owns everything here."""
        self.rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")
        self.chain.send(to, signature, *arguments)

    def configurator(self) -> Address:
        return self.chain.address_of(AAVE_ADDRESSES_PROVIDER, "getPoolConfigurator()")

    def allow(self, contract: Address, signature: str) -> None:
        """Give the deployer one of Balancer's roles."""
        action = self.chain.call(contract, "getActionId(bytes4)", "bytes32", selector(signature))
        authorizer = self.chain.address_of(BALANCER_VAULT, "getAuthorizer()")
        deployer = self.chain.call(authorizer, "DEFAULT_ADMIN_ROLE()", "bytes32")
        owner = self.chain.address_of(authorizer, "getRoleMember(bytes32,uint256)", *deployer, 0)
        self.act(authorizer, "grantRole(bytes32,address)", *action, owner)


def of(states: tuple[LenderState, ...], lender: Lender, token: Token) -> LenderState:
    return next(state for state in states if (state.lender, state.token) == (lender, token))


def round_trip(world: ExecutorWorld, loan: Loan) -> Plan:
    """Return a plan that uses a fixed part of its loan to close the pair's gap."""
    there, back = WAYS[loan.token]
    legs: list[Leg] = []
    for pool, received in (
        *((pool, USDT) for pool in there),
        (V2_USDC_USDT, USDC),
        *((pool, loan.token) for pool in back),
    ):
        held = legs[-1].token_out if legs else loan.token
        legs.append(leg(pool, held, received))
    stake = Raw(STAKE * 10**loan.token.decimals)
    legs[0] = msgspec.structs.replace(legs[0], amount_in=stake, takes=AmountMode.EXACT)
    return Plan(
        block=world.block(),
        mode=Mode.PUSH,
        token=loan.token,
        loans=(loan,),
        legs=tuple(legs),
        profit=Raw(0),
        min_profit=Raw(0),
        max_block=world.block() + 10,
    )


def profit_of(world: ExecutorWorld, loan: Loan) -> int:
    data = encode_execute(round_trip(world, loan))
    return word(world.call(OPERATOR, world.executor, data), 0)


def route_of(token: Token) -> tuple[PoolSpec, ...]:
    there, back = WAYS[token]
    return (*there, V2_USDC_USDT, *back)


def test_every_lender_lends_all_that_it_says_for_the_fee_that_it_says(
    world: ExecutorWorld,
) -> None:
    lent = set()
    for state in Watched(world).look():
        stake = Raw(STAKE * 10**state.token.decimals)
        if state.token not in WAYS or not may_lend(state, stake, route_of(state.token)):
            continue
        gross = profit_of(world, state.loan(stake)) + state.fee(stake)
        most = state.loan(state.available)
        assert profit_of(world, most) == gross - most.fee, state
        too_much = msgspec.structs.replace(most, amount=Raw(state.available + 1))
        with pytest.raises(NodeRefused):
            profit_of(world, too_much)
        lent.add((state.lender, state.target))
    assert {lender for lender, _ in lent} == KINDS
    assert len(lent) == 9


def test_the_fees_are_what_the_chain_was_built_with(world: ExecutorWorld) -> None:
    states = Watched(world).look()
    million = Raw(10**12)
    assert of(states, Lender.AAVE_V3, USDT).fee(million) == 500 * 10**6
    assert of(states, Lender.UNISWAP_V3, USDT).fee(million) == 100 * 10**6
    free = (Lender.BALANCER_V2, Lender.BALANCER_V3, Lender.MORPHO, Lender.UNISWAP_V4)
    assert {of(states, lender, USDT).fee(million) for lender in free} == {0}


def test_nothing_is_reported_while_nothing_changes(world: ExecutorWorld) -> None:
    watched = Watched(world)
    watched.look()
    world.ran(shock(world.rpc, V3_USDC_USDT, USDC, Raw(10**12), into=USDT))
    assert watched.news() == []


def test_a_new_premium_of_aave_is_reported_for_each_reserve_and_charged(
    world: ExecutorWorld,
) -> None:
    watched = Watched(world)
    watched.look()
    watched.act(watched.configurator(), "updateFlashloanPremiumTotal(uint128)", 9)
    assert watched.news() == [("Aave V3", token, Changed.FEE) for token in ("USDC", "USDT", "DAI")]
    assert watched.heard[0].before == "5/10000 rounded half up"
    state = of(watched.look(), Lender.AAVE_V3, USDT)
    small = Raw(STAKE * 10**6)
    gross = profit_of(world, state.loan(small)) + state.fee(small)
    big = state.loan(Raw(100_000_000 * 10**6 + 1))
    assert big.fee == 90_000 * 10**6  # half of a unit less is cut off
    assert profit_of(world, big) == gross - big.fee


@pytest.mark.parametrize(
    "switch", ["setReservePause(address,bool)", "setReserveFlashLoaning(address,bool)"]
)
def test_a_reserve_that_is_paused_or_switched_off_is_reported_and_lends_nothing(
    world: ExecutorWorld, switch: str
) -> None:
    watched = Watched(world)
    open_state = of(watched.look(), Lender.AAVE_V3, USDT)
    is_pause = switch.startswith("setReservePause")
    watched.act(watched.configurator(), switch, USDT.address, is_pause)
    assert watched.news() == [("Aave V3", "USDT", Changed.PAUSE)]
    assert (watched.heard[0].before, watched.heard[0].after) == ("open", "closed")
    states = watched.look()
    assert of(states, Lender.AAVE_V3, USDT).available == 0
    assert of(states, Lender.AAVE_V3, DAI).available > 0
    with pytest.raises(NodeRefused):
        profit_of(world, open_state.loan(Raw(STAKE * 10**6)))
    watched.act(watched.configurator(), switch, USDT.address, not is_pause)
    assert watched.news() == [("Aave V3", "USDT", Changed.PAUSE)]
    assert of(watched.look(), Lender.AAVE_V3, USDT).available == open_state.available


def test_a_new_fee_of_the_balancer_vault_is_reported_and_charged(world: ExecutorWorld) -> None:
    watched = Watched(world)
    watched.look()
    signature = "setFlashLoanFeePercentage(uint256)"
    watched.allow(BALANCER_FEE_COLLECTOR, signature)
    watched.act(BALANCER_FEE_COLLECTOR, signature, 3 * 10**14)
    assert watched.news() == [("Balancer V2", token.symbol, Changed.FEE) for token in TOKENS]
    state = of(watched.look(), Lender.BALANCER_V2, USDT)
    small, odd = Raw(STAKE * 10**6), Raw(9_999_999_999_999)
    gross = profit_of(world, state.loan(small)) + state.fee(small)
    assert state.fee(odd) == 3_000_000_000  # rounded up
    assert profit_of(world, state.loan(odd)) == gross - state.fee(odd)


def test_ceilings_and_fees_of_the_minters_are_reported(world: ExecutorWorld) -> None:
    watched = Watched(world)
    watched.look()
    watched.act(DSS_FLASH, "file(bytes32,uint256)", b"max".ljust(32, b"\0"), 10**24)
    assert watched.news() == [("DssFlash", "DAI", Changed.CEILING)]
    assert of(watched.look(), Lender.ERC3156, DAI).available == 10**24
    watched.act(GHO_FLASH_MINTER, "updateFee(uint256)", 7)
    assert watched.news() == [("GHO flash minter", "GHO", Changed.FEE)]
    state = of(watched.look(), Lender.ERC3156, GHO)
    small, odd = Raw(STAKE * 10**18), Raw(10**24 + 715)
    gross = profit_of(world, state.loan(small)) + state.fee(small)
    assert profit_of(world, state.loan(odd)) == gross - state.fee(odd)
    capacity = "setFacilitatorBucketCapacity(address,uint128)"
    watched.act(GHO.address, capacity, GHO_FLASH_MINTER, 10**23)
    assert watched.news() == [("GHO flash minter", "GHO", Changed.CEILING)]


def test_an_upgraded_proxy_and_other_code_are_reported(world: ExecutorWorld) -> None:
    watched = Watched(world)
    watched.look()
    elsewhere = "0x" + GHO.address[2:].rjust(64, "0")
    watched.rpc.call("anvil_setStorageAt", AAVE_POOL, IMPLEMENTATION_SLOT, elsewhere)
    watched.rpc.call("evm_mine")
    assert ("Aave V3", "", Changed.IMPLEMENTATION) in watched.news()
    code = watched.rpc.call("eth_getCode", DSS_FLASH, "latest")
    watched.rpc.call("anvil_setCode", DSS_FLASH, code + "00")
    watched.rpc.call("evm_mine")
    assert watched.news() == [("DssFlash", "", Changed.IMPLEMENTATION)]


def test_a_lender_that_is_gone_is_reported_as_silent(world: ExecutorWorld) -> None:
    watched = Watched(world)
    watched.look()
    watched.rpc.call("anvil_setCode", DSS_FLASH, "0x")
    watched.rpc.call("evm_mine")
    assert ("DssFlash", "DAI", Changed.PAUSE) in watched.news()
    assert watched.heard[-1].after == "silent"
    assert encode("max()") in {read.data for read in watched.lenders.reads}


def test_the_engine_writes_a_lenders_change_into_the_journal(tmp_path: Path) -> None:
    with World(silent, block_time_s=None) as world:
        desk = Desk(world, tmp_path / "journal.sqlite")
        desk.look()
        configurator = Deployer(world.rpc).address_of(
            AAVE_ADDRESSES_PROVIDER, "getPoolConfigurator()"
        )
        world.rpc.call("anvil_impersonateAccount", DEPLOYER)
        data = encode_hex("updateFlashloanPremiumTotal(uint128)", 9)
        request = {"from": DEPLOYER, "to": configurator, "data": data, "gas": hex(10**6)}
        world.mined(world.rpc.call("eth_sendTransaction", request))
        block = desk.look().head.number
        desk.look()
    journal = Journal(tmp_path / "journal.sqlite")
    found = journal.lender_changes()
    journal.close()
    assert {(change.lender, change.what, change.block) for change in found} == {
        ("Aave V3", Changed.FEE, block)
    }
    assert {change.asset for change in found} >= {"USDC", "USDT", "DAI"}
    assert len(found) == len({change.asset for change in found})  # once each


def test_the_engine_looks_at_the_lenders_code_after_each_head(tmp_path: Path) -> None:
    with World(silent, block_time_s=None) as world:
        desk = Desk(world, tmp_path / "journal.sqlite")
        desk.look()
        code = world.rpc.call("eth_getCode", DSS_FLASH, "latest")
        world.rpc.call("anvil_setCode", DSS_FLASH, code + "00")
        desk.build()
        block = desk.look().head.number
    journal = Journal(tmp_path / "journal.sqlite")
    (change,) = journal.lender_changes()
    journal.close()
    assert (change.lender, change.what) == ("DssFlash", Changed.IMPLEMENTATION)
    assert change.block == block
