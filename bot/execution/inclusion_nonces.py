"""Who used the operator's nonces, and which of our own bundles stand in each other's way."""

from bot.chain.rpc import RpcCall
from bot.domain.inclusions import Ending, SentBundle
from bot.domain.messages import Fate, Head
from bot.domain.units import Address
from bot.execution.builder_line import Verdict
from bot.execution.finality import Lineage, MovedOn, Node
from bot.history.bundle_book import BundleBook

_MOST_BODIES = 3  # blocks whose transactions are looked through
_WHOLE_TRANSACTIONS = True
_MAY_HAVE_IT = (Verdict.ACCEPTED.value, Verdict.UNKNOWN.value)


class NonceUsers:
    """Answers for one operator."""

    def __init__(self, node: Node, lineage: Lineage, book: BundleBook, operator: Address) -> None:
        self._node, self._lineage, self._book = node, lineage, book
        self.operator = operator.lower()

    def count_at(self, block: int) -> RpcCall:
        """Return the request for how many nonces are used by the end of a block."""
        return "eth_getTransactionCount", (self.operator, hex(block))

    def count_below(self, head: Head) -> RpcCall:
        """Return the request for how many are used by the end of exactly this block."""
        return "eth_getTransactionCount", (self.operator, {"blockHash": head.hash})

    def newer(self, bundle: SentBundle) -> str:
        """Return the bundle that replaced this one while it could land, or nothing."""
        for one in self._book.siblings(bundle):
            if (
                _same_opportunity(one, bundle)
                and one.row > bundle.row
                and bundle.target_block <= one.target_block <= bundle.last_block
                and one.fate is not Fate.REFUSED
            ):
                return one.transaction_hash
        return ""

    def unsent(self, bundle: SentBundle) -> str:
        """Return why its time in the slot never came, nothing where somebody may have had it."""
        answers = self._book.answers(self._book.hash_of(bundle))
        why = [reason for _, said, reason in answers if said == Verdict.NOT_SENT.value]
        may_have_it = any(said in _MAY_HAVE_IT for _, said, _ in answers)
        return "" if may_have_it or not why else f"nobody was sent it: {why[0]}"

    def explain(self, bundle: SentBundle) -> tuple[Ending, str]:
        """Return what it means that one of a bundle's nonces was used by another transaction.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node does not know a block of the chain.
        """
        user = self.user_of(bundle)
        for one in self._book.siblings(bundle):
            if user in {sent.hash for sent in one.transactions}:
                if _same_opportunity(one, bundle):
                    return Ending.REPLACED, f"by {user}, which landed"
                return Ending.NONCE_USED, f"by {user}, another bundle of ours"
        return Ending.NONCE_USED, f"by {user}" if user else "before its target block"

    def user_of(self, bundle: SentBundle) -> str:
        """Return who used one of its nonces in its last block or in one before it, or nothing.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node does not know a block of the chain.
        """
        hashes = {one.hash for one in bundle.transactions}
        last = bundle.last_block
        most = max(_MOST_BODIES, last - bundle.target_block + 1)
        for number in range(last, max(bundle.plan.block, last - most), -1):
            block_hash = self._lineage.header(number).hash
            calls: list[RpcCall] = [("eth_getBlockByHash", (block_hash, _WHOLE_TRANSACTIONS))]
            (body,) = self._node.batch_each(calls)
            if not isinstance(body, dict):
                raise MovedOn
            for one in body["transactions"]:
                if one["hash"] in hashes:  # its receipt is not there yet
                    raise MovedOn
                if one["from"].lower() == self.operator and (
                    int(one["nonce"], 16) in bundle.nonces
                ):
                    return str(one["hash"])
        return ""


def _same_opportunity(one: SentBundle, other: SentBundle) -> bool:
    uuid = one.parcel.replacement_uuid
    return bool(uuid) and uuid == other.parcel.replacement_uuid
