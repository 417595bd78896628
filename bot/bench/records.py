"""Values recorded from mainnet: an optional folder, never part of the repository."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain.errors import HaltError

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "data"


class RecordsAbsent(HaltError):
    """There is no folder of recorded values on this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"no recorded mainnet data at {folder}; set REPEG_DATA_DIR")
        self.folder = folder


def records_folder() -> Path:
    """Return the folder that REPEG_DATA_DIR names, or the one beside the checkout.

    Raises:
        RecordsAbsent: it is not there.
    """
    folder = Path(os.environ.get("REPEG_DATA_DIR", _BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        raise RecordsAbsent(folder)
    return folder


def oracle(name: str) -> Any:
    """Return one recorded file of answers, such as ``degenbot/17600000.json``; exact decimals.

    Raises:
        RecordsAbsent: there is no folder of them.
    """
    path = records_folder() / "exactness-oracles" / name
    return json.loads(path.read_text(), parse_float=Decimal)
