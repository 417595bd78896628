"""A route whose gas is measured, and its amounts on a state where it earns."""

import msgspec

from bot.bench.gas_meter import Call, Meter
from bot.bench.gas_pools import Hop, bare_swap, quoted
from bot.domain.assets import Token
from bot.domain.units import BPS, Address, Raw, mul_div_up
from bot.domain.venues import Lender, PoolSpec

SIZE = 10_000  # whole coins that go into the first pool
LENDER_FEES: dict[Lender | None, int] = {
    Lender.AAVE_V3: 5
}  # bps; of the local mainnet, the others ask nothing
PLAIN, USDC_FIRST, USDT_FIRST = "plain", "usdc", "usdt"  # what the loan token is


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A round trip from `tokens[0]`; `pools[k]` swaps `tokens[k]` for `tokens[k + 1]`.

    With `split` the first pools share the size equally and all sell the same pair.
    """

    name: str
    coins: str
    pools: tuple[PoolSpec, ...]
    tokens: tuple[Token, ...]  # without the return to the first
    displaced: tuple[int, ...]  # whole coins of its output sold into each pool beforehand
    split: int = 1
    lender: Lender | None = None  # none: a pool of the route pays first
    floor: str = ""
    routed: bool = False  # Uniswap's router can do it

    @property
    def key(self) -> str:
        """Name of the row, unique."""
        return f"{self.name}_{self.coins}"


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A route with its amounts, and the transactions that bring about the state it earns on."""

    route: Route
    hops: tuple[Hop, ...]
    before: tuple[Call, ...]

    @property
    def paid(self) -> Raw:
        """Loan token into the first pools."""
        return Raw(sum(hop.amount_in for hop in self.hops[: self.route.split]))

    @property
    def fee(self) -> Raw:
        """What the lender asks."""
        return Raw(mul_div_up(self.paid, LENDER_FEES.get(self.route.lender, 0), BPS))

    @property
    def profit(self) -> Raw:
        """Loan token gained, before the lender's fee."""
        return Raw(self.hops[-1].amount_out - self.paid)


def traded(meter: Meter, route: Route, bare: Address) -> Trade:
    """Quote `route` for `SIZE` coins after its displacement."""
    moved = [at for at, amount in enumerate(route.displaced) if amount]
    before = tuple(bare_swap(_displacement(meter, route, at, bare), bare) for at in moved)
    size = SIZE * 10 ** route.tokens[0].decimals
    hops: list[Hop] = []
    for at in range(len(route.pools)):
        feeding = hops if at == route.split else hops[-1:]
        amount = size // route.split if at < route.split else sum(h.amount_out for h in feeding)
        hops.append(quoted(meter, _hop(route, at, Raw(amount)), bare, before))
    return Trade(route=route, hops=tuple(hops), before=before)


def _hop(route: Route, at: int, amount: Raw) -> Hop:
    coin = max(0, at - route.split + 1)
    token_out = route.tokens[(coin + 1) % len(route.tokens)]
    token_in = route.tokens[coin]
    return Hop(pool=route.pools[at], token_in=token_in, token_out=token_out, amount_in=amount)


def _displacement(meter: Meter, route: Route, at: int, bare: Address) -> Hop:
    there = _hop(route, at, Raw(0))
    amount = Raw(route.displaced[at] * 10**there.token_out.decimals)
    back = msgspec.structs.replace(
        there, token_in=there.token_out, token_out=there.token_in, amount_in=amount
    )
    return quoted(meter, back, bare, ())
