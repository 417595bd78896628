"""How many coins there are on Ethereum: a jump is a bug or a theft before it is a price."""

from collections.abc import Iterator, Sequence

from bot.chain.abi import encode, word
from bot.chain.lens import Read
from bot.domain.assets import Token
from bot.domain.ticks import Supply
from bot.domain.units import Nanos, Raw, to_wad_down

_TOTAL = encode("totalSupply()")
_WORD = 32


class SupplyFeed:
    """The total supply of some tokens, read anew at every block.

    Coins of issuers on several chains have more of them elsewhere.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tuple(tokens)
        self.reads = tuple(Read(target=token.address, data=_TOTAL) for token in tokens)

    def messages(self, answers: Sequence[bytes], at: Nanos, seen_at: Nanos) -> Iterator[Supply]:
        """Yield a supply for each token that answers; one that does not says nothing."""
        for token, answer in zip(self._tokens, answers, strict=True):
            if len(answer) == _WORD:
                total = to_wad_down(Raw(word(answer, 0)), token.decimals)
                yield Supply(asset=token.symbol, total=total, at=at, seen_at=seen_at)
