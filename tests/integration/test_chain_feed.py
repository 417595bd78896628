"""Prices of a real chain as messages, and what is told when its node is lost."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Self

import pytest
from support.answering_code import put_oracle

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcClient
from bot.config import Config, NodeConfig
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.errors import WrongChain
from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.ticks import (
    Fault,
    FaultKind,
    Message,
    Redemption,
    Restored,
    SourceKind,
    Supply,
    Tick,
)
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Raw
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC
from bot.feeds.chain_feed import ChainFeed
from bot.feeds.chain_options import ChainOptions
from bot.feeds.chain_sources import NoLenders
from bot.feeds.feed import SystemClock
from bot.feeds.pool_feed import open_pool_feed
from bot.monitor_app import chain_prices
from bot.operations.heads import latest_head
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.faucet import shock
from bot.sandbox.mainnet import ensure_state, start_local_mainnet

pytestmark = pytest.mark.anvil

ORACLE = MAINNET_ORACLES[0]
Seen = list[Message]


class Listener:
    """Takes messages from a feed in a task of its own."""

    def __init__(self, feed: ChainFeed) -> None:
        self.heard: Seen = []
        self._news = asyncio.Event()
        self._feed = feed

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self._feed:
            self.heard.append(message)
            self._news.set()

    async def until(self, happened: Callable[[Seen], bool], within_s: float = 20) -> Seen:
        """Wait until what was heard is as asked; the task's own end is told at once."""
        async with asyncio.timeout(within_s):
            while not happened(self.heard):
                if self._task.done():
                    self._task.result()
                self._news.clear()
                news = asyncio.create_task(self._news.wait())
                await asyncio.wait({news, self._task}, return_when=asyncio.FIRST_COMPLETED)
        return self.heard


def feed_of(anvil: Anvil, **options: object) -> ChainFeed:
    config = Config(
        node=NodeConfig(http_url=anvil.url, ws_url=anvil.ws_url),
        chain=ChainOptions(**{"listen": True, "max_lag_s": 1e9, **options}),
    )
    return chain_prices(config, SystemClock())


@pytest.fixture
def chain(local_mainnet: Anvil) -> Iterator[tuple[Anvil, RpcClient]]:
    rpc = RpcClient(local_mainnet.url)
    yield local_mainnet, rpc
    rpc.close()


def tell(rpc: RpcClient, answer: int, updated_s: int, *, decimals: int = 8) -> None:
    """Put an oracle of one answer where mainnet has Chainlink's, in a new block."""
    put_oracle(rpc, ORACLE, answer, updated_s, decimals=decimals)
    rpc.call("evm_mine")  # a block that is over keeps the state it had


def prices(heard: Seen) -> dict[tuple[str, str], Tick]:
    """Return the newest of each source."""
    return {(m.venue, m.pair): m for m in heard if isinstance(m, Tick)}


def said_of_oracle(heard: Seen) -> list[type[Message]]:
    return [
        type(m) for m in heard if isinstance(m, Tick | Fault | Restored) and m.venue == "Chainlink"
    ]


def test_the_first_block_tells_pools_rails_and_supplies_as_the_chain_has_them(
    chain: tuple[Anvil, RpcClient],
) -> None:
    anvil, rpc = chain
    head = latest_head(rpc)
    pool = open_pool_feed(rpc, (CURVE_SUSD,), NoLenders).read(head).pools[CURVE_SUSD]

    async def first() -> Seen:
        async with Listener(feed_of(anvil)) as listener:
            wanted = (CURVE_SUSD.name, "DAI/USDC")
            return list(await listener.until(lambda heard: wanted in prices(heard)))

    heard = asyncio.run(first())
    tick = prices(heard)[CURVE_SUSD.name, "DAI/USDC"]
    sold = pool.amount_out(0, 1, Raw(10**18)) / 10**6
    assert (tick.kind, tick.at) == (SourceKind.DEX, head.timestamp_s * NANOS_PER_S)
    assert tick.bid / WAD == pytest.approx(sold, rel=2e-6)
    assert tick.depth > 1_000 * WAD
    supplies = {m.asset: m.total for m in heard if isinstance(m, Supply)}
    assert supplies["USDC"] == total_supply(rpc, USDC) * 10**12
    assert supplies["DAI"] == total_supply(rpc, DAI)


def total_supply(rpc: RpcClient, token: Token) -> int:
    request = {"to": token.address, "data": encode_hex("totalSupply()")}
    return int(rpc.call("eth_call", request, "latest"), 16)


def test_the_rails_tell_what_they_pay_in_both_directions(chain: tuple[Anvil, RpcClient]) -> None:
    anvil, _ = chain

    async def first() -> Seen:
        async with Listener(feed_of(anvil, pools=False)) as listener:
            return list(await listener.until(lambda heard: any(map(is_psm, heard))))

    found = [m for m in asyncio.run(first()) if is_psm(m)]
    assert [(m.asset, m.currency, m.value) for m in found if isinstance(m, Redemption)][:1] == [
        ("USDC", "DAI", WAD)
    ]


def is_psm(message: Message) -> bool:
    return isinstance(message, Redemption) and message.venue == LITE_PSM_USDC.name


def test_a_sale_is_told_with_the_block_that_it_was_mined_in(
    chain: tuple[Anvil, RpcClient],
) -> None:
    anvil, rpc = chain
    source = (CURVE_SUSD.name, "USDC/USDT")

    async def before_and_after() -> tuple[Tick, Tick]:
        async with Listener(feed_of(anvil)) as listener:
            before = prices(await listener.until(lambda heard: source in prices(heard)))[source]
            shock(rpc, CURVE_SUSD, USDC, Raw(3_000_000 * 10**6), into=USDT)
            heard = await listener.until(lambda heard: prices(heard)[source].bid != before.bid)
            return before, prices(heard)[source]

    before, after = asyncio.run(before_and_after())
    assert after.bid < before.bid * 0.999
    assert after.at > before.at
    assert after.at <= latest_head(rpc).timestamp_s * NANOS_PER_S


def test_an_oracle_that_answers_nonsense_is_a_fault_until_it_answers_well(
    chain: tuple[Anvil, RpcClient],
) -> None:
    anvil, rpc = chain
    rpc.call("evm_mine")  # its clock goes on from when the state was made
    now_s = latest_head(rpc).timestamp_s
    tell(rpc, 99_900_000, now_s)

    async def told() -> Seen:
        async with Listener(feed_of(anvil, pools=False, rails=False)) as listener:
            await listener.until(lambda heard: said_of_oracle(heard)[-1:] == [Tick])
            tell(rpc, 0, now_s)
            await listener.until(lambda heard: said_of_oracle(heard)[-1:] == [Fault])
            tell(rpc, 99_800_000, now_s)
            return list(
                await listener.until(lambda heard: said_of_oracle(heard)[-1:] == [Restored])
            )

    heard = asyncio.run(told())
    found = [m for m in heard if isinstance(m, Tick | Fault) and m.venue == "Chainlink"]
    assert isinstance(found[0], Tick)
    assert isinstance(found[-1], Tick)
    assert (found[0].bid, found[-1].bid) == (999 * WAD // 1_000, 998 * WAD // 1_000)
    assert [m.what for m in found if isinstance(m, Fault)] == [FaultKind.NOT_A_NUMBER]
    assert {m.pair for m in found} == {"USDC/USD"}  # the others have no code here


def test_an_oracle_of_another_scale_than_the_table_says_is_never_asked_again(
    chain: tuple[Anvil, RpcClient],
) -> None:
    anvil, rpc = chain
    rpc.call("evm_mine")
    tell(rpc, 10**18, latest_head(rpc).timestamp_s, decimals=18)

    async def told() -> Seen:
        async with Listener(feed_of(anvil, pools=False, rails=False)) as listener:
            return list(await listener.until(lambda heard: any(map(is_supply, heard))))

    assert said_of_oracle(asyncio.run(told())) == []


def is_supply(message: Message) -> bool:
    return isinstance(message, Supply)


def test_a_killed_node_is_a_fault_of_every_source_and_a_new_one_restores_them_all() -> None:
    async def told() -> tuple[set[tuple[str, str]], Seen, Seen]:
        first = start_local_mainnet()
        port = first.port
        try:
            async with Listener(feed_of(first)) as listener:
                await listener.until(lambda heard: any(map(is_psm, heard)))
                spoke = sources(listener.heard)
                first.stop()
                begun = len(listener.heard)
                await listener.until(lambda heard: len(faults(heard[begun:])) == len(spoke))
                lost = list(listener.heard[begun:])
                again = len(listener.heard)
                with Anvil(AnvilOptions(state_path=ensure_state(), port=port)):
                    await listener.until(
                        lambda heard: len(restored(heard[again:])) == len(spoke), 40
                    )
                return spoke, lost, list(listener.heard[again:])
        finally:
            first.stop()

    spoke, lost, back = asyncio.run(told())
    assert len(spoke) > 10
    assert faults(lost) == dict.fromkeys(spoke, FaultKind.DISCONNECTED)
    assert restored(back) == spoke
    assert sources(back) == spoke


def sources(heard: Seen) -> set[tuple[str, str]]:
    told = (m for m in heard if isinstance(m, Tick | Redemption))
    return {(m.venue, f"{m.asset}/{m.currency}") for m in told}


def faults(heard: Seen) -> dict[tuple[str, str], FaultKind]:
    return {(m.venue, m.pair): m.what for m in heard if isinstance(m, Fault)}


def restored(heard: Seen) -> set[tuple[str, str]]:
    return {(m.venue, m.pair) for m in heard if isinstance(m, Restored)}


class HoppingClock(SystemClock):
    """The chain's own time, or off it."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc, self.off_s = rpc, 0

    def now(self) -> Nanos:
        return Nanos((latest_head(self._rpc).timestamp_s + self.off_s) * NANOS_PER_S)


@pytest.mark.parametrize(("off_s", "what"), [(91, FaultKind.STALLED), (-61, FaultKind.CLOCK)])
def test_blocks_of_another_time_than_ours_are_no_prices(
    chain: tuple[Anvil, RpcClient], off_s: int, what: FaultKind
) -> None:
    anvil, rpc = chain
    clock = HoppingClock(rpc)
    config = Config(
        node=NodeConfig(http_url=anvil.url, ws_url=anvil.ws_url),
        chain=ChainOptions(listen=True, rails=False, supplies=False),
    )

    async def told() -> tuple[Seen, Seen]:
        async with Listener(chain_prices(config, clock)) as listener:
            well = list(await listener.until(lambda heard: bool(prices(heard))))
            begun = len(listener.heard)
            clock.off_s = off_s
            rpc.call("evm_mine")
            heard = await listener.until(lambda heard: bool(faults(heard[begun:])))
            return well, list(heard[begun:])

    well, after = asyncio.run(told())
    assert faults(after)[CURVE_SUSD.name, "DAI/USDC"] is what
    assert sources(well)
    assert not sources(after)


def test_another_chain_is_told_to_a_person() -> None:
    async def listen(anvil: Anvil) -> None:
        async with aclosing(aiter(feed_of(anvil))) as messages:  # type: ignore[type-var]
            async for _ in messages:
                raise AssertionError

    with Anvil(AnvilOptions(chain_id=5)) as anvil, pytest.raises(WrongChain):
        asyncio.run(listen(anvil))
