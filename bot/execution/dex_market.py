"""What the chain offers an account as a venue: its book, its rules, and what is held."""

import time

from bot.chain.abi import encode_hex, word
from bot.chain.rpc import RpcClient
from bot.domain.assets import TOKENS, USDC, Token
from bot.domain.errors import VenueRefused
from bot.domain.orders import Balance, Level, MarketRules, VenueBook
from bot.domain.units import WAD, Address, Nanos, Raw, Wad, Wei, to_wad_down
from bot.execution.dex_quotes import Way, ways_between
from bot.market.book import MarketBook
from bot.market.pool_ladder import asks, bids

ETHER_PAIR = "ETH/USDC"
_MIDDLING = 50_000  # whole coins: the size that the shown pool is chosen by


def rules_of(book: MarketBook, venue: str, pair: str, tokens: tuple[Token, Token]) -> MarketRules:
    """Return what is taken of a pair: any amount that the base token can express."""
    step = Wad(WAD // 10 ** tokens[0].decimals)
    return MarketRules(
        venue=venue,
        pair=pair,
        tick=Wad(1),
        step=step,
        min_amount=step,
        min_value=Wad(0),
        maker_fee_bps=0.0,
        taker_fee_bps=0.0,
        is_trading=any(_sells(way) for way in ways_between(book, *tokens)),
    )


def book_of(
    book: MarketBook, venue: str, pair: str, tokens: tuple[Token, Token], levels: int
) -> VenueBook:
    """Return what the best pool pays and the best pool asks, each for slices of the base.

    Raises:
        VenueRefused: no pool trades the pair now.
    """
    ways = ways_between(book, *tokens)
    probe = Raw(_MIDDLING * 10 ** tokens[0].decimals)
    sold = max(ways, key=lambda way: _pays(way, probe), default=None)
    costs = [(way.pool.amount_in(way.quote, way.base, probe), way) for way in ways]
    bought = min(((cost, n) for n, (cost, _) in enumerate(costs) if cost), default=None)
    found = VenueBook(
        venue=venue,
        pair=pair,
        bids=bids(sold.pool, sold.base, sold.quote, levels) if sold else (),
        asks=_asks(costs[bought[1]][1], levels) if bought else (),
        at=Nanos(time.time_ns()),
    )
    if not found.bids and not found.asks:
        raise VenueRefused(venue, f"no pool trades {pair} now")
    return found


def ether_book(book: MarketBook, venue: str) -> VenueBook:
    """Return what ETH is worth in USDC, for adding up gas: nothing is traded at that price."""
    price = Wad(book.cost_in(USDC, Wei(WAD)) * 10 ** (18 - USDC.decimals))
    level = (Level(price=price, amount=Wad(WAD)),)
    return VenueBook(venue=venue, pair=ETHER_PAIR, bids=level, asks=level, at=Nanos(time.time_ns()))


def balances(rpc: RpcClient, wallet: Address, venue: str) -> tuple[Balance, ...]:
    """Return what an account holds of every token of the table, and of ETH for gas.

    Tokens that are not on this chain are left out.

    Raises:
        NodeUnreachable: no answer.
    """
    data = encode_hex("balanceOf(address)", wallet)
    asked = [("eth_call", ({"to": token.address, "data": data}, "latest")) for token in TOKENS]
    *held, ether = rpc.batch([*asked, ("eth_getBalance", (wallet, "latest"))])
    found = [
        _balance(venue, token.symbol, to_wad_down(_amount(answer), token.decimals))
        for token, answer in zip(TOKENS, held, strict=True)
        if len(answer) > 2
    ]
    return (*found, _balance(venue, "ETH", Wad(int(ether, 16))))


def _balance(venue: str, currency: str, free: Wad) -> Balance:
    return Balance(venue=venue, currency=currency, free=free, held=Wad(0))


def _amount(answer: str) -> Raw:
    return Raw(word(bytes.fromhex(answer[2:]), 0))


def _sells(way: Way) -> bool:
    return way.pool.max_in(way.base, way.quote) > 0 or way.pool.max_in(way.quote, way.base) > 0


def _pays(way: Way, probe: Raw) -> Raw:
    return way.pool.amount_out(way.base, way.quote, probe)


def _asks(way: Way, levels: int) -> tuple[Level, ...]:
    return asks(way.pool, way.base, way.quote, levels)
