"""WETH9, USDC, USDT, DAI, sUSD and two plain tokens; the deployer holds the supply."""

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from bot.chain.artifacts import load_artifact
from bot.domain.assets import DAI, SUSD, USDC, USDT, WETH
from bot.domain.units import UINT256_MAX, WAD, Address
from bot.domain.venues import MAINNET_CHAIN_ID
from bot.sandbox.addresses import DEPLOYER, USDC_PROXY_ADMIN
from bot.sandbox.bytecode import creation_code, dai_runtime, usdt_creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import AAVE, CIRCLE, WETH9
from bot.sandbox.pools import PLAIN_A, PLAIN_B

SUPPLY = 2_000_000_000  # of each stablecoin, in whole coins
DEPLOYER_WETH = 100_000
CIRCLE_FOLDER = "artifacts/hardhat/contracts"
DAI_WARDS_SLOT, DAI_SEPARATOR_SLOT = 0, 5
EIP712_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def build(chain: Deployer) -> None:
    """Put all at their addresses."""
    chain.deploy_at(WETH.address, creation_code(WETH9, "build/contracts/WETH9.json"))
    chain.pay(WETH.address, "deposit()", DEPLOYER_WETH * WAD)
    _usdc(chain)
    chain.deploy_at(USDT.address, usdt_creation_code(), "uint256", SUPPLY * 10**USDT.decimals)
    _dai(chain)
    erc20 = creation_code(
        AAVE, "artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json"
    )
    chain.deploy_at(
        SUSD.address, erc20, "string,string,uint8", "Synth sUSD", SUSD.symbol, SUSD.decimals
    )
    chain.send(SUSD.address, "mint(address,uint256)", DEPLOYER, SUPPLY * 10**SUSD.decimals)
    for token in (PLAIN_A, PLAIN_B):
        supply = SUPPLY * 10**token.decimals
        plain = load_artifact("PlainToken").creation_code
        words = (token.symbol, token.symbol, supply, DEPLOYER)
        chain.deploy_at(token.address, plain, "string,string,uint256,address", *words)


def approve(chain: Deployer, token: Address, spender: Address) -> None:
    """Let `spender` take the deployer's tokens; USDT refuses to be told twice."""
    if chain.call(token, "allowance(address,address)", "uint256", DEPLOYER, spender)[0]:
        return
    chain.send(token, "approve(address,uint256)", spender, UINT256_MAX)


def _usdc(chain: Deployer) -> None:
    checker = chain.deploy(
        creation_code(CIRCLE, f"{CIRCLE_FOLDER}/util/SignatureChecker.sol/SignatureChecker.json")
    )
    logic = chain.deploy(
        creation_code(
            CIRCLE,
            f"{CIRCLE_FOLDER}/v2/FiatTokenV2_2.sol/FiatTokenV2_2.json",
            {"SignatureChecker": checker},
        )
    )
    proxy = creation_code(CIRCLE, f"{CIRCLE_FOLDER}/v1/FiatTokenProxy.sol/FiatTokenProxy.json")
    chain.deploy_at(USDC.address, proxy, "address", logic, sender=USDC_PROXY_ADMIN)
    owners = [DEPLOYER] * 4  # master minter, pauser, blacklister, owner
    chain.send(
        USDC.address,
        "initialize(string,string,string,uint8,address,address,address,address)",
        *("USD Coin", USDC.symbol, "USD", USDC.decimals, *owners),
    )
    chain.send(USDC.address, "initializeV2(string)", "USD Coin")
    chain.send(USDC.address, "initializeV2_1(address)", DEPLOYER)
    chain.send(USDC.address, "initializeV2_2(address[],string)", [], USDC.symbol)
    chain.send(USDC.address, "configureMinter(address,uint256)", DEPLOYER, UINT256_MAX)
    chain.send(USDC.address, "mint(address,uint256)", DEPLOYER, SUPPLY * 10**USDC.decimals)


def _dai(chain: Deployer) -> None:
    """Dai's constructor is recorded without its code, so its two effects are written by hand."""
    chain.set_code(DAI.address, dai_runtime())
    ward = keccak(abi_encode(["address", "uint256"], [DEPLOYER, DAI_WARDS_SLOT]))
    chain.set_word(DAI.address, ward, 1)
    names = (keccak(text=EIP712_DOMAIN), keccak(text="Dai Stablecoin"), keccak(text="1"))
    separator = abi_encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [*names, MAINNET_CHAIN_ID, DAI.address],
    )
    chain.set_word(DAI.address, DAI_SEPARATOR_SLOT, keccak(separator))
    chain.send(DAI.address, "mint(address,uint256)", DEPLOYER, SUPPLY * 10**DAI.decimals)
