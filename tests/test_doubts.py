"""What is not sure of a station is said with it, alike by core, API and command line."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stationmap import Query, Travel
from stationmap.cli import command
from stationmap.formats.feed import feed
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import dumps
from stationmap.search.doubts import doubts
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

LON, LAT = 117.19, 34.262
EBIKE = Travel(5.0, 1.3)
FRESH = {"on": "2026-11-20", "by": "staff"}
TEN_MINUTES = timedelta(minutes=10)
ANYTHING = Query()


def found(at: datetime = MONDAY_10, metres: float = 300, query: Query = ANYTHING, **known: Any) -> list[str]:
    one = station("a", LON, LAT, **{"verified": FRESH, "hours": "24/7", **known})
    return list(doubts(one, metres, at, EBIKE, query, TEN_MINUTES))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_of_what_is_known_and_was_checked_nothing_is_in_doubt() -> None:
    assert found() == []


def test_hours_that_say_nothing_of_a_holiday_are_doubted_on_every_day_that_is_one_or_may_be() -> None:
    vague, fuller = "Mo-Fr 08:30-17:30", "Mo-Fr 08:30-17:30; PH off"
    for day in ("2026-10-06T10:00", "2027-02-09T10:00", "2027-10-06T10:00"):
        verified = {"on": day[:10], "by": "staff"}
        assert found(moment(day), hours=vague, verified=verified) == ["holiday_unstated"]
        assert found(moment(day), hours="Mo-Su,PH 08:00-22:00", verified=verified) == []
        fully = found(moment(day), hours=fuller, verified=verified)
        assert fully in ([], ["hours_unknown"])  # closed on a holiday, unknown while nobody has said whether it is one
    assert found(
        moment("2026-09-30T23:50"), 4_000, hours="Mo-Su 00:00-24:00", verified=FRESH | {"on": "2026-09-01"}
    ) == ["holiday_unstated"]


@pytest.mark.parametrize(
    ("closes", "expected"), [("10:11", ["closes_soon"]), ("10:11+", ["closes_soon"]), ("10:12", []), ("24:00", [])]
)
def test_who_arrives_with_little_time_left_cannot_rely_on_it(closes: str, expected: list[str]) -> None:
    # 300 m take 78 s by e-bike, so that 10:12 leaves more than ten minutes.
    hours = f"Mo 09:00-{closes}"
    assert found(hours=hours) == expected
    assert found(hours="Mo 10:01-10:08") == ["closes_soon"]  # opens on the way, and closes again


def test_a_check_counts_by_its_age_and_by_who_made_it() -> None:
    day = MONDAY_10.date()
    of = lambda days, by="staff": found(verified={"on": str(day - timedelta(days=days)), "by": by})  # noqa: E731
    assert found(verified=None) == of(-1) == ["never_verified"]
    assert of(365) == of(0) == of(3, "operator") == []
    assert of(366) == of(2_000, "rider") == ["verified_long_ago"]
    assert of(3, "rider") == ["verified_by_rider"]


def test_what_is_asked_for_and_who_may_enter_must_be_known() -> None:
    toilet = Query(facilities=frozenset(["toilet"]), facilities_or_unknown=True)
    assert found(query=toilet) == ["facility_unknown"]
    assert found(query=toilet, facilities={"toilet": True}) == []
    assert [found(access={"who": who}) for who in ("registration", "members", "unknown", "women")] == [
        [], ["entry_unsure"], ["entry_unsure"], ["restricted"],
    ]  # fmt: skip
    assert found(hours=None, position={"how": "geocoded"}) == ["hours_unknown", "geocoded"]
    always = Query(always_from=MONDAY_10.date())
    assert found(query=always, hours="24/7; Sa[1] unknown") == ["hours_unknown"]
    assert found(query=always) == []


def banks() -> list[Any]:
    known = {"verified": {"on": "2026-10-01", "by": "staff"}}
    return [
        station("vague", LON + 0.0036, LAT, hours="Mo-Fr 08:30-17:30", **known),
        station("stated", LON + 0.0043, LAT, hours="Mo-Su,PH 08:00-22:00", **known),
        station("tight", LON + 0.005, LAT, hours="Mo-Su,PH 08:00-10:05", verified=None),
    ]


def test_api_and_command_line_say_the_doubts_and_stay_in_the_order_of_distance(tmp_path: Path) -> None:
    expected = [("vague", ["holiday_unstated"]), ("stated", []), ("tight", ["closes_soon", "never_verified"])]
    app = app_over(tmp_path, registry_of(banks()))
    path = f"/api/v1/nearest?lon={LON}&lat={LAT}&open=2026-10-06T10:00%2B08:00"
    features = (app.test_client().get(path).json or {})["features"]
    assert [(each["id"], each["properties"]["doubts"]) for each in features] == expected
    body = {"points": [[LON, LAT]], "k": 3, "open": "2026-10-06T10:00+08:00"}
    rows = (app.test_client().post("/api/v1/nearest", json=body).json or {})["results"][0]
    assert [(row["id"], row["doubts"]) for row in rows] == expected
    file = tmp_path / "known.geojson"
    file.write_bytes(dumps(registry_of(banks())))
    asked = ["--open-at", "2026-10-06T10:00", "--registry", str(file)]
    shown = json.loads(CliRunner().invoke(command, ["nearest", str(LON), str(LAT), "--json", *asked]).stdout)
    assert [(each["id"], each["properties"]["doubts"]) for each in shown["features"]] == expected
    table = CliRunner().invoke(command, ["nearest", str(LON), str(LAT), *asked]).stdout
    assert "节假日未注明" in table and "到达后不久关门" in table
    places = tmp_path / "places.csv"
    places.write_text(f"lon,lat\n{LON},{LAT}\n")
    batch = CliRunner().invoke(command, ["nearest", "--batch", str(places), "-k", "3", *asked]).stdout
    assert [(row["station_id"], row["doubts"].split()) for row in csv.DictReader(batch.splitlines())] == expected


def test_riders_are_as_fast_as_the_operator_says_they_usually_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    file = tmp_path / "known.geojson"
    file.write_bytes(dumps(registry_of(banks())))
    for travel in ("walk", "ebike"):
        client = app_over(tmp_path, registry_of(banks()), travel=travel).test_client()
        features = (client.get(f"/api/v1/nearest?lon={LON}&lat={LAT}").json or {})["features"]
        monkeypatch.setenv("STATIONMAP_TRAVEL", travel)
        asked = ["nearest", str(LON), str(LAT), "--json", "--registry", str(file)]
        shown = json.loads(CliRunner().invoke(command, asked).stdout)["features"]
        times.append([each["properties"]["travel_s"] for each in features])
        assert [each["properties"]["travel_s"] for each in shown] == times[-1]
    assert times[0] == pytest.approx([4 * seconds for seconds in times[1]], abs=2)


def test_how_little_time_is_too_little_is_the_operators_and_travels_in_the_feed(tmp_path: Path) -> None:
    app = app_over(tmp_path, registry_of(banks()), little_left_min=2)
    path = f"/api/v1/nearest?lon={LON}&lat={LAT}&open=2026-10-06T10:00%2B08:00&facility_or_unknown=true"
    features = (app.test_client().get(path).json or {})["features"]
    assert features[2]["properties"]["doubts"] == ["never_verified"]
    answer = app.test_client().get("/api/v1/feed")
    assert (answer.json or {})["rules"] == {"little_left_min": 2, "checked_days": 365}
    other = app_over(tmp_path, registry_of(banks())).test_client().get("/api/v1/feed")
    assert other.headers["ETag"] != answer.headers["ETag"]
    assert json.loads(feed(registry_of([]), MONDAY_10.date()))["rules"]["little_left_min"] == 10
