"""What lenders are allowed to change under us, and what changed between two blocks."""

from collections.abc import Iterator, Mapping

import msgspec

from bot.domain.assets import Token
from bot.domain.messages import Changed, LenderChange
from bot.domain.units import Address, Raw
from bot.domain.venues import Lender, PoolSpec
from bot.market.lenders import Charge, LenderState


class Offer(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Where one token can be borrowed."""

    name: str  # of the lender, for people
    lender: Lender
    token: Token
    address: Address  # of the contract that is asked for the loan
    pool: PoolSpec | None = None
    target: Address | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a lender said about one token at one block."""

    available: Raw
    charge: Charge
    is_open: bool = True  # neither paused nor switched off
    ceiling: Raw | None = None  # set by somebody, where one is; what is held is no ceiling
    version: str = ""  # of the code, as far as it can be told
    takes_back: bool = False

    def state_of(self, offer: Offer) -> LenderState:
        """Return the same for the planner: who is closed has nothing."""
        return LenderState(
            lender=offer.lender,
            token=offer.token,
            available=self.available if self.is_open else Raw(0),
            charge=self.charge,
            pool=offer.pool,
            target=offer.target,
            takes_back=self.takes_back,
        )


def changes(
    block: int, before: Mapping[Offer, Terms | None], after: Mapping[Offer, Terms | None]
) -> Iterator[LenderChange]:
    """Yield what differs in fee, pause, ceiling and code; a silent lender counts as closed.

    What is available changes with every block and is no event. An offer that was not looked at
    before is none either.
    """
    for offer, now in after.items():
        if offer not in before:
            continue
        then = before[offer]
        if then and now and msgspec.structs.replace(then, available=now.available) == now:
            continue
        for what, old, new in _rows(then, now):
            if old != new:
                yield LenderChange(
                    block=block,
                    lender=offer.name,
                    asset=offer.token.symbol,
                    what=what,
                    before=old,
                    after=new,
                )


def _rows(then: Terms | None, now: Terms | None) -> Iterator[tuple[Changed, str, str]]:
    yield Changed.PAUSE, _door(then), _door(now)
    if then is None or now is None:
        return
    yield Changed.FEE, _fee(then.charge), _fee(now.charge)
    yield Changed.CEILING, f"{then.ceiling}", f"{now.ceiling}"
    yield Changed.IMPLEMENTATION, then.version, now.version


def _door(terms: Terms | None) -> str:
    if terms is None:
        return "silent"
    return "open" if terms.is_open else "closed"


def _fee(charge: Charge) -> str:
    return f"{charge.rate}/{charge.scale} rounded {charge.rounding.value}"
