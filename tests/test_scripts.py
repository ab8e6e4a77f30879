"""The page's own modules, run by Node.js: their tests, and their answers against those of the core."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import playwright
import pytest

from stationmap import StationIndex
from stationmap import registry as registries
from stationmap.feed import feed
from stationmap.hours import ZONE
from stationmap.model import Position
from stationmap.packaged import demo_registry
from tests.conftest import ROOT

START = datetime(2026, 12, 25, tzinfo=ZONE)  # across a new year whose holidays nobody has announced
FEED_DAYS = timedelta(days=14)

# Playwright drives the browser with a Node.js of its own, so that nobody has to install another.
NODE = Path(playwright.__file__).parent / "driver" / "node"


def node(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([NODE, *arguments], input=given, cwd=ROOT, capture_output=True, timeout=120, check=False)


def test_the_modules_pass_their_own_tests() -> None:
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "js").glob("*.test.js"))
    done = node("--test", *files)
    assert files
    assert done.returncode == 0, done.stdout.decode()[-4_000:]


@pytest.fixture(scope="module")
def demo() -> registries.Registry:
    return registries.parse(demo_registry().read_bytes())


@pytest.fixture(scope="module")
def moments() -> list[datetime]:
    random = Random(20261123)
    return [START + timedelta(minutes=random.randrange(13 * 1440)) for _ in range(40)]


@pytest.fixture(scope="module")
def points() -> list[tuple[float, float, int]]:
    random = Random(20261124)
    return [(random.uniform(116.3, 118.7), random.uniform(33.7, 35.0), 30) for _ in range(40)]


@pytest.fixture(scope="module")
def answers(
    demo: registries.Registry, moments: list[datetime], points: list[tuple[float, float, int]]
) -> dict[str, Any]:
    document = json.loads(feed(demo, START.date()))
    asked = {"document": document, "points": points, "moments": [moment.isoformat() for moment in moments]}
    done = node("tests/js/feed_answers.mjs", given=json.dumps(asked).encode())
    assert done.returncode == 0, done.stderr.decode()
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def test_the_page_measures_as_the_index_does(
    demo: registries.Registry, points: list[tuple[float, float, int]], answers: dict[str, Any]
) -> None:
    index = StationIndex(demo.stations)
    for (lon, lat, k), found in zip(points, answers["nearest"], strict=True):
        expected = index.nearest(Position(lon, lat), k)
        assert [station_id for station_id, _ in found] == [neighbour.station.id for neighbour in expected]
        assert [metres for _, metres in found] == pytest.approx(
            [neighbour.distance_m for neighbour in expected], abs=0.1
        )


def test_the_page_knows_the_same_states_as_the_core_without_reading_hours(
    demo: registries.Registry, moments: list[datetime], answers: dict[str, Any]
) -> None:
    for moment, states in zip(moments, answers["states"], strict=True):
        for station, (state, until_min) in zip(demo.stations, states, strict=True):
            expected = station.status_at(moment)
            within = expected.until is not None and expected.until < START + FEED_DAYS
            until = START + timedelta(minutes=until_min) if until_min is not None else None
            assert (state, until) == (expected.state, expected.until if within else None), (station.id, moment)
