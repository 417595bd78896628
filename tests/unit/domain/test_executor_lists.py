"""What the executor may touch is named by place: nothing twice, nothing beyond the last place."""

import msgspec
import pytest

from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.errors import BadConfiguration
from bot.domain.executor_lists import (
    LOCAL_LISTS,
    MAINNET_LISTS,
    MOST_TARGETS,
    MOST_TOKENS,
    ExecutorLists,
    Target,
    address_word,
)
from bot.domain.local_pools import LOCAL_COMPOSABLE, LOCAL_POOLS
from bot.domain.mainnet_pools import (
    CURVE_LUSD_3POOL,
    MAKER_PSM_USDC,
    SAVINGS_DAI_VAULT,
    V4_USDC_USDT_10,
)
from bot.domain.units import Address
from bot.domain.venues import (
    CURVE_SUSD,
    DSS_PSM_USDC,
    DSS_PSM_USDC_JOIN,
    LITE_PSM_USDC,
    POOLS,
    V3_USDC_USDT,
)

POOL_ID = bytes(range(32))
LISTS = ExecutorLists(
    tokens=(USDT, USDC),
    targets=(
        Target(name="Curve", word=address_word(CURVE_SUSD.address)),
        Target(name="Balancer", word=POOL_ID),
    ),
)


def test_the_mainnet_lists_cover_every_pool_of_the_bot() -> None:
    assert all(MAINNET_LISTS.covers(pool) for pool in POOLS)


def test_tokens_and_targets_are_found_by_their_place() -> None:
    assert (LISTS.token_index(USDT), LISTS.token_index(USDC)) == (0, 1)
    assert LISTS.target_index(CURVE_SUSD.address) == 0
    assert LISTS.target_index(POOL_ID) == 1


def test_what_is_not_listed_has_no_place() -> None:
    with pytest.raises(BadConfiguration, match="no token DAI"):
        LISTS.token_index(DAI)
    with pytest.raises(BadConfiguration, match=r"no target 0x0+f6e72d"):
        LISTS.target_index(LITE_PSM_USDC.address)


def test_a_pool_is_covered_once_all_its_tokens_are() -> None:
    assert LISTS.covers(V3_USDC_USDT)  # needs no target: its address follows from its tokens
    assert not LISTS.covers(CURVE_SUSD)  # DAI is missing
    assert not LISTS.covers(LITE_PSM_USDC)


def test_the_local_lists_begin_with_those_of_mainnet_and_cover_the_local_pools() -> None:
    assert LOCAL_LISTS.tokens == MAINNET_LISTS.tokens
    assert LOCAL_LISTS.targets[: len(MAINNET_LISTS.targets)] == MAINNET_LISTS.targets
    assert all(LOCAL_LISTS.covers(pool) for pool in LOCAL_POOLS)
    assert not any(MAINNET_LISTS.covers(pool) for pool in LOCAL_POOLS)


def test_what_plans_name_by_tokens_alone_needs_no_target() -> None:
    tokens_only = ExecutorLists(tokens=MAINNET_LISTS.tokens, targets=())
    assert tokens_only.covers(V4_USDC_USDT_10)
    assert tokens_only.covers(SAVINGS_DAI_VAULT)
    assert not tokens_only.covers(MAKER_PSM_USDC)


def test_a_pool_whose_token_is_not_listed_is_not_covered() -> None:
    assert not MAINNET_LISTS.covers(CURVE_LUSD_3POOL)


def test_the_first_module_is_covered_only_with_the_contract_that_pulls_its_gems() -> None:
    both = tuple(
        Target(name=name, word=address_word(address))
        for name, address in (("PSM", DSS_PSM_USDC), ("join", DSS_PSM_USDC_JOIN))
    )
    tokens = MAINNET_LISTS.tokens
    assert ExecutorLists(tokens=tokens, targets=both).covers(MAKER_PSM_USDC)
    assert not ExecutorLists(tokens=tokens, targets=both[:1]).covers(MAKER_PSM_USDC)


def test_a_balancer_pool_is_covered_by_its_id_not_by_its_address() -> None:
    address = Target(name="address", word=address_word(LOCAL_COMPOSABLE.address))
    pool_id = Target(name="id", word=LOCAL_COMPOSABLE.pool_ids[0])
    tokens = MAINNET_LISTS.tokens
    assert not ExecutorLists(tokens=tokens, targets=(address,)).covers(LOCAL_COMPOSABLE)
    assert ExecutorLists(tokens=tokens, targets=(pool_id,)).covers(LOCAL_COMPOSABLE)


def test_an_address_fills_the_low_bytes_of_its_word() -> None:
    assert address_word(Address("0x" + "ab" * 20)) == bytes(12) + b"\xab" * 20


def token(number: int) -> Token:
    return Token(symbol=f"T{number}", address=Address(f"0x{number:040x}"), decimals=18)


def target(number: int) -> Target:
    return Target(name=f"t{number}", word=number.to_bytes(32, "big"))


def test_lists_are_as_long_as_the_contract_has_places_for() -> None:
    full = ExecutorLists(
        tokens=tuple(map(token, range(MOST_TOKENS))),
        targets=tuple(map(target, range(MOST_TARGETS))),
    )
    for change in (
        {"tokens": (*full.tokens, token(99))},
        {"targets": (*full.targets, target(99))},
    ):
        with pytest.raises(ValueError, match="too many"):
            msgspec.structs.replace(full, **change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tokens": (USDC, DAI, USDC)}, "token is listed twice"),
        ({"targets": (target(1), target(1))}, "target is listed twice"),
    ],
)
def test_nothing_is_listed_twice(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        msgspec.structs.replace(LISTS, **change)


def test_a_target_is_one_word() -> None:
    with pytest.raises(ValueError, match="20 bytes, not 32"):
        Target(name="short", word=bytes(20))
