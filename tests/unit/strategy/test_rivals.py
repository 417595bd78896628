"""Pools that change each other never stand in one plan."""

import msgspec
from fakes.solutions import solution_of

from bot.amm.cycles import RoundTrip
from bot.amm.graph import Hop
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD, V3_USDC_USDT, PoolSpec, Venue
from bot.strategy.rivals import are_independent, rivals_of

META = msgspec.structs.replace(CURVE_SUSD, name="metapool", base=CURVE_3POOL)
TWIN = msgspec.structs.replace(CURVE_SUSD, name="twin", venue=Venue.CURVE_RECEIVED)
V4 = msgspec.structs.replace(V3_USDC_USDT, name="V4", venue=Venue.UNISWAP_V4)
OTHER_V4 = msgspec.structs.replace(V4, name="other V4", tick_spacing=10)


def left_out(*by_share: PoolSpec) -> frozenset[PoolSpec]:
    """Return who is left out of pools that bring less and less."""
    solution = solution_of({spec: (1.0,) * len(spec.tokens) for spec in by_share})
    shares = {spec: 1.0 / at for at, spec in enumerate(by_share, start=1)}
    return rivals_of(msgspec.structs.replace(solution, shares=shares))


def test_of_a_metapool_and_its_base_the_one_that_brings_more_stays() -> None:
    assert left_out(META, CURVE_3POOL) == {CURVE_3POOL}
    assert left_out(CURVE_3POOL, META) == {META}


def test_of_two_entries_of_one_contract_one_stays() -> None:
    assert left_out(TWIN, CURVE_SUSD) == {CURVE_SUSD}


def test_pools_of_the_v4_manager_do_not_disturb_each_other() -> None:
    assert left_out(V4, OTHER_V4, V3_USDC_USDT, CURVE_3POOL) == frozenset()


def test_a_pool_left_out_does_not_push_out_others() -> None:
    """The base beats the metapool; the metapool's twin has nothing to fear from it any more."""
    other = msgspec.structs.replace(META, name="other", address=V3_USDC_USDT.address, base=None)
    assert left_out(CURVE_3POOL, META, TWIN, other) == {META}


def test_two_modules_that_draw_on_one_reserve_stay_apart_and_others_do_not() -> None:
    first, second = (
        msgspec.structs.replace(V3_USDC_USDT, name=name, venue=Venue.GHO_GSM, address=address)
        for name, address in (("first", CURVE_SUSD.address), ("second", CURVE_3POOL.address))
    )

    def kept_apart(*paid_by: float) -> frozenset[PoolSpec]:
        flows = zip((first, second), paid_by, strict=True)
        return rivals_of(solution_of({spec: (-paid, paid) for spec, paid in flows}))

    assert len(kept_apart(1.0, 1.0)) == 1
    assert kept_apart(1.0, -1.0) == frozenset()
    assert kept_apart(-1.0, -1.0) == frozenset()


def test_a_round_trip_through_a_metapool_and_its_base_is_refused() -> None:
    def trip(*specs: PoolSpec) -> RoundTrip:
        hops = tuple(Hop(pool=spec, i=0, j=1) for spec in specs)
        return RoundTrip(hops=hops, gain=1.0)

    assert not are_independent(trip(META, CURVE_3POOL))
    assert are_independent(trip(META, V3_USDC_USDT))
    assert are_independent(trip(V4, OTHER_V4))
