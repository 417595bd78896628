"""Dates and times on the command line."""

from datetime import UTC, datetime
from typing import Any

import click

from bot.domain.units import NANOS_PER_S, Nanos


class Moment(click.ParamType):
    """A date or time, UTC unless it says otherwise, as nanoseconds since the epoch."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Nanos:
        """Return the moment; 2023-03-10, 2023-03-10T22:02 and 2023-03-10T22:02:30Z are read."""
        if isinstance(value, int):
            return Nanos(value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2023-03-10 or 2023-03-10T22:02", param, ctx)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return Nanos(int(moment.timestamp()) * NANOS_PER_S)


MOMENT = Moment()
