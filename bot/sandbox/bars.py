"""Progress of a cold start, for people."""

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class Bars:
    """One bar per phase, drawn only when there is something to wait for; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._shown = Progress(
            TextColumn("  [bold]{task.description:8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[step]}"),
            console=console,
        )

    def step(self, phase: str, step: str, done: int, total: int) -> None:
        """Move the bar of `phase`."""
        if not self._tasks:
            self._console.print("First start: making the local mainnet, kept for the next time.")
            self._shown.start()
        if phase not in self._tasks:
            self._tasks[phase] = self._shown.add_task(phase, total=total, step=step)
        self._shown.update(self._tasks[phase], completed=done, total=total, step=step)

    def stop(self) -> None:
        """Leave the bars as they are."""
        self._shown.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
