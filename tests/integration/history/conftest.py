"""Empty history databases: of SQLite, and of a real PostgreSQL server where there is one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres_server import empty_database, postgres_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'history.sqlite'}"
    return empty_database(request.getfixturevalue("postgres_url"))
