"""Databases for tests: SQLite in a temporary folder, and PostgreSQL where this machine has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from stationmap.registry.registry import dumps
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from tests import postgres
from tests.apps import registry_of
from tests.journaling import Clock, one

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL, started once."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster(programs) as url:
        yield url


@pytest.fixture(params=ENGINES)
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Open one and the same new database, as often as a test wants to; it is empty when the test begins."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_url")
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
    with ExitStack() as opened:

        def open_it() -> Database:
            database = Database.at(url)
            opened.callback(database.close)
            return database

        yield open_it


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    """A new database."""
    return open_database()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a registry of two stations, a and b."""
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(registry_of([one("a"), one("b")])))
    return path


@pytest.fixture
def editable(file: Path, database: Database) -> EditableRegistry:
    """That registry, for changes; its clock goes on by a minute each time somebody looks."""
    return EditableRegistry(file, database, clock=Clock())
