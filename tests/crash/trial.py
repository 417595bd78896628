"""One death and what comes after it: killed, perhaps torn, started, compared."""

import time
from random import Random

import msgspec
from crash.bot_process import BotFailed, BotProcess, Start
from crash.chain_books import (
    ChainBooks,
    bundle_differences,
    open_bundles,
    profit_differences,
    read_chain_books,
)
from crash.comparison import differences, faults, unknown_yet
from crash.moments import Moments, Phase, Struck
from crash.own_books import OwnBooks, read_bundles, read_own_books
from crash.stage import Stage
from crash.torn_log import lose, tear
from crash.true_books import Flows, TrueBooks, read_true_books
from msgspec.structs import replace

PHASE_PATIENCE_S = 30.0
START_PATIENCE_S = 60.0
AGREEMENT_S = 20.0  # for what was on its way; bundles are asked for once their engine is up
_RESTING_SHARE = 0.5  # of lives
_ALONE_SHARE = 0.5  # of commands: no engine runs beside them
_GONE_SHARE = 0.25  # of torn logs: where the journal of bundles is not there any more at all
_ADOPTED_PER_S = 4  # of bundles that a lost journal had, at the least
_LAST_BLOCKS = 2  # that a bundle of one that has ended can still be in
_POLL_S = 0.1
_TRIES = 20


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """One kill, and everything that is told about it."""

    number: int
    phase: Phase
    struck: Struck
    torn: tuple[str, ...]
    start: Start | None = None  # None: it did not come up
    agreed_after_s: float = 0.0  # after it was ready to trade
    wrong: tuple[str, ...]


class Trials:
    """Kills one bot on one stage, again and again; remembers what was there at the beginning."""

    def __init__(self, stage: Stage, bot: BotProcess, chance: Random) -> None:
        self.stage, self.bot = stage, bot
        self._chance = chance
        self._moments = Moments(stage, chance)
        self._opening: Flows = read_true_books(stage.exchange).totals()
        self._chain: ChainBooks = read_chain_books(stage.world, [])

    def kill(self, number: int, phase: Phase, *, torn: bool) -> Death:
        """Kill at an instant of a phase, start again, and compare.

        Raises:
            BotFailed: it had ended before, by itself.
        """
        self.bot.require_up()
        struck = self._moments.wait_for(phase, PHASE_PATIENCE_S)
        self.bot.require_up()
        return self._died(number, phase, struck, torn=torn)

    def kill_starting(self, number: int, longest_s: float) -> Death:
        """Kill, and kill the next life while it recovers; then as `kill`."""
        self.bot.kill()
        after_s = self._chance.uniform(0.0, longest_s)
        self.bot.launch()
        time.sleep(after_s)
        struck = Struck(seen="recovering", after_s=after_s)
        return self._died(number, Phase.START, struck, torn=False)

    def kill_commanded(self, number: int, longest_s: float) -> Death:
        """Kill who is told to leave all positions: the bot, or without one the command itself."""
        alone = self._chance.random() < _ALONE_SHARE
        self.bot.require_up()
        if alone:
            self.bot.kill()
        flatten = self.bot.command("flatten", "--yes")
        after_s = self._chance.uniform(0.0, longest_s)
        time.sleep(after_s)
        self.bot.kill()
        flatten.kill()
        flatten.wait()
        seen = "flatten without an engine" if alone else "flatten beside it"
        struck = Struck(seen=seen, after_s=after_s)
        death = self._died(number, Phase.COMMAND, struck, torn=False)
        if (code := self.bot.command("resume").wait()) != 0:
            return replace(death, wrong=(*death.wrong, f"resume ended with {code}"))
        return death

    def settled(self, patience_s: float) -> tuple[str, ...]:
        """Return what is still wrong after so long, when everything was to be in agreement."""
        return self._agree(time.monotonic() + patience_s, settled=True)[0]

    def wait_for_blocks(self, count: int) -> None:
        """Wait until so many more blocks are there."""
        block = read_chain_books(self.stage.world, []).block + count
        while read_chain_books(self.stage.world, []).block < block:
            time.sleep(_POLL_S)

    def still_held(self, patience_s: float) -> tuple[str, ...]:
        """Return the positions that are still open after so long, in which all were to be left."""
        deadline = time.monotonic() + patience_s
        while left := read_own_books(self.stage.orders_path).ledger.open_positions:
            if time.monotonic() > deadline:
                return tuple(f"position {position} was not left" for position in left)
            time.sleep(_POLL_S)
        return ()

    def bundles(self) -> int:
        """Return how many bundles were sent, as far as the journal knows."""
        return len(read_bundles(self.stage.bundles_path))

    def _died(self, number: int, phase: Phase, struck: Struck, *, torn: bool) -> Death:
        self.bot.kill()
        what = self._tear() if torn else ()
        at_death = read_true_books(self.stage.exchange)
        self.stage.configure(rests=self._chance.random() < _RESTING_SHARE)
        try:
            start = self.bot.start(START_PATIENCE_S)
        except BotFailed as error:
            return Death(number=number, phase=phase, struck=struck, torn=what, wrong=(str(error),))
        ready_at = time.monotonic()
        wrong = unknown_yet(read_own_books(self.stage.orders_path), at_death)
        landed = read_chain_books(self.stage.world, []).nonce - self._chain.nonce
        patience_s = AGREEMENT_S + (landed / _ADOPTED_PER_S if torn else 0)
        settled = torn or phase is Phase.BUNDLE
        later, agreed_at = self._agree(ready_at + patience_s, settled=settled)
        return Death(
            number=number,
            phase=phase,
            struck=struck,
            torn=what,
            start=start,
            agreed_after_s=agreed_at - ready_at,
            wrong=(*wrong, *later),
        )

    def _tear(self) -> tuple[str, ...]:
        stage = self.stage
        if self._chance.random() < _GONE_SHARE:
            return tear(stage.orders_path, self._chance), lose(stage.bundles_path)
        return tuple(tear(path, self._chance) for path in (stage.orders_path, stage.bundles_path))

    def _agree(self, deadline: float, *, settled: bool) -> tuple[tuple[str, ...], float]:
        """Return what is wrong to the end, and when nothing was; `settled`: no bundle is open."""
        while True:
            wrong = self._wrong(settled=settled)
            if not wrong or time.monotonic() > deadline:
                return wrong, time.monotonic()
            time.sleep(_POLL_S)

    def wrong_at_the_end(self) -> tuple[str, ...]:
        """Return what is wrong with the books of a bot that has ended.

        What was on its way then, it does not hear of; all that landed it must know.
        """
        self.wait_for_blocks(_LAST_BLOCKS)
        return self._wrong(settled=False)

    def _wrong(self, *, settled: bool) -> tuple[str, ...]:
        """Return what is wrong; while the bot runs it may be news on its way."""
        own, true = self.books()
        bundles = read_bundles(self.stage.bundles_path)
        chain = read_chain_books(self.stage.world, [one.transaction_hash for one in bundles])
        return (
            *faults(own, true),
            *differences(own, true, self._opening),
            *bundle_differences(bundles, chain, self._chain),
            *(open_bundles(bundles, chain.block) if settled else ()),
            *profit_differences(chain, self._chain),
        )

    def books(self) -> tuple[OwnBooks, TrueBooks]:
        """Return both books of one instant, as far as one can look at both."""
        true = read_true_books(self.stage.exchange)
        for _ in range(_TRIES):
            before, own = true, read_own_books(self.stage.orders_path)
            true = read_true_books(self.stage.exchange)
            if true == before:
                return own, true
        return read_own_books(self.stage.orders_path), true
