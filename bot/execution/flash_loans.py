"""All flash lenders: read with the pools in one call, and watched for changes of their terms."""

from collections.abc import Callable, Iterator, Sequence

import structlog

from bot.chain.abi import encode_hex, word
from bot.chain.lens import Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, Token
from bot.domain.errors import NodeRefused
from bot.domain.messages import Changed, Head, LenderChange
from bot.domain.units import Address, Pips
from bot.domain.venues import AAVE_POOL, PoolSpec, Venue
from bot.execution import lender_terms as ask
from bot.execution.lender_terms import Inquiry
from bot.market.lender_watch import Offer, Terms, changes
from bot.market.lenders import LenderState

log = structlog.get_logger()

# Source: ERC-1967, the hash of "eip1967.proxy.implementation" less one.
IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
_CHEAPEST_TIER = Pips(100)  # of V3; dearer pools never beat the free lenders
_ATOKEN_WORD = 8  # of getReserveData's answer, in every Aave V3 release
_BY_TOKEN = {DAI: ask.dss_flash, GHO: ask.gho_minter, CRVUSD: ask.crvusd_lender}

Tell = Callable[[LenderChange], None]


class FlashLenders:
    """The lenders of some tokens; remembers the terms it read last, to see them change."""

    def __init__(
        self,
        rpc: RpcClient,
        tokens: Sequence[Token],
        pools: Sequence[PoolSpec] = (),
        tell: Tell | None = None,
    ) -> None:
        """Look up where Aave keeps each token, once: a reserve never changes its aToken's address.

        `pools` are those whose `flash` may be used; `tell` hears of every change, after the log.

        Raises:
            NodeUnreachable: no answer.
        """
        self._rpc, self._tell = rpc, tell
        self._inquiries = tuple(_inquiries(rpc, tokens, pools))
        self.offers = tuple(inquiry.offer for inquiry in self._inquiries)
        places: dict[Read, int] = {}
        for inquiry in self._inquiries:
            for read in inquiry.reads:
                places.setdefault(read, len(places))
        self.reads = tuple(places)
        self._places = [[places[read] for read in one.reads] for one in self._inquiries]
        self._terms: dict[Offer, Terms | None] = {}
        self._implementations: dict[Address, int] = {}

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return who lends at `block`, and report what changed since the last call.

        Who gives no usable answer is left out; who is paused has nothing available. `answers` are
        those to `reads`, in their order.
        """
        terms = {
            inquiry.offer: inquiry.understand([answers[place] for place in places])
            for inquiry, places in zip(self._inquiries, self._places, strict=True)
        }
        self._report(changes(block, self._terms, terms))
        self._terms = terms
        return tuple(found.state_of(offer) for offer, found in terms.items() if found is not None)

    def check_implementations(self, head: Head) -> None:
        """Read where the lenders' proxies point, one request; off the path to the next bundle.

        Raises:
            NodeUnreachable: no answer.
            NodeRefused: the node does not have the block.
        """
        names = {offer.address: offer.name for offer in self.offers}
        where = {"blockHash": head.hash}
        found = self._rpc.batch(
            [("eth_getStorageAt", (address, IMPLEMENTATION_SLOT, where)) for address in names]
        )
        now = {address: int(value, 16) for address, value in zip(names, found, strict=True)}
        self._report(
            LenderChange(
                block=head.number,
                lender=names[address],
                asset="",
                what=Changed.IMPLEMENTATION,
                before=f"0x{self._implementations[address]:040x}",
                after=f"0x{target:040x}",
            )
            for address, target in now.items()
            if self._implementations.get(address, target) != target
        )
        self._implementations = now

    def _report(self, found: Iterator[LenderChange]) -> None:
        for change in found:
            log.warning(
                "lender_changed",
                block=change.block,
                lender=change.lender,
                asset=change.asset,
                what=change.what.value,
                before=change.before,
                after=change.after,
            )
            if self._tell is not None:
                self._tell(change)


def _inquiries(
    rpc: RpcClient, tokens: Sequence[Token], pools: Sequence[PoolSpec]
) -> Iterator[Inquiry]:
    for token in tokens:
        yield ask.uniswap_v4(token)
        yield ask.morpho(token)
        yield ask.balancer_v2(token)
        yield ask.balancer_v3(token)
        if token in _BY_TOKEN:
            yield _BY_TOKEN[token](token)
        receipt = _aave_receipt(rpc, token)
        if receipt is not None:
            yield ask.aave(token, receipt)
    for pool in pools:
        if pool.venue is Venue.UNISWAP_V3 and pool.fee <= _CHEAPEST_TIER:
            yield from (ask.uniswap_v3(pool, token) for token in pool.tokens if token in tokens)


def _aave_receipt(rpc: RpcClient, token: Token) -> Address | None:
    call = {"to": AAVE_POOL, "data": encode_hex("getReserveData(address)", token.address)}
    try:
        answer = bytes.fromhex(rpc.call("eth_call", call, "latest")[2:])
    except NodeRefused:  # an Aave that does not know the token
        return None
    holder = word(answer, _ATOKEN_WORD) if len(answer) > 32 * _ATOKEN_WORD else 0
    return Address(f"0x{holder:040x}") if holder else None
