"""Which coins' contracts are asked whether they are stopped, and by whose node."""

import os
from collections.abc import Collection, Mapping, Sequence

from bot.config import WALLET_KEY, Config
from bot.domain.units import Address
from bot.domain.venues import CHAIN_VENUE
from bot.feeds.feed import Clock
from bot.token_watch import TokenWatch


def open_token_watch(
    config: Config, coins: Collection[str], clock: Clock, *, on_chain: bool
) -> TokenWatch:
    """Return who asks the contracts; nobody, where no node is used.

    `on_chain`: our own account trades there, and is asked about by its address too.

    Raises:
        BadConfiguration: the account's key is unusable.
    """
    if not (config.chain.listen or on_chain):
        return TokenWatch((), lambda _: None, clock)
    from bot.chain.rpc import RpcClient  # noqa: PLC0415 - slow to load, and not always needed
    from bot.execution.token_state import can_be_stopped, token_state  # noqa: PLC0415

    rpc = RpcClient(config.node.http_url, timeout_s=config.node.timeout_s)
    asked = sorted(filter(can_be_stopped, coins))
    ours = _address() if on_chain else ()
    return TokenWatch(asked, lambda coin: token_state(rpc, coin, ours).is_stopped, clock)


def stoppable(pairs: Mapping[str, Sequence[str]]) -> set[str]:
    """Return what is traded; on chain the coins that are paid with can be stopped as well.

    `pairs` are those of each venue.
    """
    found = {pair.partition("/")[0] for listed in pairs.values() for pair in listed}
    return found | {pair.partition("/")[2] for pair in pairs.get(CHAIN_VENUE, ())}


def _address() -> tuple[Address, ...]:
    from bot.execution.signing import load_account  # noqa: PLC0415 - all of eth_account

    return (Address(load_account(os.environ, WALLET_KEY).address),)
