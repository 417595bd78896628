import pytest

from bot.amm.router import Router
from bot.bench.random_markets import random_market


@pytest.mark.parametrize("seed", range(6))
def test_flows_reach_the_bound(seed: int) -> None:
    market = random_market(seed, 50)
    router = Router(list(market.pools), market.numeraire)
    router.refresh(market.pools)
    solution = router.solve()
    assert solution.gap < 1e-6
    assert not solution.cold
    assert sum(solution.shares.values()) == pytest.approx(solution.bound, rel=1e-6, abs=1e-3)
