"""Recorded prices through the same watch that runs live."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import msgspec

from bot.domain.ticks import Redemption, SourceKind, Tick
from bot.domain.units import NANOS_PER_S
from bot.market.consensus_parameters import ConsensusParameters
from bot.strategy.judged_watch import JudgedWatch

Recorded = Tick | Redemption
_MISSED = 3  # so many of a source's usual gaps without a word from it, and it may be stale
_QUIET = 30  # after so many it is, however long it is silent elsewhere in the recording


def play(messages: Sequence[Recorded], judged: JudgedWatch) -> None:
    """Tell a whole recording, in order of time, and let sources go stale on the way."""
    for message in messages:
        stale_at = judged.watch.stale_at
        while stale_at is not None and stale_at < message.seen_at:
            judged.advance(stale_at)
            stale_at = judged.watch.stale_at
        judged.hear(message)
    if messages:
        judged.advance(messages[-1].seen_at)  # what was heard last of each coin has held until then
        judged.judge()


def paced(messages: Sequence[Recorded], parameters: ConsensusParameters) -> ConsensusParameters:
    """Return the parameters with ages that fit how often the recorded sources speak.

    Minute candles leave out minutes without a trade, pools are read by the hour. Never sooner
    than the parameters say; a market that seems gone would leave a thinner one to speak alone.
    What a file says of redemption holds until it says otherwise.
    """
    ages: dict[str, float] = {}
    for (venue, pair, kind), times in _times(messages).items():
        told_once = kind is SourceKind.REDEMPTION
        usual = messages[-1].at - times[0] if told_once else _patience(times)
        if usual > parameters.max_age(kind, venue, pair):
            ages[f"{venue} {pair}"] = usual / NANOS_PER_S + 1.0
    return msgspec.structs.replace(parameters, max_age_s_of={**parameters.max_age_s_of, **ages})


def _patience(times: Sequence[int]) -> int:
    """Return three usual gaps, or the longest up to thirty: no trade is not no market."""
    gaps = [later - earlier for earlier, later in pairwise(times) if later > earlier]
    if not gaps:
        return 0
    usual = round(median(gaps))
    return max(_MISSED * usual, min(max(gaps), _QUIET * usual))


def _times(messages: Sequence[Recorded]) -> dict[tuple[str, str, SourceKind], list[int]]:
    found: dict[tuple[str, str, SourceKind], list[int]] = {}
    for message in messages:
        kind = message.kind if isinstance(message, Tick) else SourceKind.REDEMPTION
        key = (message.venue, f"{message.asset}/{message.currency}", kind)
        found.setdefault(key, []).append(message.at)
    return found
