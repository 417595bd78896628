"""Whether a token's issuer has stopped it, or stopped us: read from its contract."""

import msgspec

from bot.chain.abi import encode_hex, word
from bot.chain.rpc import RpcClient
from bot.domain.assets import BY_SYMBOL
from bot.domain.errors import NodeRefused
from bot.domain.units import Address

# What each issuer's contract is asked. Tokens that are not here cannot be stopped by their issuer.
_PAUSED = "paused()"
_BLACKLISTS = {
    "USDC": (_PAUSED, "isBlacklisted(address)"),
    "USDT": (_PAUSED, "isBlackListed(address)"),
    "PYUSD": (_PAUSED, "isFrozen(address)"),
}


class TokenState(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of moving a token; None: its contract did not say."""

    symbol: str
    paused: bool | None
    blacklisted: tuple[Address, ...] | None  # of the accounts that were asked about

    @property
    def is_stopped(self) -> bool | None:
        """Whether it is unfit to be traded; None: not known."""
        if self.paused or self.blacklisted:
            return True
        return None if self.paused is None or self.blacklisted is None else False


def can_be_stopped(symbol: str) -> bool:
    """Return whether the issuer of a coin can pause it or freeze an account."""
    return symbol.upper() in _BLACKLISTS


def token_state(rpc: RpcClient, symbol: str, accounts: tuple[Address, ...]) -> TokenState:
    """Return whether a token moves at the latest block, for these accounts.

    Raises:
        NodeUnreachable: no answer.
    """
    asked = _BLACKLISTS.get(symbol.upper())
    if asked is None:
        return TokenState(symbol=symbol, paused=False, blacklisted=())
    paused, blacklisted = asked
    data = [encode_hex(paused), *(encode_hex(blacklisted, who) for who in accounts)]
    to = BY_SYMBOL[symbol.upper()].address
    answers = rpc.batch_each([("eth_call", ({"to": to, "data": one}, "latest")) for one in data])
    flags = [_flag(answer) for answer in answers]
    listed = [who for who, flag in zip(accounts, flags[1:], strict=True) if flag]
    known = all(flag is not None for flag in flags[1:])
    return TokenState(
        symbol=symbol, paused=flags[0], blacklisted=tuple(listed) if listed or known else None
    )


def _flag(answer: str | NodeRefused) -> bool | None:
    if isinstance(answer, NodeRefused) or len(answer) != 66:
        return None
    return word(bytes.fromhex(answer[2:]), 0) != 0
