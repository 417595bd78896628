"""Ways in and out of Kraken, per network, as its REST tells them."""

from decimal import Decimal
from typing import Any

from bot.sandbox.exchange.kraken_words import KrakenError, Params, asset_id, decimal_in
from bot.sandbox.exchange.spot_market import Network
from bot.sandbox.exchange.trading_floor import Floor

_NETWORKS = {"ETH": "Ethereum", "ARBITRUM": "Arbitrum One", "TRX": "Tron"}


class KrakenFunding:
    """Every method takes the account and the request's parameters; closed ways are left out."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def deposit_methods(self, _: str, params: Params) -> list[dict[str, Any]]:
        """Tell the open ways in for one currency."""
        name = self._currency(params)
        return [
            {
                "method": _method(name, network),
                "limit": False,
                "gen-address": True,
                "minimum": f"{network.withdraw_min:f}",
            }
            for network in self._floor.networks.get(name, ())
            if network.deposits_open
        ]

    def withdraw_methods(self, _: str, params: Params) -> list[dict[str, Any]]:
        """Tell the open ways out of one currency, or of all."""
        names = [self._currency(params)] if "asset" in params else list(self._floor.networks)
        return [
            {
                "asset": asset_id(name),
                "method": _method(name, network),
                "method_id": f"{name}-{network.name}",
                "network": _network(network),
                "network_id": network.name,
                "minimum": f"{network.withdraw_min:f}",
                "fee": {
                    "aclass": "currency",
                    "asset": asset_id(name),
                    "fee": f"{network.withdraw_fee:f}",
                },
            }
            for name in names
            for network in self._floor.networks.get(name, ())
            if network.withdrawals_open
        ]

    def withdraw_info(self, account: str, params: Params) -> dict[str, Any]:
        """Tell what one withdrawal would cost; the key names one of the ways out."""
        name, key = self._currency(params), str(params.get("key", ""))
        for network in self._floor.networks.get(name, ()):
            if network.withdrawals_open and key in {network.name, _method(name, network)}:
                balance = self._floor.engine.accounts[account].of(name).free
                amount = (decimal_in(params, "amount") or Decimal(0)) - network.withdraw_fee
                return {
                    "method": _method(name, network),
                    "limit": f"{balance:.8f}",
                    "amount": f"{max(amount, Decimal(0)):.8f}",
                    "fee": f"{network.withdraw_fee:f}",
                }
        raise KrakenError("EFunding:Unknown withdraw key")

    def _currency(self, params: Params) -> str:
        name = str(params.get("asset", ""))
        markets = self._floor.engine.markets.values()
        for currency in {name for market in markets for name in (market.base, market.quote)}:
            if name in {currency, asset_id(currency)}:
                return currency
        raise KrakenError("EFunding:Unknown asset")


def _network(network: Network) -> str:
    return _NETWORKS.get(network.name, network.name)


def _method(currency: str, network: Network) -> str:
    return f"{currency} ({_network(network)})"
