"""What a pool's own views must answer, if it is the pool that the table means."""

from collections.abc import Callable

import msgspec

from bot.domain.units import Address
from bot.domain.venues import (
    BALANCER_VAULT,
    GHO_RESERVE,
    LITE_PSM_POCKET,
    PANCAKE_V2_FACTORY,
    SUSHI_FACTORY,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    PoolSpec,
    Venue,
)

V2_FACTORIES = (UNISWAP_V2_FACTORY, SUSHI_FACTORY, PANCAKE_V2_FACTORY)  # by `PoolSpec.factory`


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One view to ask, and its answer; None where any answer will do."""

    target: Address
    view: str  # as `name(types)`
    arguments: tuple[Address | int, ...] = ()
    expects: Address | int | bytes | str | None = None
    reads_text: bool = False  # `expects` is text, not an address
    or_view: str = ""  # older contracts: the same question with other types

    @property
    def question(self) -> str:
        """The view with its arguments, for people."""
        name = self.view.partition("(")[0]
        return f"{name}({', '.join(str(argument) for argument in self.arguments)})"


def checks_of(spec: PoolSpec) -> tuple[Check, ...]:
    """Return what confirms `spec`; its state, read through the lens, has to come with it."""
    return tuple(_CHECKS[spec.venue](spec))


def _coins(spec: PoolSpec) -> list[Check]:
    return [_coin(spec.address, place, token.address) for place, token in enumerate(spec.tokens)]


def _coin(pool: Address, place: int, coin: Address) -> Check:
    return Check(
        target=pool,
        view="coins(uint256)",
        or_view="coins(int128)",
        arguments=(place,),
        expects=coin,
    )


def _metapool(spec: PoolSpec) -> list[Check]:
    if spec.base is None or spec.shares is None:
        raise ValueError(f"{spec.name}: a metapool needs its base and the base's shares")
    own = (spec.tokens[0].address, spec.shares)
    return [
        *(_coin(spec.address, place, coin) for place, coin in enumerate(own)),
        *_coins(spec.base),
    ]


def _pair(spec: PoolSpec) -> list[Check]:
    return [_says(spec, "factory()", V2_FACTORIES[spec.factory]), *_sides(spec)]


def _ranges(spec: PoolSpec) -> list[Check]:
    origin = _says(spec, "factory()", UNISWAP_V3_FACTORY)
    return [origin, *_sides(spec), _says(spec, "fee()", int(spec.fee))]


def _sides(spec: PoolSpec) -> list[Check]:
    first, second = (token.address for token in spec.tokens)
    return [_says(spec, "token0()", first), _says(spec, "token1()", second)]


def _balancer(spec: PoolSpec) -> list[Check]:
    return [
        _says(spec, "getPoolId()", spec.pool_ids[0]),
        _says(spec, "getVault()", BALANCER_VAULT),
    ]


def _lite_psm(spec: PoolSpec) -> list[Check]:
    gem, dai = (token.address for token in spec.tokens)
    return [
        _says(spec, "gem()", gem),
        _says(spec, "dai()", dai),
        _says(spec, "pocket()", LITE_PSM_POCKET),
    ]


def _maker_psm(spec: PoolSpec) -> list[Check]:
    if spec.puller is None:
        raise ValueError(f"{spec.name}: the first module needs its gem join")
    gem, dai = (token.address for token in spec.tokens)
    return [
        _says(spec, "gemJoin()", spec.puller),
        _says(spec, "dai()", dai),
        Check(target=spec.puller, view="gem()", expects=gem),
    ]


def _converter(spec: PoolSpec) -> list[Check]:
    dai, usds = (token.address for token in spec.tokens)
    return [_says(spec, "dai()", dai), _says(spec, "usds()", usds)]


def _gsm(spec: PoolSpec) -> list[Check]:
    asset, gho = (token.address for token in spec.tokens)
    return [
        _says(spec, "UNDERLYING_ASSET()", asset),
        _says(spec, "GHO_TOKEN()", gho),
        _says(spec, "getGhoReserve()", GHO_RESERVE),
    ]


def _vault(spec: PoolSpec) -> list[Check]:
    asset, share = (token.address for token in spec.tokens)
    if share != spec.address:
        raise ValueError(f"{spec.name}: a vault is the token of its shares")
    return [_says(spec, "asset()", asset)]


def _says(spec: PoolSpec, view: str, expects: Address | int | bytes) -> Check:
    return Check(target=spec.address, view=view, expects=expects)


_CHECKS: dict[Venue, Callable[[PoolSpec], list[Check]]] = {
    Venue.CURVE: _coins,
    Venue.CURVE_RECEIVED: _coins,
    Venue.CURVE_UNDERLYING: _metapool,
    Venue.UNISWAP_V2: _pair,
    Venue.UNISWAP_V3: _ranges,
    Venue.UNISWAP_V4: lambda _: [],  # its state is its confirmation: the key says the rest
    Venue.BALANCER_V2: _balancer,
    Venue.BALANCER_V2_BATCH: _balancer,
    Venue.LITE_PSM: _lite_psm,
    Venue.MAKER_PSM: _maker_psm,
    Venue.DAI_USDS: _converter,
    Venue.GHO_GSM: _gsm,
    Venue.ERC4626: _vault,
}
