"""From a checked plan to a signed ticket, and from a ticket to a relay."""

from bot.domain.errors import RelayUnavailable
from bot.domain.inclusions import Way
from bot.domain.messages import Ticket
from bot.execution.bundles import BundleReceipt, BundleRelay
from bot.execution.plan_check import Checked
from bot.execution.send_times import SendTimes, by_heads
from bot.execution.signing import Operator
from bot.market.book import MarketBook


class BundleSender:
    """Signs and sends for one operator."""

    way = Way.BUNDLE
    blocks = 1  # in which what is sent may land

    def __init__(
        self, relay: BundleRelay, operator: Operator, times: SendTimes | None = None
    ) -> None:
        """Send by `times`, or whenever asked to."""
        self._relay, self._operator = relay, operator
        self._times = times or by_heads()

    def sign(self, checked: Checked, book: MarketBook) -> Ticket:
        """Return the transaction for the block after `book`, signed."""
        signed = self._operator.sign(checked.fields(book.chain_id))
        return Ticket(
            plan=checked.plan,
            target_block=book.block + 1,
            nonce=checked.nonce,
            transaction=signed.raw,
            transaction_hash=signed.hash,
            gas_used=checked.gas_used,
            max_fee_wei=checked.bid.total,
            cost=checked.bid.cost,
        )

    def send(self, ticket: Ticket, replacement_uuid: str) -> BundleReceipt:
        """Hand the ticket to the relay, once; it replaces what was sent under the same id.

        Raises:
            RelayUnavailable: certainly not taken; or there is no time left for it.
            RelayRefused: certainly not taken, and never will be.
            OutcomeUnknown: perhaps taken; the target block decides.
        """
        if late := self._times.why_not(ticket.target_block):
            raise RelayUnavailable("of every builder", f"not asked: {late}")
        return self._handed_over(ticket, replacement_uuid)

    def _handed_over(self, ticket: Ticket, replacement_uuid: str) -> BundleReceipt:
        return self._relay.send(ticket.transaction, ticket.target_block, replacement_uuid)

    def take_back(self, replacement_uuid: str, transaction_hashes: tuple[str, ...]) -> bool:  # noqa: ARG002 - an id says it all
        """Ask the relay to forget what was sent under an id: never proof that none lands.

        Return whether it says that it did.

        Raises:
            RelayUnavailable: certainly not done.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may have been done.
        """
        return bool(self._relay.cancel(replacement_uuid))
