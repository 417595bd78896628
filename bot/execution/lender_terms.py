"""What to ask each flash lender every block, and what its answers mean."""

from collections.abc import Callable, Sequence

import msgspec

from bot.chain.abi import encode, word
from bot.chain.lens import Read
from bot.domain.assets import Token
from bot.domain.units import BPS, WAD, Address, Bps, Raw, Wad
from bot.domain.venues import (
    AAVE_POOL,
    BALANCER_FEE_COLLECTOR,
    BALANCER_V3_VAULT,
    BALANCER_VAULT,
    CRVUSD_FLASH_LENDER,
    DSS_FLASH,
    GHO_FLASH_MINTER,
    MORPHO_BLUE,
    UNISWAP_V4_POOL_MANAGER,
    Lender,
    PoolSpec,
)
from bot.market.lender_watch import Offer, Terms
from bot.market.lenders import FREE, Charge, Rounding, bps_half_up, bps_up, pips_up, wad_up

# Of Aave V3's configuration word. Source: `ReserveConfiguration`.
_ACTIVE, _PAUSED, _FLASH_LOANS = 56, 60, 63
_ROUNDS_UP_SINCE = 9  # the pool's revision of release 3.5, which made every rounding explicit

Answers = Sequence[bytes]  # one per read; empty where nobody answered


class Inquiry(msgspec.Struct, frozen=True):
    """One offer, its reads, and what to make of their answers; None where they do not suffice."""

    offer: Offer
    reads: tuple[Read, ...]
    understand: Callable[[Answers], Terms | None]


def aave(token: Token, receipt: Address) -> Inquiry:
    """Return what to ask Aave V3 for a reserve whose aToken is `receipt`.

    Releases from 3.1 on count what they hold themselves, and lend no more than was supplied.
    """
    return Inquiry(
        Offer(name="Aave V3", lender=Lender.AAVE_V3, token=token, address=AAVE_POOL),
        (
            _view(AAVE_POOL, "FLASHLOAN_PREMIUM_TOTAL()"),
            _view(AAVE_POOL, "getConfiguration(address)", token.address),
            _view(AAVE_POOL, "POOL_REVISION()"),
            _balance(token, receipt),
            _view(receipt, "totalSupply()"),
            _view(AAVE_POOL, "getVirtualUnderlyingBalance(address)", token.address),
        ),
        _aave,
    )


def _aave(answers: Answers) -> Terms | None:
    premium, configuration, revision, held, supplied, counted = answers[:6]
    if not (premium and configuration and held and supplied):
        return None
    flags, version = word(configuration, 0), word(revision, 0)
    rate = Bps(word(premium, 0))
    usable = flags >> _ACTIVE & 1 and flags >> _FLASH_LOANS & 1 and not flags >> _PAUSED & 1
    limits = [word(held, 0), word(supplied, 0), *([word(counted, 0)] if counted else [])]
    return Terms(
        available=Raw(min(limits)),
        charge=bps_up(rate) if version >= _ROUNDS_UP_SINCE else bps_half_up(rate),
        is_open=bool(usable),
        version=f"revision {version}",
    )


def balancer_v2(token: Token) -> Inquiry:
    """Return what to ask the vault of Balancer V2."""
    offer = Offer(
        name="Balancer V2", lender=Lender.BALANCER_V2, token=token, address=BALANCER_VAULT
    )
    return Inquiry(
        offer,
        (
            _view(BALANCER_FEE_COLLECTOR, "getFlashLoanFeePercentage()"),
            _view(BALANCER_VAULT, "getPausedState()"),
            _balance(token, BALANCER_VAULT),
        ),
        _balancer_v2,
    )


def _balancer_v2(answers: Answers) -> Terms | None:
    percentage, paused, held = answers[:3]
    if not (percentage and paused and held):
        return None
    return Terms(
        available=Raw(word(held, 0)),
        charge=wad_up(Wad(word(percentage, 0))),
        is_open=word(paused, 0) == 0,
    )


def balancer_v3(token: Token) -> Inquiry:
    """Return what to ask the vault of Balancer V3: `sendTo` pays out of its reserves, free."""
    offer = Offer(
        name="Balancer V3", lender=Lender.BALANCER_V3, token=token, address=BALANCER_V3_VAULT
    )
    reserves = _view(BALANCER_V3_VAULT, "getReservesOf(address)", token.address)
    return Inquiry(offer, (reserves, _balance(token, BALANCER_V3_VAULT)), _smallest_free)


def morpho(token: Token) -> Inquiry:
    """Return what to ask Morpho Blue: all that it holds, free; nobody can pause it."""
    offer = Offer(name="Morpho Blue", lender=Lender.MORPHO, token=token, address=MORPHO_BLUE)
    return Inquiry(offer, (_balance(token, MORPHO_BLUE),), _smallest_free)


def uniswap_v4(token: Token) -> Inquiry:
    """Return what to ask the pool manager: all that it holds, free, inside `unlock`."""
    manager = UNISWAP_V4_POOL_MANAGER
    offer = Offer(name="Uniswap V4", lender=Lender.UNISWAP_V4, token=token, address=manager)
    return Inquiry(offer, (_balance(token, manager),), _smallest_free)


def _smallest_free(answers: Answers) -> Terms | None:
    if not all(answers):
        return None
    return Terms(available=Raw(min(word(answer, 0) for answer in answers)), charge=FREE)


def uniswap_v3(pool: PoolSpec, token: Token) -> Inquiry:
    """Return what to ask a V3 pool, whose `flash` needs liquidity in range."""
    offer = Offer(
        name=pool.name, lender=Lender.UNISWAP_V3, token=token, address=pool.address, pool=pool
    )

    def understand(answers: Answers) -> Terms | None:
        liquidity, held = answers[:2]
        if not (liquidity and held):
            return None
        return Terms(
            available=Raw(word(held, 0)),
            charge=pips_up(pool.fee),
            is_open=word(liquidity, 0) > 0,
        )

    return Inquiry(
        offer, (_view(pool.address, "liquidity()"), _balance(token, pool.address)), understand
    )


def dss_flash(token: Token) -> Inquiry:
    """Return what to ask Maker's flash mint of DAI; a toll would be a part of 10**18, cut off."""
    offer = _erc3156("DssFlash", token, DSS_FLASH)

    def understand(answers: Answers) -> Terms | None:
        if not all(answers[:3]):
            return None
        most, toll, ceiling = (word(answer, 0) for answer in answers[:3])
        return Terms(
            available=Raw(most),
            charge=Charge(rate=toll, scale=WAD, rounding=Rounding.DOWN),
            ceiling=Raw(ceiling),
        )

    return Inquiry(
        offer,
        (
            _view(DSS_FLASH, "maxFlashLoan(address)", token.address),
            _view(DSS_FLASH, "flashFee(address,uint256)", token.address, WAD),
            _view(DSS_FLASH, "max()"),
        ),
        understand,
    )


def gho_minter(token: Token) -> Inquiry:
    """Return what to ask Aave's flash minter: the fee of those whom Aave does not list."""
    offer = _erc3156("GHO flash minter", token, GHO_FLASH_MINTER)

    def understand(answers: Answers) -> Terms | None:
        if not all(answers[:3]):
            return None
        most, fee, capacity = (word(answer, 0) for answer in answers[:3])
        return Terms(available=Raw(most), charge=bps_half_up(Bps(fee)), ceiling=Raw(capacity))

    return Inquiry(
        offer,
        (
            _view(GHO_FLASH_MINTER, "maxFlashLoan(address)", token.address),
            _view(GHO_FLASH_MINTER, "getFee()"),
            _view(token.address, "getFacilitatorBucket(address)", GHO_FLASH_MINTER),
        ),
        understand,
    )


def crvusd_lender(token: Token) -> Inquiry:
    """Return what to ask Curve's flash lender of crvUSD.

    It has two releases: one takes the loan back by allowance; one, which tells its version, waits
    for a transfer.
    """
    offer = _erc3156("crvUSD flash lender", token, CRVUSD_FLASH_LENDER)

    def understand(answers: Answers) -> Terms | None:
        if not all(answers[:2]):
            return None
        most, fee = (word(answer, 0) for answer in answers[:2])
        return Terms(
            available=Raw(most),
            charge=Charge(rate=fee, scale=BPS, rounding=Rounding.DOWN),
            takes_back=bool(answers[2]),
        )

    return Inquiry(
        offer,
        (
            _view(CRVUSD_FLASH_LENDER, "maxFlashLoan(address)", token.address),
            _view(CRVUSD_FLASH_LENDER, "fee()"),
            _view(CRVUSD_FLASH_LENDER, "version()"),
        ),
        understand,
    )


def _erc3156(name: str, token: Token, target: Address) -> Offer:
    return Offer(name=name, lender=Lender.ERC3156, token=token, address=target, target=target)


def _view(target: Address, signature: str, *arguments: object) -> Read:
    return Read(target=target, data=encode(signature, *arguments))


def _balance(token: Token, holder: Address) -> Read:
    return _view(token.address, "balanceOf(address)", holder)
