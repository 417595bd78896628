"""One decision, one bundle at most, and its fate."""

import time

import msgspec
from eth_account.signers.local import LocalAccount

from bot.app import build_engine, open_node
from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.errors import OutcomeUnknown
from bot.domain.messages import Fate, NoPlan, Outcome, Refusal, Ticket
from bot.engine import AtomicEngine
from bot.execution.signing import Operator
from bot.operations.heads import latest_head

_POLL_S = 0.1
_NOTHING_TO_DO = (Refusal.NO_GAP, Refusal.BELOW_COST)


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one decision; all after `verdict` only where a bundle was sent."""

    ok: bool  # included, or there was nothing that pays
    included: bool
    block: int  # decided on
    verdict: str
    transaction_hash: str | None = None
    target_block: int | None = None
    block_included: int | None = None
    route: str | None = None
    token: str | None = None
    profit_raw: int | None = None  # by the executor's own event
    expected_profit_raw: int | None = None
    gas_used: int | None = None
    fee_wei: int | None = None


def submit_once(config: Config, operator: Operator, identity: LocalAccount) -> Submission:
    """Decide on the newest block, send at most one bundle, and wait until its fate is known.

    Raises:
        BadConfiguration: the executor is missing, or does not take plans from `operator`.
        NodeUnreachable: no answer; a bundle that was sent stays open in the journal.
        WrongChain: another chain than configured.
        RelayRefused: it will refuse the next one too.
        OutcomeUnknown: the target block did not come; the bundle stays open in the journal.
    """
    rpc = open_node(config)
    engine = build_engine(config, operator, identity)
    report = engine.on_head(latest_head(rpc))
    decision = report.decision
    if isinstance(decision, NoPlan):
        return Submission(
            ok=decision.refusal in _NOTHING_TO_DO,
            included=False,
            block=decision.block,
            verdict=decision.line,
        )
    outcome = _wait(engine, rpc, decision, config)
    return _told(decision, outcome, report.problem)


def _wait(engine: AtomicEngine, rpc: RpcClient, ticket: Ticket, config: Config) -> Outcome | None:
    """Return the outcome, or None where the relay certainly did not take the bundle."""
    deadline = time.monotonic() + config.node.silence_s
    while engine.waits_for(ticket.transaction_hash):
        for outcome in engine.settle_all(int(rpc.call("eth_blockNumber"), 16)):
            if outcome.transaction_hash == ticket.transaction_hash:
                return outcome
        if time.monotonic() > deadline:
            reason = f"block {ticket.target_block} has not come; the next run will settle it"
            raise OutcomeUnknown(config.relay.url, reason)
        time.sleep(_POLL_S)
    return None


def _told(ticket: Ticket, outcome: Outcome | None, problem: str) -> Submission:
    included = outcome is not None and outcome.fate is Fate.INCLUDED
    submission = Submission(
        ok=included,
        included=included,
        block=ticket.plan.block,
        verdict=_verdict(ticket, outcome, problem),
        transaction_hash=ticket.transaction_hash,
        target_block=ticket.target_block,
        route=ticket.plan.route,
        token=ticket.plan.token.symbol,
        expected_profit_raw=ticket.plan.profit,
    )
    if outcome is None or outcome.fate is Fate.MISSED:
        return submission
    return msgspec.structs.replace(
        submission,
        block_included=outcome.block,
        profit_raw=outcome.profit,
        gas_used=outcome.gas_used,
        fee_wei=outcome.fee_wei,
    )


def _verdict(ticket: Ticket, outcome: Outcome | None, problem: str) -> str:
    if outcome is None:
        return f"nothing sent: {problem}"
    if outcome.fate is Fate.INCLUDED:
        profit = ticket.plan.token.show(outcome.profit, ticket.plan.token.decimals)
        return f"included in block {outcome.block}, profit {profit}"
    if outcome.fate is Fate.REVERTED:
        return f"mined in block {outcome.block} and reverted, which a bundle must never be"
    because = f": {problem}" if problem else ", the builder left it out"
    return f"not included in block {ticket.target_block}{because}"
