"""What an account calls to swap by itself: pools and rails that need no router in between."""

from collections.abc import Callable

import msgspec

from bot.chain.abi import encode
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address, Raw
from bot.domain.venues import PoolSpec, Venue

_GEM_IN = (0, 1)  # rails list first what goes in when they are used forwards


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """One swap of coin `i` for coin `j`, as it is meant."""

    spec: PoolSpec
    i: int
    j: int
    amount_in: Raw
    amount_out: Raw  # by our arithmetic on the state that it was planned on
    least_out: Raw  # below it the swap must revert, where its contract can be told so
    wallet: Address  # pays and receives

    @property
    def sold(self) -> Token:
        """What goes in."""
        return self.spec.tokens[self.i]

    @property
    def bought(self) -> Token:
        """What comes out."""
        return self.spec.tokens[self.j]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the account's."""

    to: Address
    data: bytes


def can_swap(spec: PoolSpec) -> bool:
    """Return whether an account can call the pool itself."""
    return spec.venue in _WRITERS


def swap_step(swap: Swap) -> Step:
    """Return the call that swaps.

    Raises:
        BadConfiguration: the pool wants a router, which is not spoken here.
    """
    write = _WRITERS.get(swap.spec.venue)
    if write is None:
        raise BadConfiguration(f"{swap.spec.name} cannot be called without a router")
    return Step(to=swap.spec.address, data=write(swap))


def allowance_steps(swap: Swap, allowed: Raw) -> tuple[Step, ...]:
    """Return what makes the allowance exactly the amount; USDT wants it to be zero first."""
    if allowed == swap.amount_in:
        return ()
    spender = spender_of(swap)
    amounts = (swap.amount_in,) if allowed == 0 else (0, swap.amount_in)
    to, signature = swap.sold.address, "approve(address,uint256)"
    return tuple(Step(to=to, data=encode(signature, spender, amount)) for amount in amounts)


def spender_of(swap: Swap) -> Address:
    """Return who takes the coin that goes in."""
    selling_gem = (swap.i, swap.j) == _GEM_IN
    return (swap.spec.puller if selling_gem else None) or swap.spec.address


def _curve(swap: Swap) -> bytes:
    signature = "exchange(int128,int128,uint256,uint256)"
    return encode(signature, swap.i, swap.j, swap.amount_in, swap.least_out)


def _curve_underlying(swap: Swap) -> bytes:
    signature = "exchange_underlying(int128,int128,uint256,uint256)"
    return encode(signature, swap.i, swap.j, swap.amount_in, swap.least_out)


def _peg_module(swap: Swap) -> bytes:
    """A module has one price and no limit: only its simulation says what it pays."""
    if (swap.i, swap.j) == _GEM_IN:
        return encode("sellGem(address,uint256)", swap.wallet, swap.amount_in)
    return encode("buyGem(address,uint256)", swap.wallet, swap.amount_out)


def _converter(swap: Swap) -> bytes:
    name = "daiToUsds" if (swap.i, swap.j) == _GEM_IN else "usdsToDai"
    return encode(f"{name}(address,uint256)", swap.wallet, swap.amount_in)


def _vault(swap: Swap) -> bytes:
    if (swap.i, swap.j) == _GEM_IN:
        return encode("deposit(uint256,address)", swap.amount_in, swap.wallet)
    return encode("redeem(uint256,address,address)", swap.amount_in, swap.wallet, swap.wallet)


_WRITERS: dict[Venue, Callable[[Swap], bytes]] = {
    Venue.CURVE: _curve,
    Venue.CURVE_RECEIVED: _curve,
    Venue.CURVE_UNDERLYING: _curve_underlying,
    Venue.LITE_PSM: _peg_module,
    Venue.MAKER_PSM: _peg_module,
    Venue.DAI_USDS: _converter,
    Venue.ERC4626: _vault,
}
