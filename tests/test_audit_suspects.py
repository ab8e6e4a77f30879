"""What suspect records are worth: with them, without them, and by kind of finding."""

from __future__ import annotations

from stationmap.audit.inputs.supply import Supply
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.studies.sensitivity import concerned, suspects
from stationmap.errors import Finding
from stationmap.registry.checks.quality import warnings
from stationmap.registry.registry import Registry
from tests.strategies import station
from tests.test_audit_whatif import AREAS, DEMAND, TERRITORY, study

HONEST = [station(f"h{row}", 117.11 + row / 100, 34.21, district="320302") for row in range(4)]
STRAY = station("stray", 117.21, 34.29, district="320302")  # states the western district, stands in the eastern
TWINS = [station(f"t{row}", 117.13, 34.28, district="320302", name="站", address="路1号") for row in range(2)]
REGISTRY = Registry((*HONEST, STRAY, *TWINS))
RADIUS_M = 800.0


def covered(registry: Registry) -> float:
    return coverage(TERRITORY, DEMAND, Supply.of(registry.stations), RADIUS_M).total.confirmed.people


def test_the_audit_without_suspects_is_that_of_the_other_stations() -> None:
    findings = warnings(REGISTRY, AREAS)
    found = suspects(study(REGISTRY, radius_m=RADIUS_M), findings)
    assert {"stray", "t0", "t1"} == set(found.ids)
    assert found.difference.before.total.confirmed.people == covered(REGISTRY)
    assert found.difference.after.total.confirmed.people == covered(Registry(tuple(HONEST)))
    assert not found.unplaced


def test_each_kind_of_finding_has_its_own_price() -> None:
    found = suspects(study(REGISTRY, radius_m=RADIUS_M), warnings(REGISTRY, AREAS))
    prices = {kind.code: kind for kind in found.by_code}
    assert set(prices) >= {"outside_district", "stacked", "same_name_and_address"}
    assert prices["outside_district"].ids == ("stray",)
    others = Registry(tuple(one for one in REGISTRY.stations if one.id != "stray"))
    assert round(prices["outside_district"].confirmed_people * 1000) == round(
        (covered(REGISTRY) - covered(others)) * 1000
    )


def test_a_second_record_of_one_station_costs_nothing() -> None:
    found = suspects(study(REGISTRY, radius_m=RADIUS_M), warnings(REGISTRY))
    prices = {kind.code: kind for kind in found.by_code}
    assert prices["same_name_and_address"].ids == ("t1",)
    assert prices["same_name_and_address"].confirmed_people == 0
    assert prices["stacked"].ids == ("t0", "t1")
    assert prices["stacked"].confirmed_people > 0


def test_a_batch_is_all_its_stations() -> None:
    found, unplaced = concerned(REGISTRY, [Finding("district 320302", "shifted_batch", "", "warning")])
    assert found == {"shifted_batch": frozenset(REGISTRY)}
    assert not unplaced


def test_findings_that_do_not_bear_on_coverage_are_left_alone_and_lost_ones_are_shown() -> None:
    lost = Finding("district 999999", "shifted_batch", "", "warning")
    found, unplaced = concerned(REGISTRY, [Finding("h0 photo", "bad_photo", "", "warning"), lost])
    assert not found
    assert unplaced == (lost,)


def test_without_findings_nothing_is_suspect() -> None:
    found = suspects(study(REGISTRY, radius_m=RADIUS_M), [])
    assert found.ids == found.by_code == ()
    assert found.difference.before.total == found.difference.after.total


def test_a_registry_of_nothing_is_audited_all_the_same() -> None:
    assert suspects(study(Registry(()), radius_m=RADIUS_M), []).difference.after.total.confirmed.people == 0
