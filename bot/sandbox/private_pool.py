"""Private transactions that the relay holds for some blocks, and backruns that wait for one."""

from collections.abc import Collection

import msgspec
from eth_utils.crypto import keccak

from bot.sandbox.bundle_pool import Bundle, BundleOutcome, Fate, outcome_of
from bot.sandbox.bundle_requests import bundle_hash
from bot.sandbox.raw_transactions import BundleTransaction
from bot.sandbox.relay_options import RELAY_NAME
from bot.sandbox.share_requests import ShareRequest

MOST_BLOCKS = 25  # later ones are cut to this, as documented


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A private transaction, tried in each block until one takes it."""

    transaction: BundleTransaction
    signer: str
    last_block: int
    builders: tuple[str, ...] = ()  # who may have it beside the relay's own

    @property
    def hint_hash(self) -> str:
        """By which others may stand behind it without knowing it."""
        return "0x" + keccak(bytes.fromhex(self.transaction.tx_hash[2:])).hex()

    def alone(self, block: int) -> Bundle:
        """Return it as what may be in a block."""
        return Bundle(
            bundle_hash=bundle_hash((self.transaction,)),
            signer=self.signer,
            target_block=block,
            transactions=(self.transaction,),
            builders=self.builders,
            is_private=True,
        )


class Backrun(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction that is to stand right behind a held one, or nowhere."""

    request: ShareRequest
    signer: str

    def behind(self, held: Held, block: int) -> Bundle:
        """Return both as what may be in a block."""
        ours = self.request.transaction
        return Bundle(
            bundle_hash=self.request.bundle_hash,
            signer=self.signer,
            target_block=block,
            transactions=(held.transaction, ours),
            may_revert=frozenset([ours.tx_hash] if self.request.may_revert else []),
            builders=held.builders,
        )


class PrivatePool:
    """Not thread-safe: the relay's event loop owns it."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._backruns: dict[str, Backrun] = {}

    def add(self, held: Held) -> None:
        """Hold it; the same again changes only how long."""
        self._held[held.transaction.tx_hash] = held

    def add_backrun(self, backrun: Backrun) -> None:
        """Hold it, whether or not its transaction is here yet."""
        self._backruns[backrun.request.bundle_hash] = backrun

    def cancel(self, signer: str, transaction_hash: str, head: int) -> BundleOutcome | None:
        """Forget it, if this signer sent it and it is here."""
        held = self._held.get(transaction_hash)
        if held is None or held.signer != signer:
            return None
        del self._held[transaction_hash]
        return outcome_of(held.alone(head + 1), Fate.CANCELLED, head, builder=RELAY_NAME)

    def find(self, hint_hash: str) -> Held | None:
        """Return the transaction that a hint is of."""
        return next((one for one in self._held.values() if one.hint_hash == hint_hash), None)

    def bundles(self, block: int) -> list[Bundle]:
        """Return what may be in a block: each held one alone, and with each that stands behind."""
        wanted = [one.alone(block) for one in self._held.values() if block <= one.last_block]
        for backrun in self._backruns.values():
            asked, held = backrun.request, self.find(backrun.request.behind)
            if held is not None and asked.block <= block <= min(asked.last_block, held.last_block):
                wanted.append(backrun.behind(held, block))
        return wanted

    def settle(self, block: int, mined: Collection[str]) -> list[BundleOutcome]:
        """Forget what is mined by a block or too old after it; return what became too old."""
        ended = []
        for key, held in list(self._held.items()):
            if key in mined:
                del self._held[key]
            elif held.last_block <= block:
                del self._held[key]
                ended.append(outcome_of(held.alone(block), Fate.EXPIRED, block, builder=RELAY_NAME))
        for key, backrun in list(self._backruns.items()):
            if backrun.request.transaction.tx_hash in mined:
                del self._backruns[key]
            elif backrun.request.last_block <= block:
                del self._backruns[key]
                ended.append(_unmatched(backrun, block))
        return ended


def _unmatched(backrun: Backrun, block: int) -> BundleOutcome:
    asked = backrun.request
    alone = Bundle(
        bundle_hash=asked.bundle_hash,
        signer=backrun.signer,
        target_block=asked.block,
        transactions=(asked.transaction,),
    )
    reason = "it did not land behind its transaction"
    return outcome_of(alone, Fate.EXPIRED, block, reason=reason, builder=RELAY_NAME)
