"""Bundles and missed gaps as they are printed: amounts are exact decimals."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

import msgspec

from bot.domain.assets import BY_ADDRESS, WETH
from bot.domain.inclusions import Ending, MissedGap, SentBundle, Take
from bot.domain.plans import Plan

_ACCEPTED = "accepted"
_DIGITS = 80  # of the largest amount there is
_DECIMALS = {address.lower(): token.decimals for address, token in BY_ADDRESS.items()}


class TakeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Who took a gap."""

    transaction_hash: str
    sender: str
    contract: str
    pools: tuple[str, ...]
    gain: str | None  # null where the token's decimals are not known
    gain_raw: str
    token: str
    tip_wei: str
    tip_eth: str
    tip_known_by: str


class BundleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle."""

    transaction_hash: str
    bundle_hash: str
    sent_as: str  # a bundle, a private transaction, or a backrun
    behind: str  # the hint that a backrun stands behind
    decided_on: int
    target_block: int
    last_block: int  # in which it may land
    landed_block: int | None
    route: str  # empty, and nothing expected: it was found on chain, and its row had been lost
    token: str
    expected: str | None
    realised: str | None  # null: it did not land
    fee_eth: str
    tip_offered_eth: str | None
    tip_paid_eth: str | None
    ending: str
    standing: str
    reason: str
    seen_in_public: bool
    accepted_by: tuple[str, ...]
    answers: dict[str, str]
    replacement_uuid: str
    winner: TakeFigures | None


class MissedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One gap that somebody else closed."""

    at_s: int
    block: int
    take: TakeFigures
    ours: str


def figures_of(
    bundle: SentBundle, bundle_hash: str, answers: Sequence[tuple[str, str, str]]
) -> BundleFigures:
    """Return a bundle as it is printed."""
    verdict, token, parcel = bundle.verdict, bundle.token, bundle.parcel
    landed = verdict is not None and verdict.landed
    tip = verdict.tip if verdict else None
    return BundleFigures(
        transaction_hash=bundle.transaction_hash,
        bundle_hash=bundle_hash,
        sent_as=parcel.way.value,
        behind=parcel.behind,
        decided_on=bundle.plan.block,
        target_block=bundle.target_block,
        last_block=bundle.last_block,
        landed_block=verdict.block if verdict and landed else None,
        route=bundle.plan.route if isinstance(bundle.plan, Plan) else "",
        token=token.symbol,
        expected=None if bundle.expected is None else exactly(bundle.expected, token.decimals),
        realised=exactly(verdict.profit, token.decimals) if verdict and landed else None,
        fee_eth=exactly(verdict.fee if verdict else 0, WETH.decimals),
        tip_offered_eth=None if parcel.tip is None else exactly(parcel.tip, WETH.decimals),
        tip_paid_eth=None if tip is None else exactly(tip.total, WETH.decimals),
        ending=_ending(bundle),
        standing=bundle.standing.value,
        reason=(verdict.reason if verdict else "") or bundle.note,
        seen_in_public=bundle.is_public,
        accepted_by=tuple(builder for builder, said, _ in answers if said == _ACCEPTED),
        answers={builder: said if said == _ACCEPTED else why for builder, said, why in answers},
        replacement_uuid=parcel.replacement_uuid,
        winner=take_of(verdict.taker) if verdict and verdict.taker else None,
    )


def missed_of(gap: MissedGap) -> MissedFigures:
    """Return a missed gap as it is printed."""
    return MissedFigures(
        at_s=gap.at_s, block=gap.take.block.number, take=take_of(gap.take), ours=gap.ours
    )


def take_of(take: Take) -> TakeFigures:
    """Return who took a gap, as it is printed."""
    decimals = _DECIMALS.get(take.token)
    return TakeFigures(
        transaction_hash=take.transaction_hash,
        sender=take.sender,
        contract=take.contract,
        pools=take.pools,
        gain=None if decimals is None else exactly(take.gain, decimals),
        gain_raw=str(take.gain),
        token=take.symbol,
        tip_wei=str(take.tip.total),
        tip_eth=exactly(take.tip.total, WETH.decimals),
        tip_known_by=take.tip.source.value,
    )


def exactly(raw: int, decimals: int) -> str:
    """Return base units as a decimal that loses nothing."""
    with localcontext() as context:
        context.prec = _DIGITS
        return f"{Decimal(raw).scaleb(-decimals).normalize():f}"


def _ending(bundle: SentBundle) -> str:
    """Return its ending; one from before there was an account tells its fate."""
    if bundle.verdict is not None:
        return bundle.verdict.ending.value
    is_open = bundle.fate.value in ("intended", "accepted", "unknown")
    return Ending.WAITING.value if is_open else bundle.fate.value
