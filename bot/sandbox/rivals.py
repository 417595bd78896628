"""Simulated searchers: they see the gaps that we see, and pay for them by a policy that is known.

A rival's share of a gap's value is drawn anew for every block, from its own range, by its own seed.
What it sends is real: its own account's transaction, as a bundle to whom it reaches, or in public.
"""

from collections.abc import Callable, Sequence
from random import Random

import msgspec
from eth_account.signers.local import LocalAccount

from bot.chain.rpc import RpcClient
from bot.domain.builders import Builder
from bot.domain.units import BPS, Bps, Wei
from bot.execution.bundle_letters import BundleOrder, Identity, letter_of
from bot.execution.relay_transport import RelayTransport
from bot.sandbox.faucet import fund_eth
from bot.sandbox.world import sandbox_account

_FUNDS = Wei(1_000 * 10**18)
_TIMEOUT_S = 10.0


class TipPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a gap's value a rival gives to whoever builds the block."""

    least_bps: Bps
    most_bps: Bps
    there_bps: Bps = Bps(BPS)  # of the blocks in which it takes part at all

    def __post_init__(self) -> None:
        if not 0 <= self.least_bps <= self.most_bps <= BPS or not 0 <= self.there_bps <= BPS:
            raise ValueError(f"tip policy {self} is not of shares between 0 and {BPS}")

    def wins(self, share: Bps) -> float:
        """Return how often a share beats this rival, to the basis point: ties are lost."""
        span = self.most_bps - self.least_bps + 1
        below = min(max(share - self.least_bps, 0), span)
        return 1 - self.there_bps / BPS * (1 - below / span)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A chance that whoever comes first takes whole."""

    value: Wei  # before any payment to the builder
    close: Callable[[LocalAccount, int, Wei], bytes]  # account, nonce, payment: signed


class RivalBid(msgspec.Struct, frozen=True, kw_only=True):
    """What a rival sent for one block."""

    rival: str
    share: Bps
    payment: Wei
    transaction: bytes


class Rival:
    """One searcher with an account of its own, known by `name`."""

    def __init__(
        self, node: RpcClient, name: str, policy: TipPolicy, reach: Sequence[Builder], seed: int
    ) -> None:
        """Fund it; an empty `reach` says that it sends in public."""
        self.name, self.policy = name, policy
        self.account = sandbox_account(f"rival {name}")
        self._node, self._reach = node, tuple(reach)
        self._random = Random(f"{seed} {name}")  # noqa: S311 - reproducible, nothing is secret
        self._identity = Identity(self.account)
        self._ways = [RelayTransport(one.url, timeout_s=_TIMEOUT_S) for one in reach]
        fund_eth(node, self.account.address, _FUNDS)

    def share(self) -> Bps | None:
        """Return what it offers for the next block, None where it stays away."""
        p, there = self.policy, self._random.randrange(BPS)
        drawn = self._random.randint(p.least_bps, p.most_bps)
        return Bps(drawn) if there < p.there_bps else None

    def compete(self, gap: Gap, target_block: int) -> RivalBid | None:
        """Send its bid for a gap in one block, or nothing.

        Raises:
            NodeUnreachable, RelayUnavailable, RelayRefused, OutcomeUnknown: it did not arrive.
        """
        share = self.share()
        if share is None:
            return None
        payment = Wei(gap.value * share // BPS)
        where = (self.account.address, "latest")
        nonce = int(self._node.call("eth_getTransactionCount", *where), 16)
        raw = gap.close(self.account, nonce, payment)
        if not self._reach:
            self._node.call("eth_sendRawTransaction", "0x" + raw.hex())
        order = BundleOrder(transactions=(raw,), target_block=target_block)
        for builder, way in zip(self._reach, self._ways, strict=True):
            letter = letter_of(order, builder.dialect, self._identity, "a rival")
            way.post(letter.body, letter.headers)
        return RivalBid(rival=self.name, share=share, payment=payment, transaction=raw)

    def close(self) -> None:
        """Drop the connections."""
        for way in self._ways:
            way.close()
