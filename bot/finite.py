"""Numbers that people type: none that is not one."""

from math import isfinite
from typing import Any

import click


class Finite(click.FloatRange):
    """A number within bounds; neither infinite nor none at all."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        found: float = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return found
