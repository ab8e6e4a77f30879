"""The first answer from a snapshot does no work that the tenth does not, and none walks over all stations."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from stationmap.errors import never_cancelled
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.registry.store import write
from stationmap.resources import demo_registry
from stationmap.web.changes import publication
from stationmap.web.changes.publication import Publication
from stationmap.web.rehearsal import pages, rehearse
from stationmap.web.snapshot import Snapshot
from stationmap.web.state import EXTENSION, State
from stationmap.web.tiles import shelf as tile_shelf
from stationmap.web.tiles.shelf import TileShelf
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station
from tests.watched_stations import WatchedStations

PLACE = "lon=117.2&lat=34.26"
FEW = 120
"""Stations that any answer below may read: a page of them, or those near a place."""

ASKED = [
    f"/api/v1/nearest?{PLACE}",
    f"/api/v1/nearest?{PLACE}&open=now",
    f"/api/v1/nearest?{PLACE}&facility=toilet&for_riders=true",
    f"/api/v1/nearest?{PLACE}&category=culture&who=public&service=legal_aid&any_status=true",
    f"/api/v1/nearest?{PLACE}&q=泉山",
    f"/api/v1/nearest?{PLACE}&q=qsq",
    f"/api/v1/nearest?{PLACE}&always=true",
    '/api/v1/nearest {"lon":117.2,"lat":34.26,"facility":["toilet"]}',
    '/api/v1/nearest {"points":[[117.2,34.26],[117.1,34.2]],"k":3}',
    '/api/v1/along {"from":[117.2,34.26],"to":[117.1,34.2]}',
    "/api/v1/stations?limit=20",
    "/api/v1/stations?limit=20&offset=900",
    "/api/v1/stations?limit=20&facility=toilet&bbox=117,34,118,35",
    "/api/v1/stations/{id}",
    "/api/v1/feed",
    "/api/v1/marks",
    "/readyz",
    "/",
    "/s/{id}",
    "/s/{id}/poster",
    "/s/{id}/feed",
    "/s/{id}/closures.ics",
    "/closures.ics",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/tiles/stations.json",
    "/tiles/stations/0/0/0.mvt",
    "/tiles/stations/10/845/408.mvt?facility=toilet",
    "/ogc/collections/stations?f=json",
    "/ogc/collections/stations/items?f=json&limit=20",
    "/ogc/collections/stations/items?f=json&limit=20&open_now=true&has_toilet=false&district=320311",
    "/ogc/collections/stations/items?f=json&limit=20&datetime=2026-01-01/..&riders=welcome",
    "/ogc/collections/stations/items/{id}?f=json",
]


class Made:
    """An application over the demonstration registry whose stations tell which of them are read."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.state: State = app.extensions[EXTENSION]
        self.state._watcher_pid = os.getpid()  # nothing is read aside while an answer is watched
        self.read = self._watched()

    def _watched(self) -> WatchedStations:
        registry = self.state.snapshot.registry
        read = WatchedStations(registry.stations)
        object.__setattr__(registry, "stations", read)
        self.state.snapshot = Snapshot(registry)
        self.state.snapshot.make_ready(MONDAY_10.date())
        self.state.prepare_feed()
        return read

    def rows_read(self, asked: str) -> set[int]:
        """Return the rows of the stations that an answer reads."""
        self.read.rows = set()
        answer = answer_of(self.app, asked)
        assert answer.status_code in (200, 204), answer.text
        answer.get_data()
        return self.read.rows


def answer_of(app: Flask, asked: str) -> TestResponse:
    """Return the answer to one of `ASKED`, by POST where it has a body."""
    state: State = app.extensions[EXTENSION]
    path, _, body = asked.replace("{id}", state.snapshot.ids[0]).partition(" ")
    client = app.test_client()
    return client.post(path, data=body, content_type="application/json") if body else client.get(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    registry = parse(demo_registry().read_bytes())
    return Made(app_over(tmp_path_factory.mktemp("first"), registry))


@pytest.mark.parametrize("asked", ASKED)
def test_no_answer_reads_more_than_a_few_stations_nor_the_first_more_than_the_tenth(made: Made, asked: str) -> None:
    first, *others = (made.rows_read(asked) for _ in range(10))
    assert len(first) <= FEW
    assert first == others[-1] or not others[-1]  # what is kept of a station is read once


def test_what_answers_are_made_of_is_there_before_the_first_and_none_makes_more(made: Made) -> None:
    snapshot = made.state.snapshot
    before = held(snapshot)
    for asked in ASKED:
        made.rows_read(asked)
    assert held(snapshot) == before


def held(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return which parts of a snapshot are made, and how much the index of texts holds of them."""
    index = snapshot.index
    texts = index._filters._texts
    return [{name: value is not None for name, value in vars(each).items()} for each in (snapshot, index, texts)]


def test_a_snapshot_that_replaces_another_reads_the_stations_that_are_others_only(tmp_path: Path) -> None:
    registry = parse(demo_registry().read_bytes())
    app = app_over(tmp_path, registry)
    state: State = app.extensions[EXTENSION]
    changed = registry.with_changes({"new-1": station("new-1", 117.2, 34.2), registry.stations[7].id: None})
    read = WatchedStations(changed.stations)
    object.__setattr__(changed, "stations", read)
    following = Snapshot(changed, earlier=state.snapshot)
    following.make_ready(MONDAY_10.date())
    assert {changed.stations[row].id for row in read.rows} == {"new-1"}


def test_what_a_look_at_the_files_takes_is_ready_before_it_is_served(tmp_path: Path) -> None:
    registry = parse(dumps(_of(1)))
    app = app_over(tmp_path, registry)
    write(tmp_path / "stations.geojson", _of(2))
    state: State = app.extensions[EXTENSION]
    before = held(state.snapshot)
    state.refresh()
    assert len(state.snapshot.index) == 2 and held(state.snapshot) == before


def test_a_snapshot_that_was_asked_all_and_is_replaced_is_kept_by_nobody(tmp_path: Path) -> None:
    app = app_over(tmp_path, parse(demo_registry().read_bytes()))
    state: State = app.extensions[EXTENSION]
    state._watcher_pid = os.getpid()  # what is made aside is made below
    left = weakref.ref(state.snapshot)
    for asked in ASKED:
        answer_of(app, asked).get_data()
    write(tmp_path / "stations.geojson", _of(2))
    gc.collect()
    gc.disable()  # else it would hide who holds himself
    try:
        state.refresh()
        state.prepare_feed()
        state._make(state.snapshot)
        assert len(state.snapshot.index) == 2 and left() is None
    finally:
        gc.enable()


def _of(count: int) -> Registry:
    return registry_of(station(f"s{row}", 117.2, 34.2) for row in range(count))


def test_a_process_has_compiled_its_templates_before_anybody_asks(made: Made) -> None:
    rehearse(made.app, pages(made.state.snapshot), "https://stations.example.org")
    cache = made.app.jinja_env.cache
    assert cache is not None
    compiled = set(cache.keys())
    for page in pages(made.state.snapshot):
        assert made.app.test_client().get(page).status_code in (200, 204)
    assert set(cache.keys()) == compiled


def test_what_is_made_aside_is_made_of_a_snapshot_once(made: Made) -> None:
    published: Publication = made.app.extensions[publication.EXTENSION]
    shelf: TileShelf = made.app.extensions[tile_shelf.EXTENSION]
    for make in made.state.besides:
        make(made.state.snapshot)
    made.read.rows = set()
    held_aside = (published._packed, shelf._present)
    for make in made.state.besides:
        make(made.state.snapshot)
    for asked in ("/api/v1/registry", "/tiles/stations/0/0/0.mvt?for_riders=true"):
        assert made.rows_read(asked) == set()
    assert (published._packed, shelf._present) == held_aside


def test_a_file_of_all_is_made_for_who_asked_for_the_one_before() -> None:
    published, versions = Publication(), [_of(count) for count in (1, 2, 3, 4)]
    published.prepare(versions[0])
    assert published._packed and published._packed[0] == versions[0].revision
    published.prepare(versions[1])
    assert published._packed[0] == versions[0].revision  # nobody asked
    published.packed(versions[2], never_cancelled)
    published.prepare(versions[3])
    assert published._packed[0] == versions[3].revision
