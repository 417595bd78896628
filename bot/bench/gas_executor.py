"""The executor on the benchmark's routes: one instance that lists its tokens and targets."""

from bot.bench.gas_ground import TOKENS, TREASURY, Ground
from bot.bench.gas_meter import CALLER, Call, Cost
from bot.bench.gas_pools import Hop, Kind
from bot.bench.gas_routes import Trade
from bot.chain.abi import encode
from bot.domain.assets import Token
from bot.domain.units import Address
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC
from bot.sandbox.addresses import labelled

OWNER = labelled("gas: owner")
TARGETS: tuple[Address, ...] = (CURVE_SUSD.address, LITE_PSM_USDC.address)
BLOCKS_LEFT = 10
PULL, PULL_LEDGER, PUSH = 0, 1, 2  # modes
LOAN = 128
VENUES = {Kind.CURVE: 0, Kind.V2: 1, Kind.V3: 2, Kind.PSM: 3, Kind.V4: 4, Kind.NG: 6}
LENDERS = {"aave": 0, "balancer": 1, "morpho": 2, "take": 4}
V3_SWAP_LOAN = 7
ALL = 2  # amount mode


class GasExecutor:
    """A deployed executor, one unit of every token in it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        tokens = [token.address for token in TOKENS]
        targets = [bytes(12) + bytes.fromhex(target[2:]) for target in TARGETS]
        self.address = ground.deploy(
            "DepegExecutor",
            "address,address,address,address[],bytes32[]",
            *(OWNER, CALLER, TREASURY, tokens, targets),
        )
        ground.hold_one_unit(self.address, TOKENS)

    def cost(self, trade: Trade) -> Cost:
        """Measure the route with every check on: all of the profit is asked for."""
        latest = int(self._ground.chain.rpc.call("eth_blockNumber"), 16)
        words = plan_words(trade, latest + BLOCKS_LEFT)
        data = encode("execute()") + b"".join(word.to_bytes(32, "big") for word in words)
        return self._ground.meter.measure(Call(to=self.address, data=data), trade.before)


def plan_words(trade: Trade, max_block: int) -> list[int]:
    """Return the plan, as the executor's interface lays it out."""
    route, hops = trade.route, trade.hops
    kinds = {hop.pool.kind for hop in hops}
    pushed = route.split > 1 or route.lender
    mode = PUSH if pushed else PULL_LEDGER if Kind.V4 in kinds else PULL
    token = _index(route.tokens[0])
    least = trade.profit - trade.fee
    head = mode | token << 8 | max_block << 32 | least << 128
    loan = [_loan(trade)] if pushed else []
    return [head, *loan, *(_step(hop) for hop in hops)]


def _loan(trade: Trade) -> int:
    last = trade.hops[-1]
    if trade.route.lender:
        kind = LOAN + LENDERS[trade.route.lender]
        return kind | _index(trade.route.tokens[0]) << 8 | trade.paid << 128
    pair = _index(last.token_in) << 8 | _index(last.token_out) << 16
    return LOAN + V3_SWAP_LOAN | pair | last.pool.fee << 24 | last.amount_in << 128


def _step(hop: Hop) -> int:
    pair = _index(hop.token_in) << 8 | _index(hop.token_out) << 16
    where = hop.pool.fee
    if hop.pool.kind in (Kind.CURVE, Kind.NG):
        where = TARGETS.index(hop.pool.address) | hop.coins[0] << 8 | hop.coins[1] << 16
    elif hop.pool.kind is Kind.PSM:
        where = TARGETS.index(hop.pool.address)
    word = VENUES[hop.pool.kind] | pair | where << 24
    return word | hop.pool.spacing << 48 | hop.amount_in << 128


def _index(token: Token) -> int:
    return TOKENS.index(token)
