"""What of a chain is told as prices, and how providers are asked."""

from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class ChainOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Switches and limits of the prices of a chain."""

    listen: bool = False  # to the node of [node]
    pools: bool = True  # prices and compositions
    rails: bool = True  # redemption values
    oracles: bool = True
    supplies: bool = True
    least_depth: NotNegative = 1_000.0  # whole coins within 0.1 %: less is no market
    silence_s: Positive = 36.0  # three slots without a head: the node is dead
    max_lag_s: Positive = 90.0  # a newest block that is older: the node is behind


class ProviderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one provider is polled."""

    coins: tuple[str, ...] = ()  # none: it is not asked
    url: str | None = None  # of a stand-in; None: the provider itself
    timeout_s: Positive = 10.0
    slowest_s: Positive = 30.0  # between questions while prices stand still
    fastest_s: Positive = 5.0  # while they move
    max_age_s: Positive = 600.0  # of a price by the provider's clock; older ones are a fault
    max_skew_s: Positive = 60.0  # by which its clock may be ahead of ours
    last_retry_s: Positive = 300.0  # the longest wait after failures, unless it asks for more
