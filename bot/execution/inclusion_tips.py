"""What a bundle's ending teaches about tips."""

from bot.domain.assets import USDC
from bot.domain.inclusions import (
    Ending,
    SentBundle,
    Tip,
    TipObservation,
    TipSource,
    Verdict,
)
from bot.domain.units import BPS, Bps


def observation_of(bundle: SentBundle, verdict: Verdict) -> TipObservation | None:
    """Return what is learnt, None where neither we nor a known rival paid for it."""
    if verdict.ending is Ending.INCLUDED:
        return _seen(bundle, verdict.tip, won=True)
    if verdict.ending is Ending.OUTBID and verdict.taker is not None:
        return _seen(bundle, verdict.taker.tip, won=False)
    return None


def _seen(bundle: SentBundle, tip: Tip | None, *, won: bool) -> TipObservation | None:
    if tip is None or not bundle.value:
        return None
    return TipObservation(
        transaction_hash=bundle.transaction_hash,
        won=won,
        value_usd=_usd(bundle),
        value=bundle.value,
        tip=tip.total,
        share=Bps(tip.total * BPS // bundle.value),
        is_exact=tip.source is TipSource.TRACE,
    )


def _usd(bundle: SentBundle) -> float:
    """Return what the plan earns, a dollar a coin where nobody said what it is worth."""
    worth = bundle.parcel.worth
    if worth is not None:
        return float(worth / 10**USDC.decimals)
    return float((bundle.expected or 0) / 10**bundle.token.decimals)
