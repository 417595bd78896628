"""All flash lenders: read with the pools in one call, and watched for changes of their terms."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

import structlog

from bot.chain.abi import encode, encode_hex, word
from bot.chain.lens import LENS, Lens, Read
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
_POOLS_PER_TOKEN = 2
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
        self._told = [_Told([places[read] for read in one.reads]) for one in self._inquiries]
        self._terms: dict[Offer, Terms | None] = {}
        self._names = {offer.address: offer.name for offer in self.offers}
        self._code = Lens([Read(target=LENS, data=_code_hash(each)) for each in self._names])
        self._seen: dict[Address, str] = {}

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return who lends at `block`, and report what changed since the last call.

        Who gives no usable answer is left out; who is paused has nothing available. `answers` are
        those to `reads`, in their order.
        """
        new = {
            inquiry.offer: told.terms
            for inquiry, told in zip(self._inquiries, self._told, strict=True)
            if told.hears(inquiry, answers)
        }
        self._report(changes(block, self._terms, new))
        self._terms |= new
        return tuple(told.state for told in self._told if told.state is not None)

    def check_code(self, head: Head) -> None:
        """Read the lenders' code and where their proxies point; off the path to the next bundle.

        Raises:
            NodeUnreachable: no answer.
            NodeRefused: the node does not have the block.
        """
        where = {"blockHash": head.hash}
        proxied = self._rpc.batch(
            [("eth_getStorageAt", (each, IMPLEMENTATION_SLOT, where)) for each in self._names]
        )
        hashes = self._code.look(self._rpc, head.hash).data
        now = {
            address: f"code {code.hex()}"
            + (f", proxy of 0x{int(to, 16):040x}" if int(to, 16) else "")
            for address, code, to in zip(self._names, hashes, proxied, strict=True)
        }
        self._report(
            LenderChange(
                block=head.number,
                lender=self._names[address],
                asset="",
                what=Changed.IMPLEMENTATION,
                before=self._seen[address],
                after=found,
            )
            for address, found in now.items()
            if self._seen.get(address, found) != found
        )
        self._seen = now

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


class _Told:
    """What one lender said last; most blocks it says the same again."""

    def __init__(self, places: Sequence[int]) -> None:
        self._pick = itemgetter(*places, places[0])  # twice the first, so that it makes a tuple
        self._answers: tuple[bytes, ...] = ()
        self.terms: Terms | None = None
        self.state: LenderState | None = None

    def hears(self, inquiry: Inquiry, answers: Sequence[bytes]) -> bool:
        """Return whether `answers` say anything new."""
        own = self._pick(answers)
        if own == self._answers:
            return False
        self._answers = own
        self.terms = inquiry.understand(own)
        self.state = self.terms.state_of(inquiry.offer) if self.terms is not None else None
        return True


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
    yield from (ask.uniswap_v3(pool, token) for pool, token in _deepest(rpc, tokens, pools))


def _deepest(
    rpc: RpcClient, tokens: Sequence[Token], pools: Sequence[PoolSpec]
) -> list[tuple[PoolSpec, Token]]:
    """Return the V3 pools of the cheapest tier that hold most of each token.

    Two each: one of them may be part of a plan.
    """
    found = [
        (pool, token)
        for pool in pools
        if pool.venue is Venue.UNISWAP_V3 and pool.fee <= _CHEAPEST_TIER
        for token in pool.tokens
        if token in tokens
    ]
    if not found:
        return []
    reads = [
        Read(target=token.address, data=encode("balanceOf(address)", pool.address))
        for pool, token in found
    ]
    answers = Lens(reads).look(rpc, "latest").data
    held = {each: word(answer, 0) for each, answer in zip(found, answers, strict=True) if answer}
    deepest_first = sorted(held, key=lambda each: -held[each])
    return [
        each
        for token in tokens
        for each in [each for each in deepest_first if each[1] == token][:_POOLS_PER_TOKEN]
    ]


def _code_hash(address: Address) -> bytes:
    return encode("codeHash(address)", address)


def _aave_receipt(rpc: RpcClient, token: Token) -> Address | None:
    call = {"to": AAVE_POOL, "data": encode_hex("getReserveData(address)", token.address)}
    try:
        answer = bytes.fromhex(rpc.call("eth_call", call, "latest")[2:])
    except NodeRefused:  # an Aave that does not know the token
        return None
    holder = word(answer, _ATOKEN_WORD) if len(answer) > 32 * _ATOKEN_WORD else 0
    return Address(f"0x{holder:040x}") if holder else None
