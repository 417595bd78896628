"""A coin leaves its peg in a pool of a real chain, and the watch hears of it from the blocks."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from support.answering_code import put_oracle

from bot.chain.rpc import RpcClient
from bot.config import Config, NodeConfig
from bot.domain.assets import SUSD, USDC
from bot.domain.depegs import DepegChange, Side, Turn
from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.ticks import Redemption
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Raw
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC
from bot.domain.views import AssetView, NoView
from bot.feeds.chain_options import ChainOptions
from bot.feeds.feed import SystemClock
from bot.monitor_app import chain_prices
from bot.operations.heads import latest_head
from bot.sandbox.anvil import Anvil
from bot.sandbox.faucet import shock
from bot.strategy.evidence import RedemptionState
from bot.strategy.price_watch import PriceWatch

pytestmark = pytest.mark.anvil

ANCHORS = ("USDC", "USDT", "DAI")


@pytest.fixture
def chain(local_mainnet: Anvil) -> Iterator[tuple[Anvil, RpcClient]]:
    """A local mainnet where Chainlink says that three coins are worth a dollar."""
    rpc = RpcClient(local_mainnet.url)
    rpc.call("evm_mine")
    now_s = latest_head(rpc).timestamp_s
    for oracle in MAINNET_ORACLES:
        if oracle.asset in ANCHORS:
            put_oracle(rpc, oracle, 10**8, now_s)
    rpc.call("evm_mine")
    yield local_mainnet, rpc
    rpc.close()


class ChainClock(SystemClock):
    """Our time is the chain's, which tests let pass quicker."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc

    def now(self) -> Nanos:
        return Nanos(latest_head(self._rpc).timestamp_s * NANOS_PER_S)


async def watched(anvil: Anvil, rpc: RpcClient) -> tuple[PriceWatch, list[DepegChange]]:
    """Return the watch and what turned, after a sale of sUSD and a minute of blocks."""
    config = Config(
        node=NodeConfig(http_url=anvil.url, ws_url=anvil.ws_url), chain=ChainOptions(listen=True)
    )
    watch, turned, blocks = PriceWatch(), [], 0
    async with (
        asyncio.timeout(240),
        aclosing(aiter(chain_prices(config, ChainClock(rpc)))) as messages,  # type: ignore[type-var]
    ):
        async for message in messages:
            turned += watch.hear(message)
            if not (isinstance(message, Redemption) and message.venue == LITE_PSM_USDC.name):
                continue
            if message.asset != "USDC":
                continue
            blocks += 1  # the rail is told once in each
            if blocks == 1:
                shock(rpc, CURVE_SUSD, SUSD, Raw(12_000_000 * 10**18), into=USDC)
            elif blocks > 6:
                break
            else:
                rpc.call("evm_increaseTime", 12)
                rpc.call("evm_mine")
    return watch, turned


def test_a_coin_sold_in_its_pool_is_seen_below_par_while_the_others_stay(
    chain: tuple[Anvil, RpcClient],
) -> None:
    watch, turned = asyncio.run(watched(*chain))
    sold = watch.views["sUSD"]
    assert isinstance(sold, AssetView)
    assert sold.off_bps < -20
    for coin in ("USDC", "USDT", "DAI", "USDS", "crvUSD", "GHO"):
        view = watch.views[coin]
        assert isinstance(view, AssetView), view
        assert abs(view.off_bps) < 5, view
    assert {(c.depeg.asset, c.depeg.side) for c in turned} == {("sUSD", Side.DISCOUNT)}
    assert turned[0].turn is Turn.STARTED


def test_the_rails_of_the_chain_are_evidence_that_redemption_is_open(
    chain: tuple[Anvil, RpcClient],
) -> None:
    watch, _ = asyncio.run(watched(*chain))
    assert watch.evidence("USDC").redemption is RedemptionState.OPEN
    assert watch.evidence("sUSD").redemption is RedemptionState.UNKNOWN
    assert watch.evidence("USDC").supply_jump_bps is not None
    assert "sDAI" not in watch.views
    assert not [view for view in watch.views.values() if isinstance(view, NoView)]
    usdc = watch.views["USDC"]
    assert isinstance(usdc, AssetView)
    assert abs(usdc.price - WAD) < WAD // 1_000
