"""What the model says of past depegs that it was not fitted to."""

from collections.abc import Callable, Sequence

import msgspec

from bot.operations.fit_reversion import fit_reversion
from bot.strategy.calibration import Forecast
from bot.strategy.past_reversions import Return
from bot.strategy.reversion import ReversionFit, ReversionModel

Told = Callable[[int, int], None]  # how many of how many fits are done


def fit_and_forecast(
    returns: Sequence[Return], *, forecast: bool = True, told: Told = lambda _done, _all: None
) -> ReversionFit:
    """Return the fit to all events, with a forecast of each by a fit to the others.

    Raises:
        TooFewDepegs: there is too little to fit to.
        FittingUnavailable: lifelines is not installed.
    """
    fit = fit_reversion(returns)
    forecasts = leave_out(returns, told) if forecast else ()
    return msgspec.structs.replace(fit, forecasts=forecasts)


def leave_out(
    returns: Sequence[Return], told: Told = lambda _done, _all: None
) -> tuple[Forecast, ...]:
    """Return a forecast for each event, by a fit to all but its own episode.

    Events within days of each other are left out together: what is known of one would tell the
    others.
    """
    episodes = sorted({one.episode for one in returns})
    found = {}
    for done, episode in enumerate(episodes, start=1):
        others = [one for one in returns if one.episode != episode]
        model = ReversionModel(fit_reversion(others))
        base = sum(one.is_never for one in others) / len(others)
        for one in returns:
            if one.episode == episode:
                found[one.id] = _forecast(model, one, base)
        told(done, len(episodes))
    return tuple(found[one.id] for one in returns)


def _forecast(model: ReversionModel, one: Return, base: float) -> Forecast:
    said = model.of_traits(one.traits)
    return Forecast(
        id=one.id,
        never=said.never,
        low=said.never_low,
        high=said.never_high,
        base=base,
        came=one.is_never,
        median_hours=said.median_hours,
        late_hours=said.late_hours,
        hours=one.hours,
    )
