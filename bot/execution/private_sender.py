"""A plan's transaction alone and in private, instead of a bundle.

A relay holds it back from public pools and hands it to builders for some blocks. That is all that
it promises: no builder is bound to leave it out where it reverts, so a plan that comes too late can
cost the gas of a revert. The executor still ends nobody poorer than that.
"""

import structlog
from eth_utils.crypto import keccak

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.inclusions import Way
from bot.domain.messages import Ticket
from bot.domain.units import Nanos
from bot.execution.bundle_letters import Identity
from bot.execution.bundle_sender import BundleSender
from bot.execution.bundles import BundleReceipt, BundleRelay
from bot.execution.private_letters import cancel_private_letter, private_letter
from bot.execution.private_options import PrivateOptions
from bot.execution.relay_transport import RelayTransport
from bot.execution.send_times import SendTimes
from bot.execution.signing import Operator

log = structlog.get_logger()


class PrivateRelay:
    """One relay that takes private transactions."""

    def __init__(
        self, url: str, identity: Identity, options: PrivateOptions, *, timeout_s: float
    ) -> None:
        self.options = options
        self._identity = identity
        self._transport = RelayTransport(url, timeout_s=timeout_s)

    def send(self, raw: bytes, last_block: int) -> tuple[str, Nanos]:
        """Hand over a signed transaction; return its hash, and when it had left, monotonic.

        Raises:
            RelayUnavailable: certainly not taken.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may be held until `last_block` has passed.
        """
        letter = private_letter(raw, last_block, self.options, self._identity)
        answer = self._transport.post(letter.body, letter.headers)
        ours = "0x" + keccak(raw).hex()
        if answer != ours:
            raise OutcomeUnknown(self._transport.url, f"answered for {answer!r:.80}, not {ours}")
        return ours, Nanos(self._transport.sent_at)

    def cancel(self, transaction_hash: str) -> bool:
        """Return whether the relay says that it stopped; a builder may have it all the same.

        Raises:
            RelayUnavailable, RelayRefused, OutcomeUnknown: see `send`.
        """
        letter = cancel_private_letter(transaction_hash, self._identity)
        return self._transport.post(letter.body, letter.headers) is True


class PrivateSender(BundleSender):
    """Signs as for bundles, sends each transaction alone."""

    way = Way.PRIVATE

    def __init__(
        self, relay: BundleRelay, operator: Operator, private: PrivateRelay, times: SendTimes
    ) -> None:
        super().__init__(relay, operator, times)
        self._private = private
        self.blocks = private.options.blocks

    def _handed_over(self, ticket: Ticket, replacement_uuid: str) -> BundleReceipt:  # noqa: ARG002 - the id is of bundles
        last_block = ticket.target_block + self.blocks - 1
        found, sent_at = self._private.send(ticket.transaction, last_block)
        return BundleReceipt(
            bundle_hash="0x" + keccak(bytes.fromhex(found[2:])).hex(),
            transaction_hash=found,
            target_block=ticket.target_block,
            sent_at=sent_at,
        )

    def take_back(self, replacement_uuid: str, transaction_hashes: tuple[str, ...]) -> bool:  # noqa: ARG002
        """See `BundleSender.take_back`: every one is asked for, whatever becomes of another."""
        said = [self._stopped(one) for one in transaction_hashes]
        return all(said)

    def _stopped(self, transaction_hash: str) -> bool:
        try:
            return self._private.cancel(transaction_hash)
        except (RelayUnavailable, RelayRefused, OutcomeUnknown) as error:
            log.warning("private_not_taken_back", transaction=transaction_hash, reason=str(error))
            return False
