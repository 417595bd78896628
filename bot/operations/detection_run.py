"""Recorded prices through the same watch that runs live."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import msgspec

from bot.config import Config
from bot.domain.ticks import Redemption, SourceKind, Tick
from bot.domain.units import NANOS_PER_S
from bot.domain.views import NoView
from bot.feeds.replay_feed import read_prices
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters
from bot.operations.unpriced import Unpriced
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence_memory import EvidenceMemory
from bot.strategy.judged_watch import DepegRecord, JudgedWatch
from bot.strategy.price_watch import PriceWatch

Recorded = Tick | Redemption
_MISSED = 3  # so many of a source's usual gaps without a word from it, and it may be stale
_QUIET = 30  # after so many it is, however long it is silent elsewhere in the recording


class JudgedRecording(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the prices in a file."""

    records: tuple[DepegRecord, ...]
    unpriced: tuple[NoView, ...]  # coins that never had a price, with the reason
    is_blind: bool  # none had one: that there is no depeg says nothing


def judged_recording(prices: Path, config: Config) -> JudgedRecording:
    """Return every depeg in a price file, of the coins that it is about.

    A coin that others are only quoted in is a yardstick: nobody said that it is to be watched.

    Raises:
        BadPriceFile: the file, a row or a cell cannot be used.
    """
    recorded = read_prices(prices)
    parameters = paced(recorded, config.consensus)
    detector = DepegDetector(config.detection)
    for yardstick in {said.currency for said in recorded} - {said.asset for said in recorded}:
        detector.ignore(yardstick)
    # A file says once what holds until it says otherwise; a feed says it over and over.
    evidence = msgspec.structs.replace(config.evidence, rail_age_s=None)
    watch = PriceWatch(Consensus(parameters), detector, EvidenceMemory(evidence))
    judged = JudgedWatch(watch, OpportunityClassifier(read_model(config.belief), config.costs))
    unpriced = play(recorded, judged)
    return JudgedRecording(
        records=judged.records, unpriced=unpriced.reasons, is_blind=unpriced.is_every
    )


def play(messages: Sequence[Recorded], judged: JudgedWatch) -> Unpriced:
    """Tell a whole recording, in order of time; returns the coins that never had a price."""
    unpriced = Unpriced({message.asset for message in messages}, judged.watch.views)
    for message in messages:
        judged.hear(message)
        unpriced.look(message.asset)
    if messages:
        judged.advance(messages[-1].seen_at)  # what was heard last of each coin has held until then
        judged.judge()
    return unpriced


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
