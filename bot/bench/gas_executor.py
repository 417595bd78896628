"""The executor on the benchmark's routes, by the encoder that the bot uses."""

from bot.bench.gas_ground import PLAIN_TOKENS, TREASURY, USD_TOKENS, Ground
from bot.bench.gas_meter import CALLER, Call, Cost
from bot.bench.gas_routes import PLAIN, USDC_FIRST, USDT_FIRST, Trade
from bot.chain.artifacts import load_artifact
from bot.domain.executor_lists import MAINNET_LISTS, ExecutorLists
from bot.domain.plans import Leg, Loan, Mode, Plan
from bot.domain.units import Raw
from bot.domain.venues import Lender, Venue
from bot.execution.calldata import encode_constructor, encode_execute
from bot.sandbox.addresses import labelled

OWNER = labelled("gas: owner")
BLOCKS_LEFT = 10
LISTS = {
    PLAIN: ExecutorLists(tokens=PLAIN_TOKENS, targets=()),
    USDC_FIRST: MAINNET_LISTS,
    USDT_FIRST: MAINNET_LISTS,
}


class GasExecutor:
    """Executors with plain tokens and with mainnet's lists, one unit of each token in them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        code = load_artifact("DepegExecutor").creation_code
        self._addresses = {
            coins: ground.chain.deploy(code + encode_constructor(OWNER, CALLER, TREASURY, lists))
            for coins, lists in LISTS.items()
        }
        for coins, address in self._addresses.items():
            ground.hold_one_unit(address, PLAIN_TOKENS if coins == PLAIN else USD_TOKENS)

    def cost(self, trade: Trade) -> Cost:
        """Measure the route with every check on: all of the profit is asked for."""
        return self._ground.meter.measure(self.call(trade), trade.before)

    def call(self, trade: Trade) -> Call:
        """Return the operator's transaction."""
        latest = int(self._ground.chain.rpc.call("eth_blockNumber"), 16)
        coins = trade.route.coins
        data = encode_execute(plan_of(trade, latest), LISTS[coins])
        return Call(to=self._addresses[coins], data=data)


def plan_of(trade: Trade, block: int) -> Plan:
    """Return the plan with the cheapest funding, or with the lender that the row asks for."""
    legs = _legs(trade)
    loans = _loans(trade)
    in_ledger = any(leg.pool.venue is Venue.UNISWAP_V4 for leg in legs)
    earned = Raw(trade.profit - trade.fee)
    return Plan(
        block=block,
        mode=Mode.PUSH if loans else Mode.PULL_LEDGER if in_ledger else Mode.PULL,
        token=trade.route.tokens[0],
        legs=legs,
        loans=loans,
        profit=earned,
        min_profit=earned,
        max_block=block + BLOCKS_LEFT,
    )


def _legs(trade: Trade) -> tuple[Leg, ...]:
    hops = trade.hops
    swapped = hops[:-1] if trade.route.split > 1 else hops  # in a split the last pool is the lender
    return tuple(
        Leg(
            pool=hop.pool,
            coin_in=hop.coins[0],
            coin_out=hop.coins[1],
            amount_in=hop.amount_in,
            amount_out=hop.amount_out,
        )
        for hop in swapped
    )


def _loans(trade: Trade) -> tuple[Loan, ...]:
    route, last = trade.route, trade.hops[-1]
    if route.split > 1:
        flash_swap = Lender.UNISWAP_V3_SWAP
        amount = last.amount_in
        return (Loan(lender=flash_swap, token=last.token_in, amount=amount, pool=last.pool),)
    if route.lender is None:
        return ()
    token = route.tokens[0]
    return (Loan(lender=route.lender, token=token, amount=trade.paid, fee=trade.fee),)
