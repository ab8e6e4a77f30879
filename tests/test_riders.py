"""One rule says whether a rider may be sent to a station, and every way to ask goes by it."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from stationmap import Query, StationIndex
from stationmap.audit.inputs.supply import Requirements
from stationmap.cli import command
from stationmap.formats.feed import feed
from stationmap.registry.model import CATEGORIES, STATUSES, WHO, Position, Station
from stationmap.registry.registry import dumps
from stationmap.search.usability import STANDINGS, is_for_riders, standing
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

LON, LAT = 117.19, 34.262
IN_USE = Query(in_use=True)


def every_kind() -> list[Station]:
    kinds = [(status, category, who) for status in STATUSES for category in CATEGORIES for who in WHO]
    return [
        station(f"s{row:03}", LON + row / 1e4, LAT, status=status, category=category, access={"who": who}, hours="24/7")
        for row, (status, category, who) in enumerate(kinds)
    ]


@pytest.fixture
def registry_file(tmp_path: Path) -> Path:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(registry_of(every_kind())))
    return path


def test_a_status_goes_before_who_may_enter_and_a_carnation_station_must_say_it_is_public() -> None:
    for known in every_kind():
        found, who = standing(known), known.access.who
        if known.status != "open":
            assert found == "out_of_use"
        elif who in ("women", "staff") or (known.category == "carnation" and who != "public"):
            assert found == "restricted"
        else:
            assert found == ("welcome" if who in ("public", "registration") else "unsure")
        assert is_for_riders(known) is (found in ("welcome", "unsure"))


def test_every_kind_of_question_to_the_api_leaves_out_where_nobody_is(tmp_path: Path) -> None:
    registry = registry_of(every_kind())
    client = app_over(tmp_path, registry).test_client()
    here = f"/api/v1/nearest?lon={LON}&lat={LAT}&k=100"
    for more in ("", "&open=now", "&always=true", "&for_riders=true", "&who=public&q=s"):
        features = (client.get(here + more).json or {})["features"]
        assert features
        for feature in features:
            known = registry[feature["id"]]
            assert feature["properties"]["riders"] == standing(known) != "out_of_use"
            assert is_for_riders(known) or "for_riders" not in more
    batch = client.post("/api/v1/nearest", json={"points": [[LON, LAT]], "k": 100}).json or {}
    assert {standing(registry[row["id"]]) for row in batch["results"][0]} == set(STANDINGS) - {"out_of_use"}
    all_of_them = (client.get(here + "&any_status=true").json or {})["features"]
    assert "out_of_use" in {feature["properties"]["riders"] for feature in all_of_them}
    riders = (client.get(here + "&any_status=true&for_riders=true").json or {})["features"]
    assert {feature["properties"]["riders"] for feature in riders} == {"welcome", "unsure"}


def test_a_registry_cannot_pass_off_how_riders_stand(tmp_path: Path) -> None:
    client = app_over(
        tmp_path, registry_of([station("a", LON, LAT, access={"who": "staff"}, riders="welcome")])
    ).test_client()
    text = client.get(f"/api/v1/nearest?lon={LON}&lat={LAT}").text
    assert text.count('"riders"') == 1 and '"riders":"restricted"' in text


@pytest.mark.parametrize("more", [(), ("--open-at", "2026-11-23T10:00"), ("--for-riders",)])
def test_the_command_line_leaves_out_where_nobody_is(
    registry_file: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    known = {one.id: one for one in every_kind()}
    asked = ("nearest", str(LON), str(LAT), "-k", "200", "--registry", str(registry_file))
    features = json.loads(CliRunner().invoke(command, [*asked, "--json", *more]).stdout)["features"]
    found = [known[feature["id"]] for feature in features]
    wanted = is_for_riders if "--for-riders" in more else lambda one: standing(one) != "out_of_use"
    assert found == [one for one in known.values() if wanted(one)]
    assert [feature["properties"]["riders"] for feature in features] == [standing(one) for one in found]
    places = tmp_path / "places.csv"
    places.write_text(f"lon,lat\n{LON},{LAT}\n")
    batch = CliRunner().invoke(
        command, ["nearest", "--batch", str(places), "-k", "200", "--registry", str(registry_file), *more]
    )
    assert [row["station_id"] for row in csv.DictReader(batch.stdout.splitlines())] == [one.id for one in found]
    everyone = CliRunner().invoke(command, [*asked, "--json", "--any-status"])
    assert len(json.loads(everyone.stdout)["features"]) == len(known)


def test_many_places_are_asked_at_once_under_the_same_condition() -> None:
    index = StationIndex(every_kind())
    rows, metres = index.nearest_many([LON], [LAT], 20, query=IN_USE)
    expected = index.nearest(Position(LON, LAT), 20, query=IN_USE)
    assert [index.stations[row].id for row in rows[0]] == [one.station.id for one in expected]
    assert metres[0] == pytest.approx([one.distance_m for one in expected], abs=1e-6)


def test_the_feed_carries_the_outcome_and_no_phone_needs_the_rule() -> None:
    stations = every_kind()
    columns = json.loads(feed(registry_of(stations), MONDAY_10.date()))["stations"]
    assert [STANDINGS[int(mark)] for mark in columns["riders"]] == [standing(one) for one in stations]


def test_the_audit_counts_for_riders_what_they_may_be_sent_to() -> None:
    for known in every_kind():
        sure, possible = Requirements().judge(known)
        assert possible is is_for_riders(known)
        assert not sure or standing(known) in ("welcome", "unsure")


@pytest.mark.parametrize("status", ["planned", "suspended", "closed", "moved"])
def test_a_status_holds_at_any_moment(status: str) -> None:
    schedule = station("a", LON, LAT, hours="24/7", status=status).schedule
    for days in (-400, -1, 0, 15, 400):
        found = schedule.status_at(MONDAY_10 + timedelta(days=days))
        assert (found.state, found.reason, found.until) == ("closed", f"status_{status}", None)
