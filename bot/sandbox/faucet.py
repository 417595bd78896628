"""Money from nowhere, and somebody who spends it, on any anvil: local mainnet or fork."""

from collections.abc import Callable
from typing import Any

from bot.chain.abi import decode, encode_hex, word
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, SUSD, USDC, USDT, WETH, Token
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.domain.units import Address, Raw, Wei
from bot.domain.venues import BALANCER_VAULT, PoolSpec, Venue
from bot.sandbox.addresses import SOMEONE, UNISWAP_V3_ROUTER
from bot.sandbox.errors import LocalChainFailed

GAS = 1_000_000  # of each transaction; the swap cannot be estimated before the approval is mined
FUEL = Wei(10**20)
FAR_FUTURE = 2**40
BOUGHT = (USDT, USDC, DAI, WETH, SUSD)  # the first that is not sold
V2_KEPT, V2_WHOLE = 997, 1_000
RAILS = (Venue.LITE_PSM, Venue.MAKER_PSM, Venue.DAI_USDS, Venue.GHO_GSM, Venue.ERC4626)
BALANCER_SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)


def fund_eth(rpc: RpcClient, who: Address, wei: Wei) -> None:
    """Give `who` that much more ETH.

    Raises:
        BadConfiguration: the node is not anvil.
    """
    held = int(rpc.call("eth_getBalance", who, "latest"), 16)
    _cheat(rpc, "anvil_setBalance", who, hex(held + wei))


def fund_token(rpc: RpcClient, token: Token, who: Address, amount: Raw) -> None:
    """Give `who` that much more of `token`; the total supply does not move.

    Anvil finds the balance's storage slot by what `balanceOf` reads, so proxies and tokens that
    keep balances in another contract work too.

    Raises:
        BadConfiguration: the node is not anvil, or the slot was not found.
        LocalChainFailed: the token does not show the new balance.
    """
    wanted = balance_of(rpc, token, who) + amount
    _cheat(rpc, "anvil_dealERC20", who, token.address, hex(wanted))
    found = balance_of(rpc, token, who)
    if found != wanted:
        raise LocalChainFailed(f"{token.symbol} of {who} reads {found}, expected {wanted}")


def balance_of(rpc: RpcClient, token: Token, who: Address) -> Raw:
    """Return the balance at the latest block, in base units."""
    request = {"to": token.address, "data": encode_hex("balanceOf(address)", who)}
    return Raw(word(bytes.fromhex(rpc.call("eth_call", request, "latest")[2:]), 0))


def shock(
    rpc: RpcClient, pool: PoolSpec, token: Token, amount: Raw, *, into: Token | None = None
) -> str:
    """Sell `amount` of `token` into `pool` and return the hash of the swap.

    The transactions are ordinary and pending: who mines them is the chain's own affair.

    Raises:
        BadConfiguration: the pool does not hold these coins, or nobody sells into its kind.
        NodeRefused: the node did not take a transaction.
    """
    others = (*(t for t in BOUGHT if t in pool.tokens), *pool.tokens)
    bought = into or next(t for t in others if t != token)
    if token not in pool.tokens or bought not in pool.tokens or token == bought:
        raise BadConfiguration(f"{pool.name} does not swap {token.symbol} for {bought.symbol}")
    if amount <= 0:
        raise BadConfiguration(f"a shock sells more than {token.show(amount)}")
    if pool.venue in RAILS:
        raise BadConfiguration(f"{pool.name} has one price: selling into it moves nothing")
    if pool.venue not in _SALES:
        raise BadConfiguration(f"nobody sells into {pool.name}: its kind has no plain swap")
    fund_eth(rpc, SOMEONE, FUEL)
    fund_token(rpc, token, SOMEONE, amount)
    rpc.call("anvil_impersonateAccount", SOMEONE)
    coins = (pool.tokens.index(token), pool.tokens.index(bought))
    return _SALES[pool.venue](rpc, pool, coins, amount)


def _into_curve(rpc: RpcClient, pool: PoolSpec, coins: tuple[int, int], amount: Raw) -> str:
    _approve(rpc, pool.tokens[coins[0]], pool.address, amount)
    name = "exchange_underlying" if pool.venue is Venue.CURVE_UNDERLYING else "exchange"
    swap = f"{name}(int128,int128,uint256,uint256)"
    return _send(rpc, pool.address, swap, *coins, amount, 0)


def _into_balancer(rpc: RpcClient, pool: PoolSpec, coins: tuple[int, int], amount: Raw) -> str:
    sold, bought = (pool.tokens[place] for place in coins)
    _approve(rpc, sold, BALANCER_VAULT, amount)
    single = (pool.pool_ids[0], 0, sold.address, bought.address, amount, b"")
    funds = (SOMEONE, False, SOMEONE, False)
    return _send(rpc, BALANCER_VAULT, BALANCER_SWAP, single, funds, 0, FAR_FUTURE)


def _into_v2(rpc: RpcClient, pool: PoolSpec, coins: tuple[int, int], amount: Raw) -> str:
    """Pay the pair, then ask for all it gives; `pool.tokens` stand in the order of addresses."""
    i, j = coins
    reserves = decode("uint112,uint112,uint32", _pending(rpc, pool.address, "getReserves()"))
    kept = amount * V2_KEPT
    out = kept * reserves[j] // (reserves[i] * V2_WHOLE + kept)
    _send(rpc, pool.tokens[i].address, "transfer(address,uint256)", pool.address, amount)
    amounts = (out, 0) if j == 0 else (0, out)
    return _send(rpc, pool.address, "swap(uint256,uint256,address,bytes)", *amounts, SOMEONE, b"")


def _into_v3(rpc: RpcClient, pool: PoolSpec, coins: tuple[int, int], amount: Raw) -> str:
    """Sell until the price has halved; without that limit the swap walks on to the end of ticks."""
    i, j = coins
    _approve(rpc, pool.tokens[i], UNISWAP_V3_ROUTER, amount)
    root_price = word(_pending(rpc, pool.address, "slot0()"), 0)
    limit = root_price * 7 // 10 if i < j else root_price * 10 // 7
    fields = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
    tokens = (pool.tokens[i].address, pool.tokens[j].address)
    fee = word(_pending(rpc, pool.address, "fee()"), 0)
    order = (*tokens, fee, SOMEONE, FAR_FUTURE, amount, 0, limit)
    return _send(rpc, UNISWAP_V3_ROUTER, f"exactInputSingle({fields})", order)


def _approve(rpc: RpcClient, token: Token, spender: Address, amount: Raw) -> None:
    """Allow exactly `amount`; USDT refuses to replace an allowance that is left over."""
    left = _pending(rpc, token.address, "allowance(address,address)", SOMEONE, spender)
    if word(left, 0):
        _send(rpc, token.address, "approve(address,uint256)", spender, 0)
    _send(rpc, token.address, "approve(address,uint256)", spender, amount)


def _pending(rpc: RpcClient, to: Address, signature: str, *arguments: Any) -> bytes:
    request = {"to": to, "data": encode_hex(signature, *arguments)}
    return bytes.fromhex(rpc.call("eth_call", request, "pending")[2:])


def _send(rpc: RpcClient, to: Address, signature: str, *arguments: Any) -> str:
    data = encode_hex(signature, *arguments)
    request = {"from": SOMEONE, "to": to, "data": data, "gas": hex(GAS)}
    return str(rpc.call("eth_sendTransaction", request))


def _cheat(rpc: RpcClient, method: str, *params: str) -> None:
    try:
        rpc.call(method, *params)
    except NodeRefused as error:
        raise BadConfiguration(f"{rpc.url} gives nothing away: {error}") from error


_SALES: dict[Venue, Callable[[RpcClient, PoolSpec, tuple[int, int], Raw], str]] = {
    Venue.CURVE: _into_curve,
    Venue.CURVE_RECEIVED: _into_curve,
    Venue.CURVE_UNDERLYING: _into_curve,
    Venue.UNISWAP_V2: _into_v2,
    Venue.UNISWAP_V3: _into_v3,
    Venue.BALANCER_V2: _into_balancer,
}
