"""From a checked plan to a signed ticket, and from a ticket to a relay."""

from bot.domain.messages import Ticket
from bot.execution.bundles import BundleReceipt, BundleRelay
from bot.execution.plan_check import Checked
from bot.execution.signing import Operator, TransactionFields
from bot.market.book import MarketBook

# Refunds hide up to a fifth of what is spent, each nested call keeps a 64th back (EIP-150), and
# state may have moved. Gas that is not used costs nothing.
_GAS_LIMIT_FACTOR = 2


class BundleSender:
    """Signs and sends for one operator."""

    def __init__(self, relay: BundleRelay, operator: Operator) -> None:
        self._relay, self._operator = relay, operator

    def sign(self, checked: Checked, book: MarketBook) -> Ticket:
        """Return the transaction for the block after `book`, signed."""
        signed = self._operator.sign(
            TransactionFields(
                chain_id=book.chain_id,
                nonce=checked.nonce,
                to=checked.call.to,
                data=checked.call.data,
                gas_limit=checked.gas_used * _GAS_LIMIT_FACTOR,
                max_fee_per_gas=checked.bid.max_fee_per_gas,
                priority_fee_per_gas=checked.bid.priority_fee_per_gas,
            )
        )
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
            RelayUnavailable: certainly not taken.
            RelayRefused: certainly not taken, and never will be.
            OutcomeUnknown: perhaps taken; the target block decides.
        """
        return self._relay.send(ticket.transaction, ticket.target_block, replacement_uuid)

    def take_back(self, replacement_uuid: str) -> tuple[str, ...]:
        """Ask the relay to forget what was sent under an id: never proof that none lands.

        Raises:
            RelayUnavailable: certainly not done.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may have been done.
        """
        return self._relay.cancel(replacement_uuid)
