"""The stand-in for StableSwap-NG in an in-process EVM, with random states."""

from random import Random

from bot.amm.pool import Closed
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.bench.classic_curve import NOW_S, random_ramp
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted, array_slot
from bot.chain.abi import encode, word
from bot.chain.artifacts import load_artifact
from bot.domain.assets import Token
from bot.domain.units import WAD, Address, Raw
from bot.domain.venues import PoolSpec, Venue
from bot.sandbox.mainnet import load_alloc

_DECIMALS = (2, 6, 8, 18)
_INITIAL_A, _FUTURE_A, _INITIAL_TIME, _FUTURE_TIME = 7, 8, 9, 10  # slots of StableSwapNG, as
_MULTIPLIERS, _STORED, _ADMINS, _FEE, _OFFPEG, _ADMIN_FEE = 12, 13, 6, 15, 16, 17  # these are


class NgStandIn:
    """A stand-in of `coins` coins; their decimals and rates are part of a state."""

    def __init__(self, coins: int) -> None:
        self.contracts = RealContracts(load_alloc(), timestamp_s=NOW_S)
        tokens = tuple(plain_token(self.contracts, f"T{k}") for k in range(coins))
        address = self.contracts.deploy(
            load_artifact("StableSwapNG").creation_code,
            "string,string,uint256[3],address[],uint8[],address",
            *("NG", "NG", (100, 0, 0), [token.address for token in tokens], [0] * coins, TRADER),
        )
        for token in tokens:
            self.contracts.approve(token, address)
        self.spec = PoolSpec(
            name="StableSwap-NG stand-in",
            venue=Venue.CURVE_RECEIVED,
            address=address,
            tokens=tokens,
        )

    def random_pool(self, rng: Random) -> StableSwapNgPool:
        """Return coins of 2 to 18 decimals and any rate, from balanced to a million to one.

        No coin is so scarce that the pool is closed to us though not to others.
        """
        pool = self._drawn(rng)
        while pool.closed is Closed.EMPTY:
            pool = self._drawn(rng)
        return pool

    def _drawn(self, rng: Random) -> StableSwapNgPool:
        coins = len(self.spec.tokens)
        plain = [10 ** (36 - rng.choice(_DECIMALS)) for _ in range(coins)]
        rates = [rng.choice([rate, int(rate * rng.uniform(0.8, 1.9))]) for rate in plain]
        total = 10 ** rng.uniform(20, 28)
        shares = [rng.choice([1, rng.random(), 0.01, 10 ** rng.uniform(-6, 0)]) for _ in rates]
        fee = rng.choice([0, 1_000_000, 4_000_000, rng.randrange(10**9)])
        most = 5 * 10**19 // max(fee, 1)  # what the pool allows
        return StableSwapNgPool(
            spec=self.spec,
            block=1,
            amplification=rng.choice([20_000, 100_000, int(10 ** rng.uniform(2, 7.9))]),
            fee=fee,
            offpeg_fee_multiplier=min(rng.choice([0, 10**10, 2 * 10**10, 10**12]), most),
            admin_fee=rng.choice([0, 5 * 10**9, 10**10]),
            balances=tuple(
                Raw(int(total * share / sum(shares)) * WAD // rate + 1)
                for share, rate in zip(shares, rates, strict=True)
            ),
            rates=tuple(rates),
            ramp=random_ramp(rng, 100) if rng.random() < 0.3 else None,
        ).at(NOW_S)

    def exchanged(self, pool: StableSwapNgPool, i: int, j: int, size: int) -> tuple[int, ...]:
        """Return what a swap on that state pays, and the books after it; only 0 if it reverts."""
        self._put(pool)
        coin_in, coin_out = pool.spec.tokens[i], pool.spec.tokens[j]
        self.contracts.set_balance(coin_in, TRADER, size)
        self.contracts.set_balance(coin_in, pool.spec.address, pool.balances[i])
        self.contracts.set_balance(coin_out, pool.spec.address, FORTUNE)
        call = encode("exchange(int128,int128,uint256,uint256)", i, j, size, 0)
        try:
            paid = word(self.contracts.call(pool.spec.address, call), 0)
        except Reverted:
            return (0,)
        return (paid, *self._books())

    def view(self, i: int, j: int, amount_out: int) -> int:
        """Return what `get_dx` asks on the state as it stands; zero where it reverts."""
        try:
            return self.contracts.ask(
                self.spec.address, "get_dx(int128,int128,uint256)", i, j, amount_out
            )
        except Reverted:
            return 0

    def _books(self) -> tuple[int, ...]:
        coins = range(len(self.spec.tokens))
        ask = self.contracts.ask
        return tuple(ask(self.spec.address, "balances(uint256)", k) for k in coins)

    def _put(self, pool: StableSwapNgPool) -> None:
        a, ramp = pool.amplification, pool.ramp
        words = {
            _INITIAL_A: ramp.initial if ramp else a,
            _FUTURE_A: ramp.future if ramp else a,
            _INITIAL_TIME: ramp.initial_time if ramp else 0,
            _FUTURE_TIME: ramp.future_time if ramp else 0,
            _FEE: pool.fee,
            _OFFPEG: pool.offpeg_fee_multiplier,
            _ADMIN_FEE: pool.admin_fee,
        }
        for k, (balance, rate) in enumerate(zip(pool.balances, pool.rates, strict=True)):
            words |= {
                array_slot(_MULTIPLIERS) + k: rate,
                array_slot(_STORED) + k: balance,
                array_slot(_ADMINS) + k: 0,
            }
        for slot, value in words.items():
            self.contracts.write(self.spec.address, slot, value)


def plain_token(contracts: RealContracts, symbol: str) -> Token:
    """Return a new token that anyone's balance can be written into."""
    address = contracts.deploy(
        load_artifact("PlainToken").creation_code,
        "string,string,uint256,address",
        *(symbol, symbol, 0, TRADER),
    )
    return Token(symbol=symbol, address=Address(address), decimals=18)
