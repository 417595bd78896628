"""Plans and tickets with round numbers, for what only carries them around."""

import msgspec

from bot.domain.assets import USDC
from bot.domain.messages import Ticket
from bot.domain.plans import Leg, Mode, Plan
from bot.domain.units import GWEI, Raw, Wei
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT

PLAN = Plan(
    block=100,
    mode=Mode.PULL,
    token=USDC,
    legs=(
        Leg(
            pool=CURVE_SUSD,
            coin_in=1,
            coin_out=2,
            amount_in=Raw(1_000 * 10**6),
            amount_out=Raw(1_020 * 10**6),
        ),
        Leg(
            pool=V3_USDC_USDT,
            coin_in=1,
            coin_out=0,
            amount_in=Raw(1_020 * 10**6),
            amount_out=Raw(1_010 * 10**6),
        ),
    ),
    profit=Raw(10 * 10**6),
    min_profit=Raw(10**6),
    max_block=101,
)


def ticket_of(block: int = 100, *, number: int = 1) -> Ticket:
    """A ticket seen at `block`; `number` makes its transaction differ from others."""
    return Ticket(
        plan=msgspec.structs.replace(PLAN, block=block, max_block=block + 1),
        target_block=block + 1,
        nonce=number,
        transaction=b"\x02" + number.to_bytes(8, "big"),
        transaction_hash=f"0x{number:064x}",
        gas_used=400_000,
        max_fee_wei=Wei(400_000 * GWEI),
        cost=Raw(10**6),
    )
