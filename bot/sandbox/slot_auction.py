"""Who builds which block: drawn by share, and with nothing but what the winner was sent."""

from collections.abc import Callable, Sequence
from random import Random

import msgspec
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.sandbox.bundle_pool import Bundle, BundleOutcome, BundlePool


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A builder in every slot's draw."""

    pool: BundlePool
    share: float
    coinbase: str
    is_up: Callable[[], bool]

    @property
    def name(self) -> str:
        """Of whoever holds the bundles."""
        return self.pool.name


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One block's winner, and what each builder held for it."""

    block: int
    winner: Contender
    bundles: tuple[Bundle, ...]  # the winner's, and what the relay passed on to it
    taken: tuple[tuple[Contender, list[Bundle]], ...]


class SlotAuction:
    """The relay's own builder stands first: where nobody is up, it builds."""

    def __init__(self, contenders: Sequence[Contender], *, seed: int, misses: float) -> None:
        """`misses`: the part of the others' slots in which the relay passes nothing on."""
        self._house, *_ = self._contenders = tuple(contenders)
        self._seed, self._misses = seed, misses

    def take(self, block: int) -> Slot:
        """Draw the winner of a block, the same for one seed and block and the same that are up."""
        random = Random(f"{self._seed} {block}")  # noqa: S311 - reproducible, nothing is secret
        up = [one for one in self._contenders if one.is_up() and one.share > 0]
        drawn = random.choices(up, [one.share for one in up]) if up else [self._house]
        winner, is_missed = drawn[0], random.random() < self._misses
        taken = tuple((one, one.pool.take(block)) for one in self._contenders)
        bundles = {
            bundle.bundle_hash: bundle
            for one, held in taken
            for bundle in held
            if one is winner
            or (one is self._house and winner.name in bundle.builders and not is_missed)
        }
        return Slot(block=block, winner=winner, bundles=tuple(bundles.values()), taken=taken)

    def put_back(self, slot: Slot) -> None:
        """Let all hold again what they held for a block that was not built."""
        for one, held in slot.taken:
            one.pool.put_back(held)

    def settle(self, slot: Slot, outcomes: Sequence[BundleOutcome]) -> list[BundleOutcome]:
        """Write down what became of all bundles, and return those that another's block left out."""
        decided = {one.bundle_hash for one in outcomes}
        slot.winner.pool.record(list(outcomes))
        lost = []
        for one, held in slot.taken:
            left = [] if one is slot.winner else held
            if one is self._house:  # what was passed on has the winner's end
                left = [bundle for bundle in left if bundle.bundle_hash not in decided]
            lost += one.pool.lose(left, slot.block, slot.winner.name)
        return lost


def coinbase_of(name: str) -> str:
    """Return the account that blocks of a builder of that name pay, and by which it is known."""
    return str(to_checksum_address(keccak(text=f"builder {name}")[-20:]))
