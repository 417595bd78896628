"""Values that no request should carry, drawn repeatably."""

import random
from collections.abc import Sequence
from typing import Any

VALUES: tuple[Any, ...] = (
    *(None, "", "x", -1, 0, 1.5, 10**30, "NaN", "Infinity", "1e400", "-0", True, "9" * 400),
    *([], [[1]], {}, {"a": []}, ["a", 1, None], "é", "99999-01-01", "2020-01-01T00:00:00Z"),
)
TEXTS = tuple(str(value) for value in VALUES)


class Nonsense:
    """Draws requests; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._choice = random.Random(seed)  # noqa: S311 - repeatable nonsense, no secrets

    def one_of(self, choices: Sequence[Any]) -> Any:
        """Draw one."""
        return self._choice.choice(choices)

    def fields(self, names: Sequence[str], values: Sequence[Any] = VALUES) -> dict[str, Any]:
        """Draw some of these fields, each with a value that does not belong there."""
        chosen = self._choice.sample(names, self._choice.randrange(len(names) + 1))
        return {name: self._choice.choice(values) for name in chosen}

    def often(self) -> bool:
        """Say yes in two of three cases."""
        return self._choice.random() < 2 / 3
