"""One row of the journal of bundles, with its account."""

import msgspec

from bot.domain.adoptions import PlanOnChain
from bot.domain.inclusions import Parcel, SentBundle, Standing, Verdict
from bot.domain.messages import Fate
from bot.domain.plans import Plan
from bot.domain.units import Raw, Wei

FIELDS = (
    "rowid, transaction_hash, target_block, nonce, fate, note, plan_json,"
    " parcel_json, max_fee_wei, cost_raw, is_public, doubt, standing, verdict_json, decision_id,"
    " adopted"
)


def bundle_of(row: tuple[object, ...]) -> SentBundle:
    """Return what a row of `FIELDS` says."""
    texts = [str(one) for one in row]
    plan: type[Plan | PlanOnChain] = PlanOnChain if row[15] else Plan
    return SentBundle(
        row=int(texts[14]),
        transaction_hash=texts[1],
        target_block=int(texts[2]),
        nonce=int(texts[3]),
        fate=Fate(texts[4]),
        note=texts[5],
        plan=msgspec.json.decode(texts[6], type=plan),
        parcel=msgspec.json.decode(texts[7], type=Parcel),
        max_fee=Wei(int(texts[8])),
        cost=Raw(int(texts[9])),
        is_public=bool(row[10]),
        doubt=texts[11],
        standing=Standing(texts[12]),
        verdict=None if row[13] is None else msgspec.json.decode(texts[13], type=Verdict),
    )
