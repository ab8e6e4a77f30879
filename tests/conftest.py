"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, settings

from stationmap import city
from stationmap.hours.calendar import adopt, packaged
from tests.databases import database, editable, file, open_database, postgres_url

__all__ = ["database", "editable", "file", "open_database", "postgres_url"]  # fixtures

# How fast a machine is, is no property of the code. What a person runs draws the same examples each time, so that a
# red run is their own doing; `make fuzz` draws new ones, and what it finds becomes an @example here.
settings.register_profile("same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("new", settings.get_profile("same"), derandomize=False, print_blob=True)
settings.load_profile("same")

XUZHOU = city.load(None)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _compressed_once() -> Iterator[None]:
    """Compress equal bodies once: most applications of the tests answer with the same pages and the same feed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brotli, "compress", lru_cache(maxsize=128)(brotli.compress))
        yield


@pytest.fixture(autouse=True)
def _packaged_calendar_and_city() -> Iterator[None]:
    """Let every test begin with the calendar and the city of the package, each one for the process."""
    adopt(packaged())
    city.adopt(XUZHOU)
    yield
    adopt(packaged())
    city.adopt(XUZHOU)


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no test, nor a program it starts, keep a journal where a person's is, or read the settings of a machine."""
    os.environ["STATIONMAP_CONFIG"] = os.devnull
    os.environ["STATIONMAP_DATA"] = str(tmp_path_factory.mktemp("data"))
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("home"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names of tests that are others in every process, where the tests could not be shared out."""
    if unstable := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"the name of a test holds an address of memory: {unstable[0]}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data that may not be committed; a test that needs it skips visibly without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data not present at {folder}")
    return folder
