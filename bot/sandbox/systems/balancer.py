"""Balancer V2: authorizer, Vault, and one stable pool of DAI, USDC and USDT."""

from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address

from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.units import Address
from bot.domain.venues import BALANCER_VAULT
from bot.sandbox.addresses import BALANCER_STABLE_FACTORY, DEPLOYER
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import BALANCER
from bot.sandbox.systems.tokens import approve

DAY_S = 86_400
PAUSE_WINDOW_S, PAUSE_BUFFER_S = 90 * DAY_S, 30 * DAY_S
TOKENS = sorted((DAI, USDC, USDT), key=lambda token: int(token.address, 16))
DEPTH = 10_000_000  # whole coins of each
AMPLIFICATION = 200
SWAP_FEE_WAD = 5 * 10**14
JOIN_INIT = 0
JOIN_POOL = "joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))"


def build(chain: Deployer) -> None:
    """Deploy the Vault with mainnet's arguments, then the pool through its factory."""
    tasks = "dist/tasks"
    authorizer = chain.deploy(
        creation_code(BALANCER, f"{tasks}/20210418-authorizer/artifact/Authorizer.json"),
        "address",
        DEPLOYER,
    )
    chain.deploy_at(
        BALANCER_VAULT,
        creation_code(BALANCER, f"{tasks}/20210418-vault/artifact/Vault.json"),
        "address,address,uint256,uint256",
        *(authorizer, WETH.address, PAUSE_WINDOW_S, PAUSE_BUFFER_S),
    )
    stable = f"{tasks}/deprecated/20210624-stable-pool/artifact/StablePoolFactory.json"
    factory = creation_code(BALANCER, stable)
    chain.deploy_at(BALANCER_STABLE_FACTORY, factory, "address", BALANCER_VAULT)
    _join(chain, _pool(chain))


def _pool(chain: Deployer) -> Address:
    receipt = chain.send(
        BALANCER_STABLE_FACTORY,
        "create(string,string,address[],uint256,uint256,address)",
        "Balancer USD Stable Pool",
        "staBAL3",
        [token.address for token in TOKENS],
        *(AMPLIFICATION, SWAP_FEE_WAD, DEPLOYER),
    )
    return Address(to_checksum_address(receipt["logs"][-1]["topics"][1][-40:]))


def _join(chain: Deployer, pool: Address) -> None:
    (pool_id,) = chain.call(pool, "getPoolId()", "bytes32")
    for token in TOKENS:
        approve(chain, token.address, BALANCER_VAULT)
    amounts = [DEPTH * 10**token.decimals for token in TOKENS]
    how = abi_encode(["uint256", "uint256[]"], [JOIN_INIT, amounts])
    request = ([token.address for token in TOKENS], amounts, how, False)
    chain.send(
        BALANCER_VAULT,
        JOIN_POOL,
        *(pool_id, DEPLOYER, DEPLOYER, request),
    )
