"""What is printed of a campaign: a line for each death, and a table of all."""

from collections.abc import Iterator
from statistics import median

from crash.bot_process import Start
from crash.campaign import READY_LIMIT_S, Result
from crash.moments import Phase
from crash.trial import Death


def line_of(death: Death) -> str:
    """Return one death in one line, and what was wrong below it."""
    when = f"{death.struck.seen or 'nothing of it came'} + {death.struck.after_s * 1e3:.1f} ms"
    up = f"ready in {death.start.seconds:.2f} s" if death.start else "did not come up"
    cpu = f" ({_shares(death.start)})" if death.start else ""
    torn = f"; torn: {', '.join(death.torn)}" if death.torn else ""
    head = f"{death.number:4} {death.phase.value:7} {when}: {up}{cpu}{torn}"
    return "\n".join([head, *(f"     WRONG: {one}" for one in death.wrong)])


def table_of(result: Result) -> str:
    """Return all deaths by phase, and the verdict."""
    return "\n".join(_rows(result))


def _rows(result: Result) -> Iterator[str]:
    yield f"{'phase':8} {'kills':>5} {'hit':>4} {'torn':>4} {'wrong':>5}  ready in s: median, most"
    for phase in Phase:
        deaths = [death for death in result.deaths if death.phase is phase]
        if deaths:
            yield _row(phase.value, deaths)
    if result.deaths:
        yield _row("all", list(result.deaths))
    starts = [death.start for death in result.deaths if death.start]
    within = sum(start.seconds <= READY_LIMIT_S for start in starts)
    slow = len(slow_starts(result))
    yield (
        f"{within} of {len(starts)} starts ready within {READY_LIMIT_S:g} s by the clock, "
        f"{len(starts) - slow} without the time that others had the cores"
    )
    yield (
        f"{result.orders} orders, {result.fills} fills, {result.positions} positions,"
        f" {result.bundles} bundles; seed {result.wanted.seed}"
    )
    yield from (f"WRONG AT THE END: {one}" for one in result.at_the_end)
    yield "every book agrees" if result.is_good else f"FAILED, seed {result.wanted.seed}"


def slow_starts(result: Result) -> list[Death]:
    """Return the deaths after which it took too long, waits for a core left out."""
    return [one for one in result.deaths if one.start and one.start.own_seconds > READY_LIMIT_S]


def _shares(start: Start) -> str:
    return f"{start.cpu_seconds:.2f} s of CPU, {start.queued_s:.2f} s without a core"


def _row(name: str, deaths: list[Death]) -> str:
    hit = sum(1 for death in deaths if death.struck.seen)
    torn = sum(1 for death in deaths if death.torn)
    wrong = sum(1 for death in deaths if death.wrong)
    seconds = [death.start.seconds for death in deaths if death.start] or [0.0]
    times = f"{median(seconds):.2f}, {max(seconds):.2f}"
    return f"{name:8} {len(deaths):5} {hit:4} {torn:4} {wrong:5}  {times}"
