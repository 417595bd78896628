"""Tokens of Ethereum mainnet that Repeg trades or prices gas with."""

import msgspec

from bot.domain.units import Address, Raw, human


class Token(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One ERC-20; `decimals` is checked on chain before it is trusted."""

    symbol: str
    address: Address
    decimals: int

    def show(self, amount: Raw, places: int = 2) -> str:
        """Return `amount` with its symbol, for people."""
        return f"{human(amount, self.decimals, places)} {self.symbol}"


USDC = Token(
    symbol="USDC", address=Address("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), decimals=6
)
USDT = Token(
    symbol="USDT", address=Address("0xdAC17F958D2ee523a2206206994597C13D831ec7"), decimals=6
)
DAI = Token(
    symbol="DAI", address=Address("0x6B175474E89094C44Da98b954EedeAC495271d0F"), decimals=18
)
SUSD = Token(
    symbol="sUSD", address=Address("0x57Ab1ec28D129707052df4dF418D58a2D46d5f51"), decimals=18
)
WETH = Token(
    symbol="WETH", address=Address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), decimals=18
)
USDS = Token(
    symbol="USDS", address=Address("0xdC035D45d973E3EC169d2276DDab16f1e407384F"), decimals=18
)
GHO = Token(
    symbol="GHO", address=Address("0x40D16FC0246aD3160Ccc09B8D0D3A2cD28aE6C2f"), decimals=18
)
CRVUSD = Token(
    symbol="crvUSD", address=Address("0xf939E0A03FB07F59A73314E73794Be0E57ac1b4E"), decimals=18
)

STABLECOINS = (USDC, USDT, DAI, SUSD)
BY_SYMBOL = {token.symbol.upper(): token for token in (*STABLECOINS, WETH)}
BY_ADDRESS = {token.address: token for token in (*STABLECOINS, WETH)}
