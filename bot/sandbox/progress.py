"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called as each step begins or ends; `done` of `total` steps of this `phase` are finished."""

    def __call__(self, phase: str, step: str, done: int, total: int) -> None:
        """Show it, or not."""


def silent(phase: str, step: str, done: int, total: int) -> None:
    """Show nothing."""
    del phase, step, done, total
