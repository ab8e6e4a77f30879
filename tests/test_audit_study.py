"""A study: one registry, one question, every outcome once, and a file that repeats it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.inputs.supply import Requirements, Supply
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.output.hour_spans import spans, week_spans
from stationmap.audit.output.result_tables import OUTCOMES, sheets_of
from stationmap.audit.output.study_runner import OTHERS, StudyRun
from stationmap.audit.output.tables import ALL
from stationmap.audit.studies import study_config
from stationmap.audit.studies.city_territory import city
from stationmap.audit.studies.propose import OBJECTIVES, SitingRequest, propose
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study, coverage_with
from stationmap.errors import InvalidAuditError, StationmapError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from tests.conftest import ROOT

CELL_M = 1000
NIGHT = datetime(2026, 1, 15, 2, tzinfo=ZONE)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(demo_registry())


@pytest.fixture(scope="module")
def study(registry: Registry) -> Study:
    made = Study.of_city(registry, cell_m=CELL_M, made_on=date(2026, 11, 24))
    always = next(
        each.id for each in registry.stations if each.hours == "24/7" and each.properties.access.who == "public"
    )
    return made.with_locked_doors(LockedDoors.of({always: {3, 60}}, since=date(2026, 10, 1), devices=3))


def config(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_its_coverage_is_that_of_its_parts(study: Study) -> None:
    alone = coverage(study.territory, study.demand, Supply.of(study.stations), 1000)
    assert study.coverage.total == alone.total
    assert study.coverage.districts == alone.districts


def test_an_outcome_is_worked_out_once(study: Study) -> None:
    assert study.coverage is study.coverage
    assert study.week is study.week


def test_another_question_leaves_the_first_study_as_it_was(study: Study) -> None:
    before = study.coverage.total
    at_night = study.with_question(StudyQuestion(at=NIGHT))
    assert at_night.coverage.total.confirmed.people < before.confirmed.people
    assert study.coverage.total == before


def test_the_table_of_hours_is_the_same_whatever_moment_is_asked(study: Study) -> None:
    assert np.array_equal(study.week.confirmed, study.with_question(StudyQuestion(at=NIGHT)).week.confirmed)


def test_the_hour_of_the_table_is_coverage_at_that_moment(study: Study) -> None:
    at_night = study.with_question(StudyQuestion(at=NIGHT))
    hour = NIGHT.weekday() * 24 + NIGHT.hour
    assert study.week.confirmed[:, hour].sum() == round(at_night.coverage.total.confirmed.people * 1000)
    assert study.week.possible[:, hour].sum() == round(at_night.coverage.total.possible.people * 1000)


def test_the_week_counted_in_parts_is_that_of_the_whole(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = study.week
    monkeypatch.setattr("stationmap.audit.metrics.hourly_coverage.MAX_PAIRS", 100_000)
    in_parts = hourly_coverage(study.territory, study.demand, study.supply_any_time, study.hours, 1000)
    for counts, added in zip(whole, in_parts, strict=True):
        assert np.array_equal(counts, added)


def test_gaps_hold_exactly_those_that_coverage_leaves_out(study: Study) -> None:
    total = study.coverage.total
    assert round(study.gaps.people * 1000) == round(total.people * 1000) - round(total.confirmed.people * 1000)


def test_it_states_registry_people_parameters_and_date(study: Study) -> None:
    question = StudyQuestion(500, Requirements(facilities=frozenset(["toilet"])), NIGHT)
    stated = study.with_question(question).stated()
    assert stated["registry"]["revision"] == study.registry.revision
    assert stated["demand"]["people"] == study.demand.total
    assert all("320371" in " ".join(stated["demand"]["notes"][language]) for language in ("zh", "en"))
    assert stated["parameters"]["radius_m"] == 500
    assert stated["parameters"]["facilities"] == ["toilet"]
    assert stated["parameters"]["at"] == "2026-01-15T02:00+08:00"
    assert stated["made_on"] == "2026-11-24"


def test_only_invented_data_carry_the_label(study: Study, registry: Registry) -> None:
    real = replace(registry, meta=registry.meta.model_copy(update={"demo": False}))
    assert "label" in study.stated()
    assert "label" not in study.with_registry(real).stated()


def test_people_of_a_file_take_the_place_of_the_residents(study: Study) -> None:
    place = np.array([117.2]), np.array([34.27]), np.array([12.5])
    few = study.with_demand(Demand.at(study.territory, *place, Source("points", "riders.csv")))
    assert few.coverage.total.people == 12.5
    assert few.stated()["demand"]["name"] == "riders.csv"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"radius_m": 0}, "radius"),
        ({"radius_m": 100_001}, "radius"),
        ({"at": datetime(2026, 1, 15, 2)}, "time zone"),  # noqa: DTZ001
        ({"monday": date(2026, 1, 13)}, "no Monday"),
    ],
)
def test_a_question_that_cannot_be_is_refused(asked: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidAuditError, match=named):
        StudyQuestion(**asked)  # type: ignore[arg-type]


def test_a_district_studied_alone_has_the_figures_it_has_in_the_city() -> None:
    city, registry = Study.of_city(load(demo_registry()), cell_m=500), load(demo_registry())
    for code in ("320302", "320311"):
        alone = Study.of_city(registry, cell_m=500, districts=[code])
        assert alone.coverage.districts[code] == city.coverage.districts[code] == alone.coverage.total


def test_some_districts_can_be_studied_and_no_others() -> None:
    assert city(CELL_M, frozenset(["320311"])).codes == ("320311",)
    with pytest.raises(InvalidAuditError, match="999999"):
        city(CELL_M, frozenset(["999999"]))


def test_another_process_counts_the_same(study: Study) -> None:
    elsewhere = replace(study, count_coverage=coverage_with("process"))
    assert elsewhere.coverage.total == study.coverage.total
    assert elsewhere.coverage.districts == study.coverage.districts


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_has_a_row_and_a_value_a_column(study: Study, name: str) -> None:
    sheets = sheets_of(study, name)
    assert sheets[0].rows
    assert all(set(record) == set(sheet.columns) for sheet in sheets for record in sheet.records())


def closed(registry: Registry) -> Registry:
    gone = [
        each.model_copy(update={"properties": each.properties.model_copy(update={"status": "closed"})})
        for each in registry.stations
    ]
    return Registry(tuple(gone), registry.meta)


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("radius_m", [1, 1000, 100_000])
def test_without_a_station_in_use_every_outcome_is_defined(study: Study, name: str, radius_m: float) -> None:
    none = study.with_question(StudyQuestion(radius_m))
    for registry in (Registry((), study.registry.meta), closed(study.registry)):
        assert sheets_of(none.with_registry(registry), name)
        total = none.with_registry(registry).coverage.total
        assert (total.confirmed.share, total.possible.share, total.confirmed.mean_m) == (0, 0, None)


def test_a_radius_of_100_km_reaches_nearly_everybody(study: Study) -> None:
    total = study.with_question(StudyQuestion(100_000)).coverage.total
    assert total.confirmed.share == 1
    assert study.with_question(StudyQuestion(100_000)).gaps.gaps == ()


def test_an_outcome_nobody_knows_is_named(study: Study) -> None:
    with pytest.raises(InvalidAuditError, match="weather"):
        sheets_of(study, "weather")


def test_the_rows_of_the_districts_add_up_to_the_first(study: Study) -> None:
    total, *districts = sheets_of(study, "coverage")[0].records()
    assert total["district"] == ALL
    for column in ("people", "covered_people_sure", "covered_people_possible"):
        assert sum(round(float(row[column] or 0) * 1000) for row in districts) == round(
            float(total[column] or 0) * 1000
        )


def test_hours_are_told_as_spans() -> None:
    assert spans(()) == ""
    assert spans((0, 1, 2, 22, 23)) == "00-03, 22-24"
    assert spans(tuple(range(24))) == "00-24"
    nights = tuple(day * 24 + hour for day in range(5) for hour in (22, 23))
    assert week_spans((*nights, 6 * 24), "en") == "Mon–Fri 22-24; Sun 00-01"


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_gets_an_answer_within_its_bound(registry: Registry, objective: str) -> None:
    small = Study.of_city(registry, cell_m=500, districts=["320311"])
    found = propose(small, SitingRequest(objective, n=2, share=0.8, seconds=5))
    assert found.objective == objective
    assert found.sites
    if objective in ("max_coverage", "longer_hours"):
        assert found.before < found.value <= found.bound
    else:
        assert found.value >= found.bound


def test_longer_hours_take_no_candidates(study: Study) -> None:
    with pytest.raises(InvalidAuditError, match="stations that exist"):
        propose(study, SitingRequest("longer_hours", spacing_m=100))
    with pytest.raises(InvalidAuditError, match="no such objective"):
        SitingRequest("magic")


def test_a_file_repeats_a_study_with_the_same_figures(tmp_path: Path) -> None:
    path = config(
        tmp_path,
        """
        radius_m = 500
        at = 2026-01-15T02:00:00
        cell_m = 1000
        facilities = ["toilet"]
        changes = "changes.json"
        [outcomes]
        coverage = ["coverage.json", "coverage.csv", "coverage.xlsx", "coverage.geojson"]
        whatif = "whatif.json"
        suspects = "suspects.csv"
        report = "report.html"
        """,
    )
    (tmp_path / "changes.json").write_text('[{"close": "xz-320311-0003"}]', encoding="utf-8")
    file = study_config.read(path)

    def made() -> dict[str, bytes]:
        study = study_config.study_from_config(file, tmp_path, made_on=date(2026, 11, 24))
        return {out.name: data for out, data in StudyRun(file, tmp_path, study).files()}

    first = made()
    assert list(first) == [out.name for _, out in file.files()]
    assert first == made()
    assert file.question.at == NIGHT


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[outcomes]\n", "outcomes"),
        ("radius = 5\n[outcomes]\ncoverage = 'c.csv'\n", "radius"),
        ("radius_m = 'far'\n[outcomes]\ncoverage = 'c.csv'\n", "radius_m"),
        ("= =\n", "is not TOML"),
    ],
)
def test_a_file_that_is_no_study_is_refused_by_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(InvalidAuditError, match=named):
        study_config.read(config(tmp_path, text))


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        ("weather = 'w.csv'", "no such outcome: weather"),
        ("coverage = 'c.doc'", "c.doc must end"),
        ("report = 'r.csv'", "r.csv must end"),
        ("site = 's.csv'", "needs the part"),
        ("whatif = 'w.csv'", "needs changes"),
        ("compare = 'c.csv'", "needs earlier"),
        ("coverage = 'none/c.csv'", "no folder for none"),
        ("coverage = ['c.csv', './c.csv']", "c.csv is another file of this study"),
        ("coverage = 'c.csv'\ngaps = 'c.csv'", "outcomes.gaps: c.csv is another"),
    ],
)
def test_what_would_stop_a_run_is_found_before_it_begins(
    tmp_path: Path, study: Study, outcome: str, named: str
) -> None:
    file = study_config.read(config(tmp_path, f"[outcomes]\n{outcome}\n"))
    with pytest.raises(InvalidAuditError, match=named):
        StudyRun(file, tmp_path, study)


@pytest.mark.parametrize(
    "text",
    ["changes = 'c.json'", "earlier = 'c.json'", "registry = 'c.json'", "[people]\nfile = 'c.json'"]
    + [f"[site]\n{part} = 'c.json'" for part in ("candidates", "forbidden")],
)
def test_a_run_that_misses_a_file_or_would_write_over_one_does_not_begin(
    tmp_path: Path, study: Study, text: str
) -> None:
    file = study_config.read(config(tmp_path, f"{text}\n[outcomes]\ncoverage = 'c.json'\n"))
    with pytest.raises(InvalidAuditError, match=r"no file c\.json"):
        StudyRun(file, tmp_path, study)
    (tmp_path / "c.json").touch()
    with pytest.raises(InvalidAuditError, match="another file of this study"):
        StudyRun(file, tmp_path, study)


def test_a_comparison_states_the_revision_it_compares_with(tmp_path: Path, study: Study) -> None:
    earlier = tmp_path / "earlier.geojson"
    earlier.write_bytes(demo_registry().read_bytes())
    revision = load(earlier).revision
    file = study_config.read(
        config(tmp_path, "earlier = 'earlier.geojson'\n[outcomes]\ncompare = ['a.json', 'b.json']\n")
    )
    files = StudyRun(file, tmp_path, study).files()
    _, first = next(files)
    earlier.unlink()  # replaced or gone meanwhile, it is still the one that was read
    _, second = next(files)
    assert [orjson.loads(data)["parameters"]["earlier"] for data in (first, second)] == [revision, revision]


def test_what_is_shut_all_of_the_day_studied_does_not_count_and_is_named(study: Study) -> None:
    day = date(2026, 11, 30)
    made = study.with_question(StudyQuestion.of_day(day))
    assert (
        made.question.monday == day
        and study.with_question(StudyQuestion.of_day(date(2026, 12, 2))).question.monday == day
    )
    hours = [datetime(2026, 11, 30, hour, tzinfo=ZONE) for hour in range(24)]
    shut = {
        station.id
        for station in study.stations
        if all(station.schedule.status_at(hour).reason == "closure" for hour in hours)
    }
    assert {station.id for station in made.shut} == shut.intersection(
        np.array(study.supply.ids)[study.supply.possible].tolist()
    )
    assert len(made.shut) > 10 and made.stated()["shut"] == [station.name for station in made.shut]
    assert int(made.supply.possible.sum()) == int(study.supply.possible.sum()) - len(made.shut)
    assert (made.coverage.total.confirmed.share or 0) < (study.coverage.total.confirmed.share or 0)
    # On another day of the week they may be open: the hours of the week are not those of the day.
    assert (made.week.possible >= study.with_question(replace(StudyQuestion.of_day(day), day=None)).week.possible).all()


def test_the_day_of_a_moment_is_that_where_the_stations_are() -> None:
    at = datetime.fromisoformat("2026-11-29T20:00+00:00")
    asked = StudyQuestion.of_day(date(2000, 1, 1), at=at)
    assert (asked.day, asked.monday) == (date(2026, 11, 30), date(2026, 11, 30))


def test_gaps_may_be_sought_as_if_what_possibly_counts_did(study: Study) -> None:
    assert study.with_question(StudyQuestion(possible=True)).gaps.people < study.gaps.people


def test_no_outcome_has_two_meanings() -> None:
    assert not set(OTHERS).intersection(OUTCOMES)


def test_the_examples_of_the_documentation_run_and_agree(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    known: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(example, known)
    assert known["html"].startswith("<!doctype html>")
    assert known["counted"].total == known["study"].coverage.total
    assert "stationmapLayers.coverage(" in (tmp_path / "coverage.html").read_text(encoding="utf-8")
    assert len(capsys.readouterr().out.splitlines()) == 3


MEMBERS = [name for name in study_config.StudyConfig.model_fields if name != "outcomes"]
VALUES = [
    *("nan", "inf", "-inf", "0", "-1", "1e308", "9" * 25, "true", "''", "'x'", "[]", "['']", "{}", "2026-01-12"),
    *("0001-01-01", "9999-12-31T23:59:59+14:00", '"\\u0000"', "{file='x'}", "{n=0}", "{seconds=nan,n=1}"),
    *("{spacing_m=nan}", "{share=nan}", "{seed=-1}", "{seed=99999999999999999999999}"),
]
WRITTEN = [
    "{}",
    "7",
    "{coverage=''}",
    "{coverage='..'}",
    "{coverage=['c.csv','c.csv']}",
    "{site='s.csv'}",
    "{x='c.csv'}",
]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(MEMBERS), st.sampled_from(VALUES), max_size=3), st.sampled_from(WRITTEN))
def test_no_study_causes_anything_but_a_refusal(tmp_path: Path, members: dict[str, str], outcomes: str) -> None:
    path = tmp_path / "study.toml"
    known = {"districts": "['320302']", "cell_m": "2000", **members, "outcomes": outcomes}
    path.write_text("\n".join(f"{name} = {value}" for name, value in known.items()), encoding="utf-8")
    try:
        file = study_config.read(path)
        list(StudyRun(file, tmp_path, study_config.study_from_config(file, tmp_path)).files())
    except StationmapError as error:
        assert str(error)
