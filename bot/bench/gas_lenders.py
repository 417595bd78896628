"""What a loan alone costs at each lender: borrowed and repaid, nothing else."""

from bot.bench.gas_ground import Ground
from bot.bench.gas_meter import Call
from bot.bench.gas_routes import SIZE
from bot.chain.abi import encode
from bot.domain.assets import USDC
from bot.domain.venues import Lender

LENDERS = {
    Lender.UNISWAP_V4: "take",
    Lender.MORPHO: "morpho",
    Lender.BALANCER_V2: "balancer",
    Lender.AAVE_V3: "aave",
}


def lender_costs(ground: Ground) -> dict[str, int]:
    """Return execution gas per lender of a loan of USDC."""
    amount = SIZE * 10**USDC.decimals
    costs = {}
    for lender in LENDERS.values():
        bare = ground.bare_take if lender == "take" else ground.bare
        data = encode(f"{lender}(address,uint256)", USDC.address, amount)
        costs[lender] = ground.meter.measure(Call(to=bare, data=data)).execution
    return costs
