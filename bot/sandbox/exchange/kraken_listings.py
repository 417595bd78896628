"""Kraken's lists: its clock and state, its currencies, its markets and their rules."""

import email.utils
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.kraken_words import (
    KrakenError,
    Params,
    altname,
    asset_id,
    instant,
    pair_id,
    status_of,
)
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import Floor

_PERCENT = 100


class KrakenListings:
    """Answers from one floor; what is asked over REST takes the request's parameters."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._pairs = {
            name: pair
            for pair in floor.engine.markets
            for name in (pair, altname(pair), pair_id(pair))
        }

    def pair(self, name: object) -> str:
        """Return our name of a pair that has three at Kraken.

        Raises:
            KrakenError: it is not listed.
        """
        if not isinstance(name, str) or name not in self._pairs:
            raise KrakenError("EQuery:Unknown asset pair")
        return self._pairs[name]

    def asked(self, params: Params) -> list[str]:
        """Return our names of the pairs that are asked for, of all where none is."""
        names = str(params.get("pair", ""))
        if not names:
            return list(self._floor.engine.markets)
        return [self.pair(name) for name in names.split(",")]

    def time(self, _: Params) -> dict[str, Any]:
        """The venue's clock, in whole seconds."""
        now_s = self._floor.clock.now() // NANOS_PER_S
        return {"unixtime": now_s, "rfc1123": email.utils.formatdate(now_s)}

    def status(self, _: Params) -> dict[str, Any]:
        """Whether the venue trades at all."""
        return {"status": "online", "timestamp": instant(self._floor.clock.now())[:19] + "Z"}

    def assets(self, params: Params) -> dict[str, Any]:
        """Every currency, or those that are asked for."""
        markets = self._floor.engine.markets.values()
        names = sorted({name for market in markets for name in (market.base, market.quote)})
        asked = str(params.get("asset", "")).split(",") if "asset" in params else None
        if asked is not None:
            names = [name for name in names if {name, asset_id(name)} & set(asked)]
        if not names:
            raise KrakenError("EQuery:Unknown asset")
        return {asset_id(name): self._asset(name) for name in names}

    def asset_pairs(self, params: Params) -> dict[str, Any]:
        """Every market and its rules."""
        markets = self._floor.engine.markets
        return {pair_id(pair): self._market(markets[pair]) for pair in self.asked(params)}

    def _asset(self, name: str) -> dict[str, Any]:
        networks = self._floor.networks.get(name, ())
        is_closed = bool(networks) and not any(
            network.withdrawals_open or network.deposits_open for network in networks
        )
        return {
            "aclass": "currency",
            "altname": name,
            "decimals": 4 if asset_id(name) != name else 8,
            "display_decimals": 4,
            "status": "disabled" if is_closed else "enabled",
        }

    def _market(self, market: Market) -> dict[str, Any]:
        fees = self._floor.engine.fees
        return {
            "altname": altname(market.pair),
            "wsname": market.pair,
            "aclass_base": "currency",
            "base": asset_id(market.base),
            "aclass_quote": "currency",
            "quote": asset_id(market.quote),
            "lot": "unit",
            "cost_decimals": 5,
            "pair_decimals": market.price_decimals,
            "lot_decimals": market.size_decimals,
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, float(fees.taker * _PERCENT)]],
            "fees_maker": [[0, float(fees.maker * _PERCENT)]],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": f"{market.min_size:f}",
            "costmin": f"{market.min_value:f}",
            "tick_size": f"{market.tick:f}",
            "status": status_of(market),
        }
