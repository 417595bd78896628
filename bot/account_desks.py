"""Our accounts, each as the parts of the position engine want to know it."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from bot.config import Config
from bot.domain.ticks import SourceKind
from bot.domain.units import WAD, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.execution.exchange_connector import AccountDesk, OrderDesk, OrderStream
from bot.execution.order_ports import TradingAccount
from bot.venue_markets import Account


class Desk(msgspec.Struct, frozen=True):
    """One account as it is reached."""

    orders: OrderDesk
    money: AccountDesk
    stream: OrderStream | None  # None: it tells nothing by itself
    pairs: tuple[str, ...]
    is_here: Callable[[], bool] = lambda: True  # False: not opened yet
    arrived: asyncio.Event | None = None  # is set when it is opened late


def market_accounts(config: Config, desks: Mapping[str, Desk]) -> tuple[Account, ...]:
    """Return what is asked for books, rules and money; orders on chain cost gas."""
    gas = Wad(round(config.costs.gas_usd * WAD))
    return tuple(
        Account(
            venue=venue,
            desk=desk.money,
            pairs=desk.pairs,
            kind=SourceKind.DEX if venue == CHAIN_VENUE else SourceKind.CEX,
            fixed_usd=gas if venue == CHAIN_VENUE else Wad(0),
            is_here=desk.is_here,
        )
        for venue, desk in desks.items()
    )


def trading_accounts(desks: Mapping[str, Desk]) -> dict[str, TradingAccount]:
    """Return what orders are given to."""
    return {
        venue: TradingAccount(
            orders=desk.orders, money=desk.money, pairs=desk.pairs, is_here=desk.is_here
        )
        for venue, desk in desks.items()
    }
