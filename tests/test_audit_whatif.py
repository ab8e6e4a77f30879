"""What a change would do: exact sums of what is won and lost, and changes that cannot be made are refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Source
from stationmap.audit.inputs.cell_share import cell_share
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.studies.changes import Add, Change, Close, Lengthen, Move, apply, proposed, read
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.audit.studies.whatif import whatif
from stationmap.cli import command
from stationmap.errors import InvalidAuditError
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, dumps, parse
from tests.strategies import station

WEST, SOUTH, EAST, NORTH = 117.10, 34.20, 117.22, 34.30
AREAS = {
    "320302": shapely.box(WEST, SOUTH, 117.16, NORTH),
    "320303": shapely.box(117.16, SOUTH, EAST, NORTH),
}
TERRITORY = Territory.of(AREAS, 500.0)
DEMAND = Demand.spread(TERRITORY, {"320302": 7001, "320303": 130}, Source("residents", "test"))
NIGHT = datetime(2026, 1, 15, 2, tzinfo=ZONE)
DAY = "Mo-Fr 09:00-17:00"

REGISTRY = Registry(
    (
        station("west", 117.12, 34.25, hours=DAY, district="320302", colour="red"),
        station("east", 117.20, 34.25, hours="24/7"),
        station("unknown", 117.16, 34.22),
    )
)

lons, lats = st.floats(WEST, EAST), st.floats(SOUTH, NORTH)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    hours = st.sampled_from(["24/7", DAY, None, "off"])
    places = draw(st.lists(st.tuples(lons, lats, hours), max_size=8))
    return Registry(tuple(station(f"s{row}", lon, lat, hours=text) for row, (lon, lat, text) in enumerate(places)))


@st.composite
def changes(draw: st.DrawFn, registry: Registry) -> list[Change]:
    made: list[Change] = [
        Add.at(f"n{row}", draw(lons), draw(lats), district="320302", hours="24/7")
        for row in range(draw(st.integers(0, 2)))
    ]
    if registry:
        which = st.sampled_from(sorted(registry))
        made += draw(st.lists(st.builds(Move, which, lons, lats) | st.builds(Close, which), max_size=3))
    return made


def study(
    registry: Registry, *, demand: Demand = DEMAND, radius_m: float = 1000.0, at: datetime | None = None
) -> Study:
    return Study(registry, TERRITORY, demand, StudyQuestion(radius_m, at=at))


def part_in_reach_of(registry: Registry, row: int, radius_m: float) -> int:
    """Brute force: which part of a cell of the demand a sure station at NIGHT reaches."""
    ellipsoid, share = Geod(ellps="WGS84"), cell_share(radius_m, TERRITORY.grid.cell_m)
    ways = [
        ellipsoid.inv(DEMAND.lons[row], DEMAND.lats[row], *one.geometry.coordinates)[2]
        for one in registry.stations
        if one.status_at(NIGHT).state == "open"
    ]
    return int(share.at(np.array([min(ways, default=np.inf)]))[0])


@settings(max_examples=25)
@given(st.data())
def test_won_less_lost_is_the_difference_to_the_thousandth(data: st.DataObject) -> None:
    registry = data.draw(registries())
    made = data.draw(changes(registry))
    found = whatif(study(registry, radius_m=1500.0, at=NIGHT), made)
    whole, *districts = found.table
    for balance, more, share in (
        (found.confirmed, whole.confirmed_people, whole.confirmed_share),
        (found.possible, whole.possible_people, whole.possible_share),
    ):
        assert round((balance.won.people - balance.lost.people) * THOUSANDTHS) == round(more * THOUSANDTHS)
        assert not set(balance.won.rows) & set(balance.lost.rows)
        assert share == pytest.approx(more / DEMAND.total, abs=1e-12)
    assert round(sum(row.confirmed_people for row in districts) * THOUSANDTHS) == round(
        whole.confirmed_people * THOUSANDTHS
    )


@settings(max_examples=10)
@given(st.data())
def test_won_and_lost_are_those_of_brute_force(data: st.DataObject) -> None:
    registry = data.draw(registries())
    made = data.draw(changes(registry))
    found = whatif(study(registry, radius_m=2000.0, at=NIGHT), made)
    after = apply(registry, made)
    for row in range(0, len(DEMAND), 7):
        was, will = part_in_reach_of(registry, row, 2000.0), part_in_reach_of(after, row, 2000.0)
        assert (row in found.confirmed.won.rows) == (will > was)
        assert (row in found.confirmed.lost.rows) == (was > will)


@settings(max_examples=20)
@given(registries(), lons, lats)
def test_adding_loses_nobody_and_closing_wins_nobody(registry: Registry, lon: float, lat: float) -> None:
    added = whatif(study(registry), [Add.at("new", lon, lat, district="320302", hours="24/7")])
    assert len(added.confirmed.lost.cells) == len(added.possible.lost.cells) == 0
    closed = whatif(study(registry), [Close(each) for each in registry])
    assert len(closed.confirmed.won.cells) == 0
    assert closed.after.total.possible.people == 0


def test_demand_at_points_is_told_from_cells() -> None:
    lon, lat = np.array([117.121, 117.201]), np.array([34.251, 34.251])
    points = Demand.at(TERRITORY, lon, lat, np.array([1.5, 2.25]), Source("points", "two"))
    found = whatif(study(REGISTRY, demand=points), [Close("west")])
    assert found.confirmed.lost.rows.tolist() == [0]
    assert found.confirmed.lost.people == 1.5
    assert len(found.confirmed.lost.cells) > 4
    assert found.table[0].confirmed_people == -1.5


def test_longer_hours_count_at_the_hours_that_are_new() -> None:
    change = [Lengthen("west", "Mo-Su 06:00-20:00")]
    assert whatif(study(REGISTRY), change).confirmed.won.people == 0
    at_night = whatif(study(REGISTRY, at=NIGHT), [Lengthen("west", "24/7")])
    assert at_night.confirmed.won.people > 0
    assert at_night.confirmed.lost.people == 0


def test_unknown_hours_count_only_possibly() -> None:
    new = [Add.at("new", 117.14, 34.28, district="320302")]
    found = whatif(study(REGISTRY, at=NIGHT), new)
    assert found.confirmed.won.people == 0
    assert found.possible.won.people > 0


def test_a_moved_station_keeps_everything_else() -> None:
    moved = apply(REGISTRY, [Move("west", 117.13, 34.21)])
    assert moved["west"].geometry.coordinates == (117.13, 34.21)
    assert moved["west"].properties == REGISTRY["west"].properties
    assert moved.revision != REGISTRY.revision
    assert apply(moved, [Move("west", 117.12, 34.25)]) == REGISTRY


def test_changes_happen_in_their_order_and_the_outcome_is_a_registry_like_any_other() -> None:
    changed = apply(
        REGISTRY, [Add.at("new", 117.14, 34.28, district="320302"), Move("new", 117.15, 34.28), Close("west")]
    )
    assert changed["new"].position.lon == 117.15
    assert parse(dumps(changed)) == changed
    same = coverage(TERRITORY, DEMAND, Supply.of(parse(dumps(changed)).stations), 900.0).total
    assert same == coverage(TERRITORY, DEMAND, Supply.of(changed.stations), 900.0).total


def test_no_change_is_no_difference() -> None:
    found = whatif(study(REGISTRY), [])
    assert found.before.total == found.after.total
    assert len(found.confirmed.won.cells) == len(found.confirmed.lost.cells) == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (Close("nobody"), "close: no station 'nobody'"),
        (Move("west", 217.0, 34.2), "less than or equal to 180"),
        (Move("west", float("nan"), 34.2), "finite"),
        (Add(REGISTRY["west"]), "west is already a station"),
        (Lengthen("west", "whenever"), "lengthen: west"),
        (Lengthen("west", "Mo-Fr 10:00-22:00"), "is open on a .*day such as 20.*, at 09:00, and would not be"),
    ],
)
def test_changes_that_cannot_be_made_are_refused(change: Change, problem: str) -> None:
    with pytest.raises(InvalidAuditError, match=problem):
        apply(REGISTRY, [change])


def test_longer_hours_are_longer_in_every_season() -> None:
    seasons = "Apr-Oct 07:00-21:00; Nov-Mar 07:30-18:30"
    open_so = Registry((station("west", 117.12, 34.25, hours=seasons, district="320302"),))
    for hours in ("Apr-Oct 07:00-22:00; Nov-Mar 07:30-18:30", "07:00-21:00"):
        assert apply(open_so, [Lengthen("west", hours)])["west"].hours == hours
    with pytest.raises(InvalidAuditError, match=f"day such as {max(china().announced)}-04-01, at 07:00"):
        apply(open_so, [Lengthen("west", "07:30-19:00")])


@pytest.mark.parametrize("hours", ["Mo-Su,PH 08:00-20:00", "Mo-Fr 08:30-17:30; PH off", "24/7"])
def test_round_the_clock_is_longer_than_any_hours(hours: str) -> None:
    kept = Registry((station("west", 117.12, 34.25, hours=hours, district="320302"),))
    assert apply(kept, [Lengthen("west", "24/7")])["west"].hours == "24/7"


def test_hours_of_this_year_are_longer_in_this_year() -> None:
    year = max(china().announced)
    dated = Registry((station("west", 117.12, 34.25, hours=f"{year} Mar-Nov 08:00-20:00", district="320302"),))
    with pytest.raises(InvalidAuditError, match=f"{year}-03-01, at 08:00"):
        apply(dated, [Lengthen("west", f"{year} Mar-Nov 09:00-10:00")])


def test_hours_that_say_nothing_of_holidays_may_be_lengthened_by_some_that_do() -> None:
    assert apply(REGISTRY, [Lengthen("west", "06:00-23:00; PH off")])["west"].hours == "06:00-23:00; PH off"


def test_changes_are_read_from_json() -> None:
    feature = orjson.loads(dumps(REGISTRY))["features"][0] | {"id": "new"}
    entries = [
        {"add": feature},
        {"move": "west", "lon": 117.13, "lat": 34},
        {"close": "east"},
        {"lengthen": "west", "hours": "24/7"},
    ]
    kinds = [type(change) for change in read(orjson.dumps(entries))]
    assert kinds == [Add, Move, Close, Lengthen]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        '[{"close": 5}]',
        '[{"close": "a", "move": "b"}]',
        '[{"move": "a", "lon": "x", "lat": 1}]',
        '[{"lengthen": "a", "hours": null}]',
        '[{"add": {"id": "<script>"}}]',
    ],
)
def test_what_is_no_list_of_changes_is_refused(text: str) -> None:
    with pytest.raises(InvalidAuditError, match=r"changes|station"):
        read(text.encode())


def test_proposed_sites_become_stations_open_as_said() -> None:
    built = apply(REGISTRY, proposed([("site-1", 117.14, 34.28, "320302")], "24/7"))
    assert built["site-1"].status_at(NIGHT).state == "open"


def test_a_change_that_cannot_be_read_is_named_with_its_file_and_entry(tmp_path: Path) -> None:
    path = tmp_path / "changes.json"
    path.write_text('[{"close": "XZ0001"}, {"add": {"lon": 117, "lat": 34}}]', encoding="utf-8")
    told = CliRunner().invoke(command, ["audit", "whatif", str(path), "--cell", "3000"])
    assert told.exit_code == 1 and f"{path}: changes: entry 2: station: " in told.stderr
