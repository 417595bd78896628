"""A local mainnet with what the gas benchmark needs on it."""

from contextlib import ExitStack
from typing import Any, Self

from bot.bench.gas_meter import Meter
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.units import UINT256_MAX, Address
from bot.domain.venues import AAVE_POOL, CURVE_SUSD, LITE_PSM_USDC, MORPHO_BLUE
from bot.sandbox.addresses import labelled
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.deployer import Deployer
from bot.sandbox.mainnet import ensure_state
from bot.sandbox.pools import PLAIN_A, PLAIN_B

TREASURY = labelled("gas: treasury")
INVENTORY = 50_000_000  # whole coins of each token for the bare swaps
PLAIN_TOKENS = (PLAIN_A, PLAIN_B)
USD_TOKENS = (USDC, USDT, DAI)
TOKENS = (*PLAIN_TOKENS, *USD_TOKENS)

ALLOWED: dict[Address, tuple[Token, ...]] = {  # standing approvals of the bare contract
    MORPHO_BLUE: (USDC, USDT),
    AAVE_POOL: (USDC, USDT),
    CURVE_SUSD.address: (USDC, USDT, DAI),
    LITE_PSM_USDC.address: (USDC,),
}


class Ground:
    """The chain, its meter and the bare contracts; use as a context manager."""

    def __init__(self) -> None:
        """Start the chain and deploy.

        Raises:
            HaltError: something is missing on this machine.
        """
        options = AnvilOptions(state_path=ensure_state(), extra=("--auto-impersonate",))
        self._anvil = Anvil(options)
        with ExitStack() as failed:
            failed.callback(self._anvil.stop)
            rpc = RpcClient(self._anvil.url)
            rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
            self.chain = Deployer(rpc)
            self.meter = Meter(rpc)
            self.bare = self.deploy("Bare")
            self.bare_take = self.deploy("BareTake")
            self._supply()
            failed.pop_all()

    def deploy(self, name: str, types: str = "", *arguments: Any) -> Address:
        """Create a contract of this project."""
        return self.chain.deploy(load_artifact(name).creation_code, types, *arguments)

    def hold_one_unit(self, who: Address, tokens: tuple[Token, ...]) -> None:
        """Give one base unit of each: nobody's balance goes from zero, or to zero."""
        for token in tokens:
            self.chain.send(token.address, "transfer(address,uint256)", who, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._anvil.stop()

    def _supply(self) -> None:
        self.hold_one_unit(TREASURY, TOKENS)
        self.hold_one_unit(self.bare_take, TOKENS)
        for token in TOKENS:
            amount = INVENTORY * 10**token.decimals
            self.chain.send(token.address, "transfer(address,uint256)", self.bare, amount)
        for spender, tokens in ALLOWED.items():
            for token in tokens:
                allow = "allow(address,address,uint256)"
                self.chain.send(self.bare, allow, token.address, spender, UINT256_MAX)
