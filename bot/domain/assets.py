"""Tokens of Ethereum mainnet that Repeg trades or prices gas with."""

import msgspec

from bot.domain.units import Address, Raw, human


class Token(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
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
SAVINGS_DAI = Token(
    symbol="sDAI", address=Address("0x83F20F44975D03b1b09e64809B757c47f942BEeA"), decimals=18
)
SAVINGS_USDS = Token(
    symbol="sUSDS", address=Address("0xa3931d71877C0E7a3148CB7Eb4463524FEc27fbD"), decimals=18
)
FRAX = Token(
    symbol="FRAX", address=Address("0x853d955aCEf822Db058eb8505911ED77F175b99e"), decimals=18
)
PYUSD = Token(
    symbol="PYUSD", address=Address("0x6c3ea9036406852006290770BEdFcAbA0e23A0e8"), decimals=6
)
USDE = Token(
    symbol="USDe", address=Address("0x4c9EDD5852cd905f086C759E8383e09bff1E68B3"), decimals=18
)
LUSD = Token(
    symbol="LUSD", address=Address("0x5f98805A4E8be255a32880FDeC7F6728C6568bA0"), decimals=18
)

STABLECOINS = (USDC, USDT, DAI, SUSD)
TOKENS = (
    *STABLECOINS,
    *(WETH, USDS, GHO, CRVUSD, SAVINGS_DAI, SAVINGS_USDS, FRAX, PYUSD, USDE, LUSD),
)
BY_SYMBOL = {token.symbol.upper(): token for token in TOKENS}
BY_ADDRESS = {token.address: token for token in TOKENS}
