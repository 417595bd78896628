"""The headers that nodes told and that hold: who is whose ancestor, and who went back."""

from bot.chain.header_hash import Header

_KEPT = 256


class KnownHeaders:
    """Headers by their hash; the oldest are forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, Header] = {}
        self._highest: dict[int, Header] = {}  # by node

    def learn(self, header: Header) -> None:
        """Remember a header."""
        self._known[header.hash] = header
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]

    def of(self, block_hash: str) -> Header | None:
        """Return the header of a block, if it is known."""
        return self._known.get(block_hash)

    def is_below(self, block_hash: str, above: Header) -> bool:
        """Return whether a block is a true ancestor of `above`, as far as is known."""
        at: Header | None = above
        while at is not None:
            if at.parent_hash == block_hash:
                return True
            at = self._known.get(at.parent_hash)
        return False

    def went_back(self, node: int, newest: Header) -> Header | None:
        """Return the block that a node had as its newest, where this one is its ancestor.

        A chain that is replaced has other blocks instead; going back to one's own past is not that.
        """
        highest = self._highest.get(node)
        if highest is not None and self.is_below(newest.hash, highest):
            return highest
        self._highest[node] = newest
        return None
