"""Files made to starve whoever reads them: what is found is bounded, and every change is seen."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from stationmap.audit.studies.study_config import read as read_study
from stationmap.cli.terminal import escaped
from stationmap.datum import Datum
from stationmap.errors import MAX_FINDINGS, InvalidAuditError
from stationmap.hours import calendar_file
from stationmap.registry.adcodes import read_districts
from stationmap.registry.csv_import.importer import import_csv
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.registry import Registry, check, dumps
from stationmap.registry.store import SETTLED_S, Watch
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.strategies import station


def test_members_repeated_without_end_are_counted_and_not_listed() -> None:
    began = time.process_time()
    registry, findings = check(b'{"type":"FeatureCollection",' + b'"a":1,' * 200_000 + b'"features":[]}')
    assert registry is None
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[-1].code == "more_findings" and "189,999 more" in findings[-1].detail
    assert time.process_time() - began < 5


def test_stations_that_are_none_are_counted_and_not_listed() -> None:
    _, findings = check(b'{"type":"FeatureCollection","features":[' + b"0," * 30_000 + b"0]}")
    assert len([each for each in findings if each.severity == "error"]) == MAX_FINDINGS + 1
    assert findings[-1].code == "more_findings" and "20,001 more" in findings[-1].detail


def test_days_that_are_none_are_counted_and_not_listed() -> None:
    members = ",".join(f'"{year}x":{{}}' for year in range(30_000))
    _, findings = calendar_file.check(f'{{"years":{{{members}}}}}'.encode())
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[-1].code == "more_findings" and "20,000 more" in findings[-1].detail


def test_rows_that_are_no_stations_are_counted_and_not_listed() -> None:
    districts = read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())
    rows = "\n".join(f"{at},站{at},云龙区,x,y" for at in range(12_000))
    made = import_csv(
        f"编号,名称,区县,经度,纬度\n{rows}\n".encode(), ImportOptions(datum=Datum.WGS84, districts=districts)
    )
    of_rows = [each for each in made.findings if each.severity == "error"]
    assert len(of_rows) == MAX_FINDINGS + 1
    assert any(each.code == "more_findings" for each in of_rows)
    assert len(made.rejected) == 12_000


def test_members_of_a_study_that_cannot_be_are_counted_and_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text("\n".join(f"a{at} = 1" for at in range(50_000)))
    with pytest.raises(InvalidAuditError, match=r"and 49,\d\d\d more$") as caught:
        read_study(path)
    assert len(str(caught.value)) < 10_000


def test_a_change_in_place_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(registry_of([station("a", 117.2, 34.2, name="甲")])))
    before = path.stat()
    time.sleep(SETTLED_S + 0.1)
    watch = Watch(path)
    assert isinstance(watch.poll(), Registry)
    assert watch.poll() is None
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace("甲".encode(), "乙".encode()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    seen = watch.poll()
    assert isinstance(seen, Registry)
    assert seen["a"].name == "乙"


def test_json_on_a_terminal_steers_nothing_and_says_the_same() -> None:
    assert escaped('{"a": "\u202eevil\u2066\x9b31m\x7f 站"}\n') == '{"a": "\\u202eevil\\u2066\\u009b31m\\u007f 站"}\n'
