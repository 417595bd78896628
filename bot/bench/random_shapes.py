"""Pools whose price is wanted: liquidity laid at random around it, or balances that give it."""

from collections.abc import Sequence
from math import exp, log, prod
from random import Random

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import Generation
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import sqrt_ratio_at
from bot.domain.assets import Token
from bot.domain.units import Address, Pips, Raw
from bot.domain.venues import PoolSpec, Venue

_TICK = log(1.0001)


def token_at(place: int, decimals: int) -> Token:
    """Return a token that is nowhere else."""
    address = Address(f"0x{0xC0000 + place:040x}")
    return Token(symbol=f"T{place}", address=address, decimals=decimals)


def spec_of(
    venue: Venue, tokens: tuple[Token, ...], number: int, fee: int = 0, spacing: int = 0
) -> PoolSpec:
    """Return the spec of the pool of that number; `fee` in pips."""
    return PoolSpec(
        name=f"{venue.name} {number}",
        venue=venue,
        address=Address(f"0x{0xA0000000 + number:040x}"),
        tokens=tokens,
        fee=Pips(fee),
        tick_spacing=spacing,
    )


def ranges_at(rng: Random, spec: PoolSpec, price: float, *, ticks: int, worth: float) -> Pool:
    """Return positions of `worth` whole coins in all, on about `ticks` ticks around `price`.

    `price` is whole second coins per whole first coin.
    """
    first, second = (token.decimals for token in spec.tokens)
    spacing = spec.tick_spacing
    tick = round(log(price * 10.0 ** (second - first)) / _TICK)
    centre, reach = tick // spacing, max(ticks // 2 + 1, 4)
    places = rng.sample(range(centre - reach, centre + reach + 1), ticks)
    edges = sorted({*places, centre - 2, centre + 3})
    width = (edges[-1] - edges[0]) * spacing * _TICK / 2
    deep = worth / width / 2 * 10.0 ** ((first + second) / 2)
    nets = dict.fromkeys(edges, 0)
    for lower, upper in [(edges[0], edges[-1])] + [sorted(rng.sample(edges, 2)) for _ in edges]:
        liquidity = int(deep * (3 * rng.random() / len(edges))) + 1
        nets[lower] += liquidity
        nets[upper] -= liquidity
    initialised = {place * spacing: net for place, net in nets.items() if net}
    low, high = sqrt_ratio_at(tick), sqrt_ratio_at(tick + 1)
    return ConcentratedPool(
        spec=spec,
        block=0,
        sqrt_price_x96=rng.randrange(low, high),
        tick=tick,
        liquidity=sum(net for at, net in initialised.items() if at <= tick),
        fee=spec.fee,
        tick_spacing=spacing,
        lowest_tick=edges[0] * spacing,
        highest_tick=edges[-1] * spacing,
        ticks=tuple(initialised),
        liquidity_nets=tuple(initialised.values()),
    )


def curve_at(
    spec: PoolSpec, prices: Sequence[float], *, worth: float, amplification: int, fee: int
) -> Pool:
    """Return a StableSwap pool of `worth` whole coins whose marginal prices are `prices`."""
    shares = _balances_at(prices, amplification * len(prices))
    return StableSwapPool(
        spec=spec,
        block=0,
        amplification=amplification,
        fee=fee,
        balances=tuple(
            Raw(max(1, int(share * worth * 10**token.decimals)))
            for share, token in zip(shares, spec.tokens, strict=True)
        ),
        generation=Generation.THREE_POOL,
    )


def _balances_at(prices: Sequence[float], ann: float) -> list[float]:
    """Return balances of the curve of invariant one with these marginal prices.

    There a * price = ann + k / balance, with k = 1 / (n^n prod(balances)); `a` by bisection.
    """
    count, least = len(prices), min(prices)
    low, high = -14.0, 14.0
    balances: list[float] = []
    for _ in range(80):
        middle = (low + high) / 2
        a = (ann + exp(middle)) / least
        parts = [1 / (a * price - ann) for price in prices]
        k = (count**-count / prod(parts)) ** (1 / (count + 1))
        balances = [k * part for part in parts]
        if ann * sum(balances) - k - (ann - 1) > 0:
            low = middle
        else:
            high = middle
    return balances
