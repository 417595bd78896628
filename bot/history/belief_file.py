"""The fitted model of reversions, as a file: the one that comes with this version, or another."""

from importlib.resources import files
from pathlib import Path

import msgspec

from bot.domain.errors import BadConfiguration
from bot.strategy.reversion import ReversionFit, ReversionModel

_SHIPPED = "reversion.json"


def read_model(path: Path | str | None = None) -> ReversionModel:
    """Return the model in a file; without one, that which comes with this version.

    Raises:
        BadConfiguration: the file cannot be read, or is not a fit.
    """
    try:
        source = Path(path) if path else files("bot.history") / _SHIPPED
        return ReversionModel(msgspec.json.decode(source.read_bytes(), type=ReversionFit))
    except (OSError, msgspec.DecodeError) as error:
        raise BadConfiguration(f"{path or _SHIPPED}: {error}") from error


def write_fit(fit: ReversionFit, path: Path) -> None:
    """Write a fit, whole or not at all.

    Raises:
        BadConfiguration: the file cannot be written.
    """
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(fit), indent=1) + b"\n")
        beside.replace(path)
    except OSError as error:
        raise BadConfiguration(f"{path}: {error}") from error
