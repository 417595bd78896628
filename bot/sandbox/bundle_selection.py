"""Which bundles a block takes: each simulated whole, best payment per gas first."""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.units import Wei
from bot.sandbox.bundle_pool import Bundle, BundleOutcome, Fate, outcome_of
from bot.sandbox.bundle_simulation import (
    BlockContext,
    InvalidTransaction,
    TransactionResult,
    simulate,
)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that ran through, and what it did."""

    bundle: Bundle
    results: tuple[TransactionResult, ...]

    @property
    def payment(self) -> Wei:
        """What the builder gets: priority fees and direct payments."""
        return Wei(sum(one.coinbase_diff for one in self.results))

    @property
    def gas_used(self) -> int:
        """Over all its transactions."""
        return sum(one.gas_used for one in self.results)

    @property
    def payment_per_gas(self) -> Fraction:
        """What the order of bundles is decided by."""
        return Fraction(self.payment, self.gas_used)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the block, in order, and what does not."""

    chosen: tuple[Candidate, ...]
    dropped: tuple[BundleOutcome, ...]


def select(node: RpcClient, context: BlockContext, bundles: Sequence[Bundle]) -> Selection:
    """Try each bundle alone, then again behind the better-paying ones already chosen.

    Raises:
        NodeUnreachable: the node did not answer.
    """
    dropped: list[BundleOutcome] = []
    alone: list[Candidate] = []
    for bundle in bundles:
        tried = _try_behind(node, context, bundle, ())
        if isinstance(tried, Candidate):
            alone.append(tried)
        else:
            dropped.append(tried)
    chosen: list[Candidate] = []
    for candidate in _ranked(alone):
        if candidate.bundle.is_private and any(_hashes(candidate) & _hashes(c) for c in chosen):
            continue  # a backrun took it along
        tried = _try_behind(node, context, candidate.bundle, chosen) if chosen else candidate
        if isinstance(tried, Candidate):
            chosen.append(tried)
        else:
            dropped.append(tried)
    return Selection(chosen=tuple(chosen), dropped=tuple(dropped))


def _ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the best-paying first; of those that share a transaction, the longest one."""

    def rank(candidate: Candidate) -> tuple[Fraction, int, Fraction]:
        ours = _hashes(candidate)
        best = max(one.payment_per_gas for one in candidates if ours & _hashes(one))
        return best, len(ours), candidate.payment_per_gas

    return sorted(candidates, key=rank, reverse=True)


def _hashes(candidate: Candidate) -> set[str]:
    return {one.tx_hash for one in candidate.bundle.transactions}


def _try_behind(
    node: RpcClient, context: BlockContext, bundle: Bundle, chosen: Sequence[Candidate]
) -> Candidate | BundleOutcome:
    if not bundle.open_at(context.timestamp):
        reason = f"the block's timestamp is {context.timestamp}"
        return outcome_of(bundle, Fate.OUTSIDE_TIME_WINDOW, context.number, reason=reason)
    before = [one for candidate in chosen for one in candidate.bundle.transactions]
    try:
        results = simulate(node, context, [*before, *bundle.transactions])[len(before) :]
    except InvalidTransaction as error:
        return outcome_of(bundle, Fate.INVALID, context.number, reason=str(error))
    for result in results:
        tx_hash = result.transaction.tx_hash
        if not result.succeeded and tx_hash not in bundle.may_revert:
            reason = f"{tx_hash} reverted: {result.revert_reason}"
            return outcome_of(bundle, Fate.REVERTED_IN_SIMULATION, context.number, reason=reason)
    return Candidate(bundle=bundle, results=tuple(results))
