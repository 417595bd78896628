"""One bundle on its way, with the intent on disk before and the answer after."""

import msgspec
import structlog

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.inclusions import Parcel
from bot.domain.messages import Fate, Ticket
from bot.domain.plans import Plan
from bot.execution.bundle_life import BundleLife
from bot.execution.bundle_sender import BundleSender
from bot.history.journal import Journal
from bot.history.laps import Laps

log = structlog.get_logger()


class Sending:
    """Sends what was decided, each once."""

    def __init__(self, orders: BundleSender, journal: Journal, life: BundleLife) -> None:
        self._orders, self._journal, self._life = orders, journal, life

    def send(self, ticket: Ticket, parcel: Parcel, laps: Laps) -> str:
        """Send once; return what went wrong, nothing where nothing did.

        Raises:
            RelayRefused: the relay will refuse the next one too.
        """
        journal, transaction = self._journal, ticket.transaction_hash
        journal.intend(ticket, parcel)
        self._life.sent(ticket, parcel)
        laps.lap("intend")
        try:
            receipt = self._orders.send(ticket, parcel.replacement_uuid)
            if receipt.is_postponed:
                return ""  # the intent stays one: nobody has it yet
            laps.lap("send", until=receipt.sent_at)
        except RelayRefused as error:
            journal.answer(transaction, Fate.REFUSED, str(error))
            raise
        except RelayUnavailable as error:
            journal.answer(transaction, Fate.REFUSED, str(error))
            log.warning("bundle_not_taken", transaction=transaction, reason=str(error))
            return str(error)
        except OutcomeUnknown as error:
            journal.answer(transaction, Fate.UNKNOWN, str(error))
            log.warning("bundle_outcome_unknown", transaction=transaction, reason=str(error))
            return str(error)
        journal.answer(transaction, Fate.ACCEPTED)
        log.info(
            "bundle_sent",
            transaction=transaction,
            block=ticket.target_block,
            profit_raw=ticket.plan.profit,
            token=ticket.plan.token.symbol,
            **_certified(ticket.plan),
        )
        return ""


def _certified(plan: Plan) -> dict[str, object]:
    if (found := plan.certificate) is None:
        return {}
    if found.is_doubtful:
        log.warning("search_doubtful", block=plan.block, **msgspec.structs.asdict(found))
    return {"bound_raw": found.bound, "gap": found.gap}
