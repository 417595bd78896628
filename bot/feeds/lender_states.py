"""How much each flash lender has and what it asks, read in the same call as the pools."""

from collections.abc import Sequence

from bot.chain.abi import encode, word
from bot.chain.lens import Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.errors import NodeRefused
from bot.domain.units import Address, Bps, Raw, Wad
from bot.domain.venues import (
    AAVE_POOL,
    BALANCER_FEE_COLLECTOR,
    BALANCER_VAULT,
    MORPHO_BLUE,
    Lender,
)
from bot.market.lenders import FREE, LenderState, bps_half_up, wad_up

_ATOKEN_WORD = 8  # of getReserveData's answer, in every Aave V3 release


class LenderReads:
    """Two fees, then one balance per lender and token."""

    def __init__(self, rpc: RpcClient, tokens: Sequence[Token]) -> None:
        """Look up where Aave keeps each token, once: a reserve never changes its aToken's address.

        Raises:
            NodeUnreachable: no answer.
        """
        self._holders: list[tuple[Lender, Token, Address]] = []
        for token in tokens:
            self._holders.append((Lender.MORPHO, token, MORPHO_BLUE))
            self._holders.append((Lender.BALANCER_V2, token, BALANCER_VAULT))
            reserve = _aave_reserve(rpc, token)
            if reserve is not None:
                self._holders.append((Lender.AAVE_V3, token, reserve))
        self.reads = [
            Read(target=AAVE_POOL, data=encode("FLASHLOAN_PREMIUM_TOTAL()")),
            Read(target=BALANCER_FEE_COLLECTOR, data=encode("getFlashLoanFeePercentage()")),
            *(
                Read(target=token.address, data=encode("balanceOf(address)", holder))
                for _, token, holder in self._holders
            ),
        ]

    def states(self, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return the lenders whose fee and balance are known; a silent one lends nothing."""
        premium, percentage, balances = answers[0], answers[1], answers[2:]
        fees = {
            Lender.MORPHO: FREE,
            Lender.AAVE_V3: bps_half_up(Bps(word(premium, 0))) if premium else None,
            Lender.BALANCER_V2: wad_up(Wad(word(percentage, 0))) if percentage else None,
        }
        return tuple(
            LenderState(
                lender=lender,
                token=token,
                available=Raw(word(balance, 0)),
                charge=charge,
            )
            for (lender, token, _), balance in zip(self._holders, balances, strict=True)
            if balance and (charge := fees[lender]) is not None
        )


def _aave_reserve(rpc: RpcClient, token: Token) -> Address | None:
    call = {
        "to": AAVE_POOL,
        "data": "0x" + encode("getReserveData(address)", token.address).hex(),
    }
    try:
        answer = bytes.fromhex(rpc.call("eth_call", call, "latest")[2:])
    except NodeRefused:  # an Aave that does not know the token
        return None
    holder = word(answer, _ATOKEN_WORD) if len(answer) > 32 * _ATOKEN_WORD else 0
    return Address(f"0x{holder:040x}") if holder else None
