"""Shared by every test: where the recorded mainnet data is, if it is there at all."""

import os
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Optional folder of recorded mainnet data; tests that need it are skipped without it."""
    folder = Path(os.environ.get("REPEG_DATA_DIR", _BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        pytest.skip(f"no recorded mainnet data at {folder}; set REPEG_DATA_DIR")
    return folder
