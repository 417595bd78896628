"""Which nodes are believed: a node that lies or lags is out until it was right for a while."""

import msgspec

FAULTS_TO_QUARANTINE = 2  # heads in a row, where nothing proves the node wrong by itself


class Finding(msgspec.Struct, frozen=True):
    """What was wrong with a node at one head."""

    reason: str
    proven: bool = False  # by itself, by hashes or by the table: no second look is needed


class NodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How one node stands."""

    url: str
    reason: str = ""  # why it is in quarantine; empty: it is believed
    since: int = 0  # block
    faults: int = 0  # heads in a row that were not all right
    good: int = 0  # heads in a row that were, while in quarantine

    @property
    def is_trusted(self) -> bool:
        """Return whether plans may rest on it."""
        return not self.reason

    def judged(self, block: int, finding: Finding | None, good_blocks: int) -> "NodeRecord":
        """Return how it stands after one more head; None: nothing was wrong.

        It is believed again after `good_blocks` heads in a row.
        """
        if finding is None:
            good = self.good + 1
            if self.is_trusted or good >= good_blocks:
                return NodeRecord(url=self.url)
            return msgspec.structs.replace(self, good=good, faults=0)
        faults = self.faults + 1
        if self.is_trusted and not finding.proven and faults < FAULTS_TO_QUARANTINE:
            return msgspec.structs.replace(self, faults=faults)
        since = self.since if self.reason else block
        return NodeRecord(url=self.url, reason=finding.reason, since=since, faults=faults)


def first_trusted(records: tuple[NodeRecord, ...], active: int) -> int | None:
    """Return which node to read: the one that is read while it is believed, or another; or none."""
    order = (active, *(at for at in range(len(records)) if at != active))
    return next((at for at in order if records[at].is_trusted), None)
