"""The command line: what it prints, where, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner, Result

import stationmap
from benchmarks.fixture.browsing import serving
from stationmap import Position, Query, StationIndex
from stationmap.cli import command
from stationmap.cli.commands import import_table
from stationmap.cli.commands.doctor import examine
from stationmap.cli.terminal import DEMO_LABEL, plain
from stationmap.datum import Datum, from_wgs84
from stationmap.defaults import MAX_RADIUS_M
from stationmap.errors import StationmapError
from stationmap.registry.model import CATEGORIES
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app

PROGRAM = Path(sys.executable).parent / "stationmap"
HOSTILE = "\x1b]0;owned\x07[red]站[/red]\u202e{{7*7}}\n注入行"


def run(*args: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(command, [str(arg) for arg in args])
    unforeseen = result.exception is not None and not isinstance(result.exception, SystemExit)
    assert not unforeseen, result.exception
    assert result.exit_code == expect, result.output
    return result


def station(number: int, lon: float, lat: float, **properties: object) -> dict[str, object]:
    known = {"name": f"站{number}", "category": "outdoor_worker", "district": "320302", "access": {"who": "public"}}
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": f"s-{number:03}", "geometry": geometry, "properties": known | properties}


@pytest.fixture
def registry_file(tmp_path: Path):
    def write(*stations: dict[str, object], name: str = "stations.geojson", **header: object) -> Path:
        document = {"type": "FeatureCollection", "stationmap": {"format": 1} | header, "features": list(stations)}
        path = tmp_path / name
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def demo() -> stationmap.Registry:
    return stationmap.load(demo_registry())


class TestEveryCommand:
    @pytest.mark.parametrize("name", sorted(command.commands))
    def test_has_help_in_both_languages_that_names_each_option(self, name):
        shown = run(name, "--help").stdout
        assert any("\u4e00" <= char <= "\u9fff" for char in shown)
        assert any(char.isascii() and char.isalpha() for char in shown)
        options = [option for option in command.commands[name].params if isinstance(option, click.Option)]
        assert all(option.help for option in options)

    def test_is_listed_without_loading_the_libraries_it_would_need(self):
        code = (
            "import sys; from stationmap.cli import command; command(['--help'], standalone_mode=False); "
            "print(sorted({'numpy', 'scipy', 'pydantic', 'flask', 'folium', 'rich', 'http.client'} & set(sys.modules)))"
        )
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout.splitlines()[-1] == "[]"

    def test_is_imported_without_the_others_and_without_what_only_other_answers_need(self):
        code = (
            "import sys; from stationmap.cli import command; "
            "command(['nearest', '117.2', '34.3'], standalone_mode=False); "
            "print(sorted(name for name in sys.modules if name.startswith('stationmap.cli.commands.'))); "
            "unneeded = {'flask', 'pandas', 'pyproj', 'shapely', 'stationmap.streets', 'sqlalchemy'}; "
            "print(sorted(unneeded & set(sys.modules)))"
        )
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout.splitlines()[-2:] == ["['stationmap.cli.commands.nearest']", "[]"]

    def test_ends_with_2_and_usage_for_a_command_that_does_not_exist(self):
        assert "No such command" in run("nearrest", expect=2).stderr


class TestNearest:
    def test_shows_a_table_with_the_demonstration_label_apart_from_it(self):
        result = run("nearest", 117.18, 34.26, "-k", 2, "--open-at", "2026-11-24T10:00")
        assert DEMO_LABEL in result.stderr and DEMO_LABEL not in result.stdout
        assert "营业至" in result.stdout and "Open until" in result.stdout

    def test_gives_the_same_stations_and_metres_as_the_index(self, demo):
        answer = json.loads(run("nearest", 117.18, 34.26, "-k", 7, "--facility", "toilet", "--json").stdout)
        query = Query(facilities=frozenset({"toilet"}), in_use=True)
        expected = StationIndex(demo.stations).nearest(Position(117.18, 34.26), 7, query=query)
        found = [(each["id"], each["properties"]["distance_m"]) for each in answer["features"]]
        assert found == [(neighbour.station.id, round(neighbour.distance_m, 3)) for neighbour in expected]
        assert answer["revision"] == demo.revision and answer["label"] == "演示数据"

    def test_takes_negative_numbers_as_places_and_not_as_options(self, registry_file):
        path = registry_file(station(1, -73.9, 40.7), station(2, 73.9, -40.7))
        for place, expected in (((-73.9, 40.7), "s-001"), ((73.9, -40.7), "s-002"), (("-73.9e0", "40.7"), "s-001")):
            answer = json.loads(run("nearest", *place, "-k1", "--json", "--registry", path).stdout)
            assert [each["id"] for each in answer["features"]] == [expected]
            assert answer["features"][0]["properties"]["distance_m"] == 0

    def test_still_calls_a_misspelt_option_one(self):
        assert "No such option" in run("nearest", 117, 34, "--facilty", "toilet", expect=2).stderr

    def test_converts_the_datum_of_the_place(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26))
        lon, lat = from_wgs84(117.18, 34.26, Datum.BD09)
        answer = json.loads(run("nearest", lon, lat, "--datum", "bd09", "--json", "--registry", path).stdout)
        assert answer["features"][0]["properties"]["distance_m"] < 0.01

    def test_reads_a_moment_without_offset_as_chinese_time(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26, hours="Mo-Su 09:00-17:00"))
        for moment, state in (("2026-11-24T16:59", "open"), ("2026-11-24T16:59+00:00", "closed")):
            shown = run("nearest", 117.18, 34.26, "--open-at", moment, "--json", "--registry", path).stdout
            states = [each["properties"]["state"] for each in json.loads(shown)["features"]]
            assert states == ([state] if state == "open" else [])

    def test_offers_no_station_that_closes_before_a_slow_rider_arrives(self, registry_file):
        path = registry_file(station(1, 117.19, 34.26, hours="Mo-Su 09:00-17:00"))
        asked = ("nearest", 117.18, 34.26, "--open-at", "2026-11-24T16:50", "--json", "--registry", path)
        assert json.loads(run(*asked, "--speed", 5).stdout)["features"]
        assert not json.loads(run(*asked, "--speed", 1.25).stdout)["features"]
        assert not json.loads(run(*asked, "--speed", 5, "--detour", 4).stdout)["features"]

    def test_says_when_nothing_meets_the_conditions(self):
        result = run("nearest", 117.18, 34.26, "--within-m", 0)
        assert not result.stdout and "no station" in result.stderr

    @pytest.mark.parametrize(
        "named",
        [
            ("LON", "nan", 34),
            ("LON", 200, 34),
            ("LAT", 117, -91),
            ("LAT", 117, "inf"),
            ("--category", 117, 34, "--category", "nope"),
            ("--facility", 117, 34, "--facility", "nope"),
            ("--service", 117, 34, "--service", "nope"),
            ("--who", 117, 34, "--who", "nope"),
            ("--within-m", 117, 34, "--within-m", "-1"),
            ("--within-m", 117, 34, "--within-m", "nan"),
            ("--speed", 117, 34, "--speed", 0),
            ("--speed", 117, 34, "--speed", "inf"),
            ("--detour", 117, 34, "--detour", 0.5),
            ("--bbox", 117, 34, "--bbox", 1, 2, 3, -4),
            ("--open-at", 117, 34, "--open-at", "0001-01-01"),
        ],
    )
    def test_ends_with_2_and_the_name_of_the_option_whose_value_no_question_can_have(self, named):
        name, *args = named
        result = run("nearest", *args, expect=2)
        told = result.stderr.splitlines()[-1]
        assert told.startswith("Error: Invalid value for") and name in told and not result.stdout

    def test_names_the_codes_there_are_where_one_is_unknown(self):
        told = run("nearest", 117, 34, "--category", "nope", expect=2).stderr
        assert all(code in told for code in CATEGORIES)

    def test_answers_a_registry_it_cannot_read_in_one_line(self):
        result = run("nearest", 117, 34, "--registry", "does-not-exist.geojson", expect=1)
        assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1 and not result.stdout

    @pytest.mark.parametrize(
        "args",
        [
            (),
            (117,),
            (1, 2, 3),
            ("east", 34),
            (117, 34, "-k", 0),
            (117, 34, "--open-at", "soon"),
            (117, 34, "--out", "x"),
        ],
    )
    def test_ends_with_2_where_the_command_line_itself_is_wrong(self, args):
        assert "Error: " in run("nearest", *args, expect=2).stderr

    def test_names_every_error_of_an_invalid_registry(self, registry_file):
        path = registry_file(station(1, 117, 34, category="x"), station(1, 117, 34, district="y"))
        shown = run("nearest", 117, 34, "--registry", path, expect=1).stderr
        assert all(code in shown for code in ("not_allowed", "bad_adcode", "duplicate_id"))

    def test_shows_hostile_text_as_text(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26, name=HOSTILE, hours='Mo-Su 00:00-24:00 "[b]x[/b]"'))
        shown = run("nearest", 117.18, 34.26, "--registry", path).stdout
        assert "\x1b" not in shown and "\u202e" not in shown and "\x07" not in shown
        assert "[red]" in shown and "{{7*7}}" in shown.replace("\n", "") and "[b]x" in shown


class TestBatch:
    @pytest.fixture
    def places(self, tmp_path: Path) -> Path:
        path = tmp_path / "places.csv"
        path.write_text(
            "name,lon,lat\n西,117.10,34.20\n不是,x,34.2\n远,999,1\n短,1\n东,117.30,34.30\n\n空,,\n横,1_17,34\n",
            encoding="utf-8-sig",
        )
        return path

    def test_answers_each_row_as_the_single_question_does(self, places, demo):
        index = StationIndex(demo.stations)
        for extra, query in (((), None), (("--facility", "wifi"), Query(facilities=frozenset({"wifi"})))):
            result = run("nearest", "--batch", places, "-k", 3, *extra, expect=1)
            rows = [row for row in csv.DictReader(io.StringIO(result.stdout)) if not row["error"]]
            expected = [
                (row, str(rank), each.station.id, f"{each.distance_m:.3f}")
                for row, lon, lat in (("2", 117.10, 34.20), ("6", 117.30, 34.30))
                for rank, each in enumerate(index.nearest(Position(lon, lat), 3, query=query), start=1)
            ]
            found = [(row["row"], row["rank"], row["station_id"], f"{float(row['distance_m']):.3f}") for row in rows]
            assert found == expected

    def test_keeps_bad_rows_with_their_number_and_counts_them(self, places):
        result = run("nearest", "--batch", places, expect=1)
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [(row["row"], row["name"]) for row in rows if row["error"]] == [
            ("3", "不是"), ("4", "远"), ("5", "短"), ("8", "空"), ("9", "横")
        ]  # fmt: skip
        assert "7 行 rows, 5 行有误 bad" in result.stderr

    def test_never_repeats_a_position_in_what_it_says(self, tmp_path):
        path = tmp_path / "places.csv"
        path.write_text("lon,lat\n117.123456,95.654321\n", encoding="utf-8")
        result = run("nearest", "--batch", path, "--out", tmp_path / "out.csv", expect=1)
        assert "123456" not in result.output and "654321" not in result.output

    def test_labels_every_row_of_demonstration_data_and_names_the_revision(self, places, demo, registry_file):
        rows = list(csv.DictReader(io.StringIO(run("nearest", "--batch", places, expect=1).stdout)))
        assert {row["registry"] for row in rows} == {f"{demo.revision} 演示数据"}
        real = registry_file(station(1, 117, 34))
        assert "演示" not in run("nearest", "--batch", places, "--registry", real, expect=1).output

    def test_writes_geojson_with_the_place_as_point_and_the_csv_columns_as_properties(self, places, tmp_path):
        out = tmp_path / "out.geojson"
        run(
            "nearest", "--batch", places, "--out", out, "--format", "geojson", "--open-at", "2026-11-24T10:00", expect=1
        )
        document = json.loads(out.read_text(encoding="utf-8"))
        first, second, *_ = document["features"]
        assert document["label"] == "演示数据"
        assert first["geometry"] == {"type": "Point", "coordinates": [117.10, 34.20]}
        assert first["properties"]["state"] in ("open", "unknown")
        assert second["geometry"] is None and second["properties"]["error"]

    def test_tells_states_in_csv_as_in_json(self, tmp_path, registry_file):
        path = registry_file(station(1, 117.0, 34.0, hours="Mo-Su 09:00-17:00"))
        places = tmp_path / "places.csv"
        places.write_text("lon,lat\n117,34\n", encoding="utf-8")
        shown = run("nearest", "--batch", places, "--open-at", "2026-11-24T10:00", "--registry", path).stdout
        (row,) = csv.DictReader(io.StringIO(shown))
        assert (row["state"], row["until"], row["arrive_before_close"]) == ("open", "2026-11-24T17:00:00+08:00", "true")

    def test_agrees_with_itself_across_chunks_whatever_the_datum(self, tmp_path, monkeypatch):
        rng = random.Random(20261123)
        places = [(rng.uniform(116.4, 118.6), rng.uniform(33.7, 34.9)) for _ in range(40)]
        answers = []
        for datum, most in (("wgs84", 16_384), ("gcj02", 7)):
            path = tmp_path / f"{datum}.csv"
            drawn = [from_wgs84(lon, lat, Datum(datum)) for lon, lat in places]
            path.write_text("lon,lat\n" + "".join(f"{lon!r},{lat!r}\n" for lon, lat in drawn), encoding="utf-8")
            monkeypatch.setattr("stationmap.cli.commands.batch.MAX_NEIGHBOURS_HELD", most)
            shown = run("nearest", "--batch", path, "-k", 2, "--datum", datum).stdout
            answers.append([(row["row"], row["rank"], row["station_id"]) for row in csv.DictReader(io.StringIO(shown))])
        assert answers[0] == answers[1] and len(answers[0]) == 80

    def test_lists_a_place_without_a_station_in_reach_once(self, tmp_path):
        path = tmp_path / "places.csv"
        path.write_text("lon,lat\n0,0\n", encoding="utf-8")
        for extra in ((), ("--text", "工会")):
            rows = list(csv.DictReader(io.StringIO(run("nearest", "--batch", path, "--within-m", 10, *extra).stdout)))
            assert [(row["row"], row["station_id"], row["error"]) for row in rows] == [("2", "", "")]

    def test_disarms_a_station_name_that_a_spreadsheet_would_run(self, tmp_path, registry_file):
        places = tmp_path / "places.csv"
        places.write_text("lon,lat\n117,34\n", encoding="utf-8")
        path = registry_file(station(1, 117, 34, name='=HYPERLINK("http://x")'))
        (row,) = csv.DictReader(io.StringIO(run("nearest", "--batch", places, "--registry", path).stdout))
        assert row["station_name"].startswith("'=")

    def test_disarms_formulas_of_the_input_but_leaves_its_numbers_alone(self, tmp_path, registry_file):
        cells = ("=1+1", "+86 516", "-SUM(A1)", "@A1", "\t=1", "-117.5", "+1e3", "a=1")
        table = io.StringIO()
        csv.writer(table).writerows([("lon", "lat", "=head", "note"), *((-117, 34, "x", cell) for cell in cells)])
        (tmp_path / "places.csv").write_text(table.getvalue(), encoding="utf-8")
        shown = run("nearest", "--batch", tmp_path / "places.csv", "--registry", registry_file()).stdout
        rows = list(csv.DictReader(io.StringIO(shown)))
        assert [row["note"] for row in rows] == [f"'{cell}" for cell in cells[:5]] + list(cells[5:])
        assert {row["lon"] for row in rows} == {"-117"} and "'=head" in rows[0]

    def test_lets_no_text_steer_the_terminal_a_result_is_shown_on(self, tmp_path, registry_file):
        places = tmp_path / "places.csv"
        places.write_bytes('lon,lat,note\n117,34,"甲\r\n\x1b[2J\x9b\u202e\ue000\u200d"\n'.encode())
        path = registry_file(station(1, 117, 34, name=f"{HOSTILE}\r\t\x9b\u2028"))
        run("nearest", "--batch", places, "--registry", path, "--out", tmp_path / "out.csv")
        shown = (tmp_path / "out.csv").read_bytes().decode()
        assert not set(shown).intersection("\x1b\x07\x9b\u202e\u2028\t")
        (row,) = csv.DictReader(io.StringIO(shown, newline=""))
        assert row["note"] == "甲\r\n\\x1b[2J\\x9b\\u202e\ue000\u200d"
        assert row["station_name"] == "\\x1b]0;owned\\x07[red]站[/red]\\u202e{{7*7}}\\n注入行\\r\\t\\x9b\\u2028"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("header", ["站,lon,lat", "站,经度,纬度", "站,LON,纬度"])
    def test_reads_the_encodings_and_headers_of_a_register(self, tmp_path, registry_file, encoding, header):
        places = tmp_path / "places.csv"
        places.write_text(f"{header}\n徐州㐀,117,34\n", encoding=encoding)
        path = registry_file(station(1, 117, 34))
        (row,) = csv.DictReader(io.StringIO(run("nearest", "--batch", places, "--registry", path).stdout))
        assert (row["站"], row["station_id"], row["distance_m"]) == ("徐州㐀", "s-001", "0.0")

    @pytest.mark.parametrize("note", ['"甲', '"甲" 乙'])
    def test_refuses_a_quotation_mark_that_would_swallow_rows_and_names_its_row(self, tmp_path, note):
        places = tmp_path / "places.csv"
        places.write_text(f"lon,lat,note\n117,34,x\n117,34,{note}\n118,34,y\n119,34,z\n", encoding="utf-8")
        told = run("nearest", "--batch", places, "--out", tmp_path / "out.csv", expect=1).stderr
        assert "row 3" in told and "quotation mark" in told and told.count("\n") == 1
        assert not (tmp_path / "out.csv").exists()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"x,y\n1,2\n",
            b"lon,lat,lon\n1,2,3\n",
            "lon,lat,经度\n1,2,3\n".encode(),
            b"lon,y\n1,2\n",
            b"lon,lat,rank\n1,2,3\n",
            b"\xff\xfe",
            "lon,lat\n1,2\n站".encode("utf-16")[:-1],
            b"PK\x03\x04 a workbook",
        ],
    )
    def test_refuses_a_file_that_is_no_table_and_leaves_the_old_result_alone(self, tmp_path, content):
        (tmp_path / "places.csv").write_bytes(content)
        out = tmp_path / "out.csv"
        out.write_text("old", encoding="utf-8")
        result = run("nearest", "--batch", tmp_path / "places.csv", "--out", out, "--force", expect=1)
        assert result.stderr.startswith("Error: ")
        assert out.read_text(encoding="utf-8") == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "places.csv"]

    def test_writes_into_a_pipe_or_device_instead_of_replacing_it(self, places, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        run("nearest", "--batch", places, "--out", tmp_path / "pipe", expect=1)
        assert os.read(reader, 4) == b"row,"
        os.close(reader)
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)

    def test_names_a_file_of_places_that_cannot_be_read_or_could_keep_it_waiting(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path, tmp_path / "none.csv", tmp_path / "pipe", Path("/dev/zero")):
            told = run("nearest", "--batch", path, expect=1).stderr
            assert str(path) in told and told.count("\n") == 1

    def test_names_the_result_it_cannot_write_and_not_the_file_that_stands_in_for_it(self, places, tmp_path):
        out = tmp_path / "none" / "out.csv"
        assert run("nearest", "--batch", places, "--out", out, expect=1).stderr.endswith(f": {out}\n")

    def test_begins_a_file_for_spreadsheets_with_a_byte_order_mark_and_no_other_output(self, places, tmp_path):
        printed = run("nearest", "--batch", places, expect=1).stdout
        for form, mark in (("csv", b"\xef\xbb\xbf"), ("geojson", b"")):
            run("nearest", "--batch", places, "--out", tmp_path / form, "--format", form, expect=1)
            assert (tmp_path / form).read_bytes()[:3] == (mark or b'{"t')
        assert (tmp_path / "csv").read_text(encoding="utf-8-sig") == printed

    def test_keeps_the_permissions_of_the_file_it_replaces(self, places, tmp_path):
        out = tmp_path / "out.csv"
        out.touch(mode=0o640)
        out.chmod(0o640)
        run("nearest", "--batch", places, "--out", out, "--force", expect=1)
        assert out.stat().st_size
        assert stat.S_IMODE(out.stat().st_mode) == 0o640

    def test_answers_an_empty_registry_with_empty_rows(self, tmp_path, registry_file):
        places = tmp_path / "places.csv"
        places.write_text("lon,lat\n117,34\n", encoding="utf-8")
        (row,) = csv.DictReader(io.StringIO(run("nearest", "--batch", places, "--registry", registry_file()).stdout))
        assert row["station_id"] == ""


class TestHours:
    ASKED = ("hours", "Mo-Fr 09:00-12:00,13:30-17:30; PH off", "--at", "2026-10-06T10:00")

    def test_explains_why_a_tuesday_in_the_national_holiday_is_closed(self):
        shown = run(*self.ASKED).stdout
        assert "国庆" in shown and "节假日" in shown and "Opens" in shown and "按工作日历" in shown

    def test_prints_the_same_as_json(self):
        found = json.loads(run(*self.ASKED, "--json").stdout)
        assert found["state"] == "closed" and found["until"] == "2026-10-08T09:00:00+08:00"
        assert found["day_kind"] == "holiday" and found["follows_calendar"] is True

    def test_gives_the_caution_where_the_text_says_nothing_of_holidays(self):
        assert "节假日未注明" in run("hours", "09:00-17:00", "--at", "2026-10-06T10:00").stdout

    def test_a_fallback_leaves_hours_their_closing_time(self):
        asked = ("hours", "Mo-Fr 18:00-02:00 || unknown", "--at", "2026-12-03T23:00", "--json")
        found = json.loads(run(*asked).stdout)
        assert (found["state"], found["until"]) == ("open", "2026-12-04T02:00:00+08:00")

    def test_ends_with_2_for_a_moment_no_calendar_reaches(self):
        assert "'--at'" in run("hours", "24/7", "--at", "0001-01-01", expect=2).stderr

    @pytest.mark.parametrize("args", [("Mo-Fr 09:00-",), ("\x1b[31m",), ("x" * 5_000,)])
    def test_answers_what_it_cannot_read_in_one_line(self, args):
        result = run("hours", *args, expect=1)
        assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1 and "\x1b" not in result.stderr


class TestCheck:
    def test_finds_nothing_in_the_demonstration_registry(self):
        assert "0 处错误 errors" in run("check", demo_registry()).stdout

    def test_reports_errors_of_every_file_and_ends_with_1(self, registry_file, tmp_path):
        bad = registry_file(station(1, 117, 34, category="x"), station(2, 117, 95), name="bad.geojson")
        result = run("check", bad, tmp_path / "missing.geojson", tmp_path, demo_registry(), expect=1)
        for expected in (
            "not_allowed",
            "out_of_range",
            "missing.geojson: 错误 error: file: unreadable",
            "2 处错误 errors",
        ):
            assert expected in result.stdout

    def test_ends_with_0_when_there_are_only_warnings(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26, hours="whenever"))
        assert "bad_hours" in run("check", path).stdout

    def test_prints_json_with_the_counts(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26, category="x"))
        (found,) = json.loads(run("check", path, "--json", expect=1).stdout)
        assert found["errors"] == 1 and found["findings"][0]["code"] == "not_allowed"

    def test_lets_no_text_of_the_file_forge_a_line(self, registry_file):
        path = registry_file(station(1, 117.18, 34.26, category="x\x1b[2J\ny: 0 errors"))
        shown = run("check", path, expect=1).stdout
        assert "\x1b" not in shown and len(shown.splitlines()) == 2

    def test_does_not_wait_for_a_pipe_nobody_writes_to(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        assert "unreadable" in run("check", tmp_path / "pipe", expect=1).stdout


class TestFormat:
    def test_rewrites_once_and_then_finds_it_canonical(self, registry_file):
        path = registry_file(station(2, 117, 34, custom={"kept": [1]}), station(1, 117, 34))
        before = stationmap.load(path)
        run("format", "--check", path, expect=1)
        assert "rewritten" in run("format", path).stderr
        assert stationmap.load(path) == before
        assert '"custom":{"kept":[1]}' in path.read_text(encoding="utf-8")
        assert "is canonical" in run("format", path).stderr
        run("format", "--check", path)

    def test_leaves_a_file_with_errors_as_it_is(self, registry_file):
        path = registry_file(station(1, 117, 34, category="x"))
        before = path.read_bytes()
        run("format", path, expect=1)
        assert path.read_bytes() == before


class TestImport:
    TABLE = "编号,站点名称,地址,区县,经度,纬度,开放时间\n"

    def test_makes_a_registry_that_the_check_accepts_and_converts_the_datum(self, tmp_path):
        lon, lat = from_wgs84(113.65, 34.76, Datum.GCJ02)
        table = tmp_path / "table.csv"
        table.write_text(f"{self.TABLE}A1,爱心驿站,郑州市,金水区,{lon},{lat},24小时\n", encoding="gb18030")
        run("import", table, tmp_path / "out.geojson", "--datum", "gcj02")
        run("check", tmp_path / "out.geojson")
        made = stationmap.load(tmp_path / "out.geojson")["A1"]
        assert made.geometry.coordinates == pytest.approx((113.65, 34.76), abs=1e-7)
        assert made.properties.hours == "24/7" and made.category == "outdoor_worker" and made.access.who == "unknown"

    def test_names_the_rows_it_leaves_out_and_ends_with_1(self, tmp_path):
        table = tmp_path / "table.csv"
        table.write_text(
            f"{self.TABLE}A1,驿站,郑州市,金水区,113.6,34.7,\nA2,驿站,郑州市,金水区,x,34.7,\n", encoding="utf-8"
        )
        out = tmp_path / "out.geojson"
        result = run("import", table, out, "--datum", "wgs84", expect=1)
        assert "第 3 行 row 3" in result.stdout and "1 行未导入" in result.stdout
        assert "--skip-bad" in result.stderr and not out.exists()
        run("import", table, out, "--datum", "wgs84", "--skip-bad")
        assert list(stationmap.load(out)) == ["A1"]

    def test_names_a_file_that_is_no_table(self, tmp_path):
        (tmp_path / "in.csv").write_bytes(b"a,b\n1,2\n")
        shown = run("import", tmp_path / "in.csv", tmp_path / "out.geojson", "--datum", "wgs84", expect=1).stderr
        assert "in.csv" in shown and shown.count("\n") == 1 and not (tmp_path / "out.geojson").exists()

    def test_replaces_what_is_kept_already_only_when_told_to(self, tmp_path):
        table, out = tmp_path / "table.csv", tmp_path / "out.geojson"
        table.write_text(f"{self.TABLE}A1,驿站,郑州市,金水区,113.6,34.7,\n", encoding="utf-8")
        out.write_bytes(demo_registry().read_bytes())
        told = run("import", table, out, "--datum", "wgs84", expect=1).stderr
        assert str(out) in told and "--replace" in told
        assert out.read_bytes() == demo_registry().read_bytes()
        run("import", table, out, "--datum", "wgs84", "--replace")
        assert list(stationmap.load(out)) == ["A1"]

    def test_leaves_a_registry_as_it_is_where_no_row_became_a_station(self, tmp_path):
        table, out = tmp_path / "table.csv", tmp_path / "out.geojson"
        table.write_text(f"{self.TABLE}A1,饭店,郑州市,金水区,113.6,34.7,\n", encoding="utf-8")
        out.write_bytes(demo_registry().read_bytes())
        told = run("import", table, out, "--datum", "wgs84", "--replace", expect=1)
        assert "row 2" in told.stdout and f"{out}: is not written" in told.stderr
        assert out.read_bytes() == demo_registry().read_bytes()

    def test_changes_nothing_where_a_row_is_bad_unless_asked_and_then_keeps_its_station(self, tmp_path, registry_file):
        table = tmp_path / "table.csv"
        table.write_text(
            f"{self.TABLE}s-001,新驿站,,金水区,113.6,34.7,\ns-002,驿站,,金水区,x,34.7,\ns-003,驿站\n", encoding="utf-8"
        )
        out = registry_file(*(station(each, 113.7, 34.7, name=f"旧站{each}") for each in (1, 2, 3, 4)), demo=True)
        before, revision = out.read_bytes(), stationmap.load(out).revision
        told = run("import", table, out, "--datum", "wgs84", "--replace", expect=1)
        assert out.read_bytes() == before and "is not written" in told.stderr
        assert "第 3 行 row 3 经度: bad_coordinates" in told.stdout and "row 4: ragged_row" in told.stdout
        told = run("import", table, out, "--datum", "wgs84", "--replace", "--skip-bad").stdout
        named = {each.id: each.name for each in stationmap.load(out).values()}
        assert named == {"s-001": "新驿站", "s-002": "旧站2", "s-003": "旧站3"}
        assert "stay as they were: s-002, s-003" in told and "are gone: s-004" in told
        assert stationmap.load(out).demo  # as the stations that stayed
        assert out.with_name(f"{out.name}.before-{revision}").read_bytes() == before

    def test_says_what_the_check_says_before_it_writes(self, tmp_path):
        table, out = tmp_path / "table.csv", tmp_path / "out.geojson"
        table.write_text(
            f"{self.TABLE}A1,中山路驿站,,泉山区,107.19,34.26,\nA2,彭城路驿站,,云龙区,117.19,34.26,\n", encoding="utf-8"
        )
        told = run("import", table, out, "--datum", "wgs84").stdout
        checked = run("check", out).stdout
        for code in ("outside_city", "outside_district"):
            assert f"第 2 行 row 2 A1: {code}" in told and f"A1: {code}" in checked

    @pytest.mark.parametrize(
        ("meant", "stated"), [("bd09", "gcj02"), ("bd09", "wgs84"), ("gcj02", "wgs84"), ("wgs84", "bd09")]
    )
    def test_says_which_datum_a_list_is_in_that_was_stated_to_be_in_another(self, meant, stated, tmp_path):
        table = tmp_path / "table.csv"
        rows = []
        for each in stationmap.load(demo_registry()).values():
            lon, lat = from_wgs84(each.position.lon, each.position.lat, Datum(meant))
            rows.append(f"{each.id},{each.name},,{each.district},{lon},{lat},\n")
        table.write_text(self.TABLE + "".join(rows), encoding="utf-8")
        told = run("import", table, tmp_path / "out.geojson", "--datum", stated).stdout
        (shifted,) = [line for line in told.splitlines() if "shifted_batch" in line and "warning" in line]
        assert f"looks like {'WGS-84' if meant == 'wgs84' else meant} taken for" in shifted
        assert "坐标系可能选错" in told and told.index("坐标系可能选错") < told.index("已写入")
        honest = run("import", table, tmp_path / "honest.geojson", "--datum", meant).stdout
        assert "shifted_batch" not in honest

    def test_says_what_is_the_same_in_several_rows_once(self, tmp_path):
        table = tmp_path / "table.csv"
        rows = "".join(f"A{row},驿站{row},,泉山区,117.17{row},34.26,看情况\n" for row in range(2, 8))
        table.write_text(self.TABLE + rows, encoding="utf-8")
        told = run("import", table, tmp_path / "out.geojson", "--datum", "wgs84").stdout
        assert told.count("hours_not_understood") == 1 and "第 2-7 行 rows 2-7 开放时间" in told and "6 处警告" in told

    def test_tells_a_datum_by_the_registry_that_is_replaced(self, tmp_path):
        before = stationmap.load(demo_registry())
        some = [each for each in before.values() if each.district == "320311"][:8]
        out, table = tmp_path / "out.geojson", tmp_path / "table.csv"
        out.write_bytes(demo_registry().read_bytes())
        rows = [
            f"{each.id},{each.name},,{each.district},{lon},{lat},\n"
            for each in some
            for lon, lat in [from_wgs84(each.position.lon, each.position.lat, Datum.GCJ02)]
        ]
        table.write_text(self.TABLE + "".join(rows), encoding="utf-8")
        told = run("import", table, out, "--datum", "wgs84", "--replace").stdout
        assert (
            "8 of 8 stations that moved" in told and "gcj02 draws their earlier position: it was not converted" in told
        )

    def test_names_the_columns_it_keeps_and_what_is_a_persons(self, tmp_path):
        table, out = tmp_path / "table.csv", tmp_path / "out.geojson"
        header = self.TABLE.strip() + ",负责人,身份证号,手机,备注\n"
        row = "A1,驿站,,泉山区,117.17,34.26,,王建国,11010519491231002X,13800000000,门朝东\n"
        table.write_text(header + row, encoding="utf-8")
        told = run("import", table, out, "--datum", "wgs84").stdout
        for column in ("负责人", "身份证号", "手机", "备注"):
            assert f"column {column}: column_kept" in told
        for column, kind in (("负责人", "1 name"), ("身份证号", "1 identity_card"), ("手机", "1 telephone")):
            line = f"source_columns {column}: personal_data 可能是个人信息: of 1 values look personal: {kind}"
            assert line in told and line in run("check", out).stdout
        assert "source_columns 备注: personal_data" not in told
        assert "11010519491231002X" not in told and "13800000000" not in told

    def test_never_guesses_the_datum(self, tmp_path):
        assert "--datum" in run("import", "in.csv", tmp_path / "out.geojson", expect=2).stderr

    def test_turns_the_real_zhengzhou_table_into_a_registry_to_ask(self, shared_data, tmp_path):
        out = tmp_path / "zhengzhou.geojson"
        run("import", shared_data / "zhengzhou" / "union_stations_82_gcj02.csv", out, "--datum", "gcj02")
        run("check", out)
        shown = run("nearest", 113.65, 34.75, "--registry", out, "--open-at", "2026-11-24T10:00")
        assert "营业" in shown.stdout or "时间未知" in shown.stdout


class TestMap:
    def test_writes_one_file_with_the_stations_and_the_label_in_it(self, tmp_path):
        out = tmp_path / "map.html"
        run("map", out)
        text = out.read_text(encoding="utf-8")
        assert "xz-320302-0001" in text and "演示数据" in text

    def test_writes_nothing_for_a_registry_it_cannot_read(self, tmp_path):
        run("map", tmp_path / "map.html", "--registry", tmp_path / "none.geojson", expect=1)
        assert not list(tmp_path.iterdir())

    def test_waits_for_no_pipe_as_registry_or_as_target(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for args in ((pipe,), (tmp_path / "map.html", "--registry", pipe)):
            told = run("map", *args, expect=1).stderr
            assert str(pipe) in told.splitlines()[-1]
        assert list(tmp_path.iterdir()) == [pipe]

    def test_names_the_target_it_cannot_write(self, tmp_path):
        out = tmp_path / "none" / "map.html"
        assert run("map", out, expect=1).stderr == f"Error: 没有这个文件夹 No such file or directory: {out}\n"


class TestServe:
    @pytest.mark.parametrize("host", ["999.1.1.1", "nosuch.invalid", "a..b", "192.0.2.1"])
    def test_names_a_host_it_cannot_listen_on_in_one_line(self, host):
        asked = [PROGRAM, "serve", "--host", host, "--port", "0"]
        shown = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        assert (shown.returncode, shown.stdout) == (1, "")
        assert shown.stderr.splitlines()[-1].startswith("Error: ") and host in shown.stderr
        assert "Traceback" not in shown.stderr


def test_choices_that_are_written_down_to_load_quickly_are_those_of_the_model():
    assert import_table.CATEGORIES == CATEGORIES
    (radius,) = (
        option for option in command.commands["audit"].commands["coverage"].params if option.name == "radius_m"
    )
    assert radius.type.max == MAX_RADIUS_M


def test_defaults_need_nothing_that_takes_long_to_load():
    loaded = "import sys, stationmap.defaults; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert "stationmap.defaults" in shown.split() and not {"numpy", "pydantic", "click"} & set(shown.split())


def test_schema_is_the_one_of_the_registry():
    assert json.loads(run("schema").stdout) == stationmap.registry.registry.json_schema()


class TestDoctor:
    def verdicts(self, settings: Settings, today: date = date(2026, 11, 24)) -> dict[str, str]:
        return {symptom.what.split()[0]: symptom.verdict for symptom in examine(settings, today)}

    def test_a_port_is_right_that_the_running_site_holds(self, tmp_path):
        with serving(create_app(Settings(data=tmp_path))) as origin:
            assert self.verdicts(Settings(port=urlsplit(origin).port))["端口"] == "ok"

    def test_finds_a_fresh_demonstration_well(self):
        found = self.verdicts(
            Settings(port=0, public_url="https://zhan.example.cn", security_contact="mailto:an@example.cn")
        )
        assert found.pop("放假安排") == "warning"  # in November, before the notice of the next year is entered
        assert set(found.values()) == {"ok"}

    @pytest.mark.parametrize("public_url", ["", "http://127.0.0.1:8000", "http://10.1.2.3", "http://server.local"])
    def test_warns_where_posters_would_lead_nowhere(self, public_url):
        assert self.verdicts(Settings(port=0, public_url=public_url))["公开网址"] == "warning"

    def test_warns_where_nobody_is_named_who_is_told_of_a_hole(self):
        assert self.verdicts(Settings(port=0))["安全联系方式"] == "warning"

    def test_sees_an_old_registry_an_unannounced_year_and_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            found = self.verdicts(Settings(port=taken.getsockname()[1]), date(2027, 12, 1))
        assert [found[what] for what in ("登记册", "放假安排", "端口")] == ["warning"] * 3

    @pytest.mark.parametrize("host", ["999.1.1.1", "a..b", "192.0.2.1"])
    def test_blames_the_host_and_not_the_port_where_the_host_is_no_address_of_this_machine(self, host):
        symptom = next(each for each in examine(Settings(host=host), date(2026, 11, 24)) if host in each.what)
        assert symptom.verdict == "error" and "host" in symptom.what
        assert "STATIONMAP_HOST" in symptom.advice and "PORT" not in symptom.advice

    @pytest.mark.parametrize("host", ["*", "0.0.0.0", "localhost"])
    def test_takes_every_way_to_name_this_machine(self, host):
        assert self.verdicts(Settings(host=host, port=0))["端口"] == "ok"

    @pytest.mark.parametrize(
        ("setting", "value"), [("online_layers", ("tianditu",)), ("audit_areas", Path("none.geojson"))]
    )
    def test_finds_settings_with_which_the_server_would_not_start(self, setting, value):
        chosen = Settings(port=0, **{setting: value})
        with pytest.raises(StationmapError):
            create_app(chosen)
        symptom = next(each for each in examine(chosen, date(2026, 11, 24)) if each.what.startswith("设置"))
        assert symptom.verdict == "error" and "STATIONMAP_" in symptom.detail
        assert self.verdicts(Settings(port=0))["设置"] == "ok"

    def test_expects_the_notice_for_the_next_year_from_november_on(self):
        assert self.verdicts(Settings(port=0), date(2026, 10, 31))["放假安排"] == "ok"
        assert self.verdicts(Settings(port=0), date(2026, 11, 1))["放假安排"] == "warning"

    def test_ends_with_1_and_advice_for_a_registry_that_cannot_be_served(self, tmp_path):
        result = run("doctor", "--registry", tmp_path / "none.geojson", "--json", expect=1)
        first = json.loads(result.stdout)[0]
        assert first["verdict"] == "error" and "stationmap check" in first["advice"]


def interrupted(program: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl-C as people do: once more where nothing follows, as Python drops an interrupt within a finalizer."""
    program.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        return program.communicate(timeout=20)
    program.send_signal(signal.SIGINT)
    return program.communicate(timeout=20)


class TestProgram:
    def test_ends_quietly_when_its_reader_goes_away(self):
        shown = subprocess.run(
            ["bash", "-c", f"{PROGRAM} nearest 117 34 -k 1000 --json | true; echo ${{PIPESTATUS[0]}}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert (shown.stdout, shown.stderr) == ("1\n", "")

    def test_ends_without_a_traceback_when_interrupted(self, tmp_path):
        # More than a minute of work.
        (tmp_path / "places").write_text("lon,lat\n" + "117,34\n" * 200_000, encoding="utf-8")
        asked = [PROGRAM, "nearest", "--batch", tmp_path / "places", "-k", "50", "--open-at", "2026-11-24T10:00"]
        asked += ["--out", tmp_path / "out.csv"]
        program = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(list(tmp_path.iterdir())) == 1 and program.poll() is None:
            time.sleep(0.02)
        time.sleep(0.5)  # between being made and being guarded a file stays, and the next command removes it
        out, error = interrupted(program)
        assert (program.returncode, out) == (1, "") and "Traceback" not in error
        assert [path.name for path in tmp_path.iterdir()] == ["places"]

    def test_prints_on_a_terminal_that_knows_only_ascii(self):
        environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        shown = subprocess.run([PROGRAM, "hours", "24/7"], env=environment, capture_output=True, check=True)
        assert b"24/7" in shown.stdout

    def test_names_every_wrong_setting_of_the_environment_on_a_line_of_its_own(self):
        environment = os.environ | {"STATIONMAP_PORT": "many", "STATIONMAP_DETOUR": "0"}
        asked = [PROGRAM, "nearest", "117", "34"]
        shown = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
        lines = shown.stderr.splitlines()
        assert ["STATIONMAP_PORT" in lines[0], "STATIONMAP_DETOUR" in lines[1], len(lines)] == [True, True, 2]

    def test_names_a_wrong_setting_of_the_environment_in_one_line(self):
        environment = os.environ | {"STATIONMAP_PORT": "many"}
        asked = [PROGRAM, "nearest", "117", "34"]
        shown = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
        assert shown.returncode == 1 and "STATIONMAP_PORT" in shown.stderr and shown.stderr.count("\n") == 1


def test_plain_text_stays_as_it_is_and_steering_characters_are_written_out():
    assert plain("工会驿站　A-1 é") == "工会驿站　A-1 é"
    assert plain("a\x1b[0m\u202e\n\x00\ud800") == "a\\x1b[0m\\u202e\\n\\x00\\ud800"
