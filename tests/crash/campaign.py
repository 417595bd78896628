"""Many deaths of one bot, then calm: everything is sold, and compared for the last time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
from crash.bot_process import BUNDLES_READY, BotFailed, BotProcess
from crash.moments import Phase
from crash.stage import Stage
from crash.trial import Death, Trials
from crash.weather import Weather

READY_LIMIT_S = 5.0
_KILLED = (Phase.ENTRY, Phase.FILL, Phase.EXIT, Phase.BUNDLE, Phase.COMMIT)
_FIRST_START_S = 300.0
_CALM_S = 60.0
_QUIET_BLOCKS = 4  # the last shock, its bundle, and what became of it
_WARM_S = 4.0  # the longest life of one that is to die while it recovers
_COMMAND_S = 6.0  # likewise of one that is to leave everything


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How many deaths, and how many of them with torn logs."""

    kills: int
    torn: int
    starts: int  # more: of lives that are still recovering
    commands: int = 0  # more: while all positions are to be left
    seed: int
    mishaps: bool = False  # answers get lost as well


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All deaths, and what was wrong at the end."""

    wanted: Wanted
    deaths: tuple[Death, ...]
    at_the_end: tuple[str, ...]
    orders: int  # of ours, at all venues
    fills: int
    positions: int
    bundles: int

    @property
    def is_good(self) -> bool:
        """Whether nothing was ever wrong."""
        return not self.at_the_end and not any(death.wrong for death in self.deaths)


def run_campaign(folder: Path, wanted: Wanted, tell: Callable[[Death], None]) -> Result:
    """Kill as often as wanted; `tell` hears of each death. It ends at the first wrong one.

    Raises:
        HaltError: something is missing on this machine.
        BotFailed: the bot ended by itself, or did not end when asked to.
    """
    with Stage(folder) as stage:
        bot = BotProcess(stage.config_path, stage.keys, folder / "repeg.log")
        trials = Trials(stage, bot, Random(wanted.seed))  # noqa: S311 - seeded
        weather = Weather(stage, wanted.seed, mishaps=wanted.mishaps)
        try:
            bot.start(_FIRST_START_S)
            bot.await_word(BUNDLES_READY, _FIRST_START_S)  # machines compile once
            weather.begin()
            deaths = _deaths(trials, wanted, tell)
            weather.calm()
            wrong = () if deaths[-1].wrong else _ending(trials)
            return _result(trials, wanted, deaths, (*wrong, *map(repr, weather.failures)))
        finally:
            weather.calm()
            bot.kill()


def schedule(wanted: Wanted) -> Iterator[tuple[Phase, bool]]:
    """Yield phase and whether the log is torn: every phase as often as the others, shuffled."""
    chance = Random(wanted.seed + 2)  # noqa: S311 - seeded
    phases = [_KILLED[n % len(_KILLED)] for n in range(wanted.kills)]
    torn = [n < wanted.torn for n in range(wanted.kills)]
    chance.shuffle(phases)
    chance.shuffle(torn)
    planned = [*zip(phases, torn, strict=True), *((Phase.START, False),) * wanted.starts]
    planned += [(Phase.COMMAND, False)] * wanted.commands
    chance.shuffle(planned)
    yield from planned


def _deaths(trials: Trials, wanted: Wanted, tell: Callable[[Death], None]) -> list[Death]:
    deaths: list[Death] = []
    for number, (phase, torn) in enumerate(schedule(wanted), start=1):
        if phase is Phase.START:
            death = trials.kill_starting(number, _WARM_S)
        elif phase is Phase.COMMAND:
            death = trials.kill_commanded(number, _COMMAND_S)
        else:
            death = trials.kill(number, phase, torn=torn)
        tell(death)
        deaths.append(death)
        if death.wrong:
            break
    return deaths


def _ending(trials: Trials) -> tuple[str, ...]:
    """Prices are at par: all is sold by itself; then the bot ends when asked to."""
    trials.wait_for_blocks(_QUIET_BLOCKS)
    wrong = trials.settled(_CALM_S)
    held = trials.still_held(_CALM_S)
    try:
        code = trials.bot.stop()
    except BotFailed as error:
        return (*wrong, *held, str(error))
    ended = () if code == 0 else (f"it ended with {code}:\n{trials.bot.last_words()}",)
    return (*wrong, *held, *ended, *trials.wrong_at_the_end())


def _result(
    trials: Trials, wanted: Wanted, deaths: list[Death], at_the_end: tuple[str, ...]
) -> Result:
    own, true = trials.books()
    return Result(
        wanted=wanted,
        deaths=tuple(deaths),
        at_the_end=at_the_end,
        orders=sum(1 for _ in true.orders()),
        fills=len(true.trades()),
        positions=len(own.ledger.positions),
        bundles=trials.bundles(),
    )
