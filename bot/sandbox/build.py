"""Builds the local mainnet on an empty chain and returns its dumped state."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.chain.rpc import RpcClient
from bot.domain.units import GWEI
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.bytecode import morpho_compilation, permit2_compilation
from bot.sandbox.deployer import Deployer
from bot.sandbox.packages import ensure_packages
from bot.sandbox.pins import PACKAGES, Package
from bot.sandbox.progress import Progress
from bot.sandbox.provenance import check_provenance
from bot.sandbox.solc import compiled
from bot.sandbox.state import trimmed
from bot.sandbox.systems import (
    aave,
    balancer,
    balancer_pools,
    balancer_v3,
    crvusd,
    curve,
    curve_stand_ins,
    gho,
    maker,
    morpho,
    multicall,
    sky,
    tokens,
    uniswap_v2,
    uniswap_v2_forks,
    uniswap_v3,
    uniswap_v4,
)

GENESIS_S = 1_750_000_000  # 15 June 2025; block n follows n seconds later
FIRST_BASE_FEE_WEI = GWEI  # of the first block after the build, which itself pays no gas
DEPLOYER_WEI = 10**24
RPC_DEADLINE_S = 60.0

SYSTEMS: tuple[tuple[str, Callable[[Deployer], None]], ...] = (
    ("Multicall3", multicall.build),
    ("Tokens", tokens.build),
    ("Maker stand-ins", maker.build),
    ("Curve", curve.build),
    ("Uniswap V2", uniswap_v2.build),
    ("Uniswap V2 forks", uniswap_v2_forks.build),
    ("Uniswap V3", uniswap_v3.build),
    ("Uniswap V4", uniswap_v4.build),
    ("Balancer V2", balancer.build),
    ("Balancer V2 pools", balancer_pools.build),
    ("Aave V3", aave.build),
    ("Morpho Blue", morpho.build),
    ("Sky stand-ins", sky.build),
    ("GHO stand-ins", gho.build),
    ("crvUSD stand-ins", crvusd.build),
    ("Curve stand-ins", curve_stand_ins.build),
    ("Balancer V3 stand-in", balancer_v3.build),
)


def build_state(progress: Progress) -> bytes:
    """Return the state file of a freshly built local mainnet.

    Raises:
        PackageUnavailable: a package could not be fetched.
        HaltError: something is missing on this machine, or the chain is not what it should be.
    """
    _prepare(progress)
    options = AnvilOptions(
        extra=(
            *("--timestamp", f"{GENESIS_S}", "--block-base-fee-per-gas", "0"),
            *("--disable-code-size-limit", "--auto-impersonate"),
        )
    )
    with Anvil(options) as anvil:
        rpc = RpcClient(anvil.url, timeout_s=RPC_DEADLINE_S)
        chain = Deployer(rpc)
        rpc.call("anvil_setBlockTimestampInterval", 1)
        rpc.call("anvil_setBalance", DEPLOYER, hex(DEPLOYER_WEI))
        for done, (name, build) in enumerate(SYSTEMS):
            progress("build", name, done, len(SYSTEMS))
            build(chain)
        progress("build", "done", len(SYSTEMS), len(SYSTEMS))
        check_provenance(chain)
        rpc.call("anvil_setNextBlockBaseFeePerGas", hex(FIRST_BASE_FEE_WEI))
        rpc.call("evm_mine")
        return trimmed(rpc.call("anvil_dumpState"))


def _prepare(progress: Progress) -> None:
    """Fetch and compile what the systems need, two at a time."""

    def fetched(package: Package, done: int, total: int) -> None:
        progress("fetch", package.spec, done, total)

    progress("fetch", "packages", 0, len(PACKAGES))
    ensure_packages(fetched)
    progress("fetch", "done", len(PACKAGES), len(PACKAGES))
    compilations = (morpho_compilation(), permit2_compilation())
    names = [what.contract[1] for what in compilations]
    progress("compile", " and ".join(names), 0, len(names))
    with ThreadPoolExecutor(len(compilations)) as pool:
        for done, _ in enumerate(pool.map(compiled, compilations), start=1):
            progress("compile", names[done - 1], done, len(names))
