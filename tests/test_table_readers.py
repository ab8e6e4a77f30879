"""Tables an audit or a batch is given: the same encodings, headers and refusals whatever the table is for."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import h3
import numpy as np
import pytest
import xlsxwriter
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.readers import read_demand
from stationmap.audit.siting.candidate_files import places
from stationmap.cli import command
from stationmap.cli.points_csv import PointRows
from stationmap.errors import InvalidAuditError, InvalidTableError
from tests.test_audit_demand_files import TOWN

HERE = [(117.21, 34.26), (117.25, 34.28)]
Read = Callable[[bytes], list[tuple[float, float]]]


def of_demand(data: bytes) -> list[tuple[float, float]]:
    demand = read_demand(data, "given.csv", TOWN)
    return list(zip(demand.lons.tolist(), demand.lats.tolist(), strict=True))


def of_batch(data: bytes) -> list[tuple[float, float]]:
    found = list(PointRows(io.BytesIO(data)))
    if bad := [place for place in found if place.error]:
        raise InvalidTableError(f"row {bad[0].row} {bad[0].error}")
    return [(place.lon, place.lat) for place in found]


READERS: dict[str, Read] = {
    "candidates": lambda data: [(each.lon, each.lat) for each in places(data, "given.csv")],
    "demand": of_demand,
    "batch": of_batch,
}
"""Every reader of a table of places but the import, whose own tests try the same."""


def table(lon: str = "lon", lat: str = "lat", delimiter: str = ",", name: str = "站") -> str:
    rows = [("编号", "名称", lon, lat, "人数"), *((str(at), name, *place, "3") for at, place in enumerate(HERE))]
    return "\n".join(delimiter.join(map(str, row)) for row in rows) + "\n"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("lon", "lat"),
        ("longitude", "latitude"),
        ("Lng", "Lat"),
        ("经度", "纬度"),
        ("经度(E)", "纬度(N)"),
        (" 經度（°）", "緯度（°）"),
    ],
)
def test_every_reader_knows_the_same_headers(reader: str, lon: str, lat: str) -> None:
    assert READERS[reader](table(lon, lat).encode()) == HERE


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_every_reader_knows_the_same_encodings_and_delimiters(reader: str, delimiter: str, encoding: str) -> None:
    text = table("經度", "緯度", delimiter, "雲龍湖") if encoding == "big5" else table("经度", "纬度", delimiter)
    traditional = text.replace("编号", "編號").replace("名称", "名稱").replace("人数", "人數")
    assert READERS[reader]((traditional if encoding == "big5" else text).encode(encoding)) == HERE


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, ("lon", "lat", "weight"))
    return file.getvalue()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (workbook(), "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a workbook"),
        (b"<html>", "web page"),
        (b'id,lon,lat,weight\nA,"x,117.21,34.26\nB,117.2,34.2,1\nC,117.2,34.2,1\n', "line 2"),
        (b'id,lon,lat,weight\nA,117.21,34.26,1\nB,"117.2",34.2,"1\nC,117.2,34.2,1\n', "line 3"),
        (b"id,lon,lat,weight\nA,117,21,34,26,1\n", "(row|rows|line) 2"),
        (b"id,lon,lat,weight\nA,117.21,34.26,1\nB,117.21\n", "(row|rows|line) 3"),
        (b"id,lon,lat,weight\nA,117.21,34.26,1\nB,,34.26,1\n", "(row|rows|line) 3"),
        (b"id,lon,lat,weight\nA,117.21,34.26,1\nB,nan,34.26,1\n", "(row|rows|line) 3"),
        (b"id,lon,lat,weight\nA,117.21,34.26,1\nB,1e400,34.26,1\n", "(row|rows|line) 3|nowhere"),
        (b"id,lon,lng,lat,weight\nA,117.21,117.21,34.26,1\n", "two columns for lon"),
        (b"id,x,y,weight\nA,117.21,34.26,1\n", "column"),
        (b"lon\0,lat,weight\n117.21,34.26,1\n", "neither UTF-8"),
        (b"\x81\x20\xff,lat\n", "neither UTF-8"),
    ],
)
def test_every_reader_refuses_what_is_no_table_of_places_and_says_where(reader: str, data: bytes, reason: str) -> None:
    with pytest.raises((InvalidAuditError, InvalidTableError), match=reason) as caught:
        found = READERS[reader](data)
        if any(abs(lon) > 180 for lon, _ in found):  # candidates are held against the Earth together
            raise InvalidAuditError("nowhere")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reader", READERS)
def test_cells_beyond_the_header_that_hold_nothing_do_no_harm(reader: str) -> None:
    data = "".join(f"{line},,\n" if at else f"{line}\n" for at, line in enumerate(table().splitlines()))
    assert READERS[reader](data.encode()) == HERE


def test_candidates_with_longitude_and_latitude_exchanged_are_refused_with_their_line() -> None:
    with pytest.raises(InvalidAuditError, match="exchanged at line 3"):
        places(b"id,lon,lat\nA,117.2,34.2\nB,34.2,117.2\n", "halls.csv")


@pytest.mark.parametrize("form", [str, lambda index: str(h3.str_to_int(index)), str.upper])
def test_cells_of_h3_are_read_as_text_and_as_whole_numbers(form: Callable[[str], str]) -> None:
    index = h3.latlng_to_cell(34.28, 117.235, 8)
    demand = read_demand(f"h3,weight\n{form(index)},1000\n".encode(), "cells.csv", TOWN)
    assert demand.source.kind == "areas"
    assert (
        demand.people.tolist() == read_demand(f"H3_Index,人口\n{index},1000\n".encode(), "c.csv", TOWN).people.tolist()
    )


@pytest.mark.parametrize(
    "text", ["613346079823364095", "0", "9" * 18, "9" * 19, "9" * 5000, "-613346079823364095", "1.5e17", "²" * 18]
)
def test_what_is_no_cell_of_h3_is_refused_with_its_row(text: str) -> None:  # fmt: skip
    with pytest.raises(InvalidAuditError, match=r"1 are no H3 cells \(rows 2\)|lies|lives"):
        read_demand(f"h3,weight\n{text},1000\n".encode(), "cells.csv", TOWN)


def test_riders_are_told_by_their_own_column_where_there_is_one() -> None:
    rows = "".join(f"{row},{row % 5},117.21,34.26\n" for row in range(20))
    assert read_demand(f"id,骑手,lon,lat\n{rows}".encode(), "tracks.csv", TOWN, kind="tracks").total == 5
    assert read_demand(f"id,other,lon,lat\n{rows}".encode(), "tracks.csv", TOWN, kind="tracks").total == 20


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(list(READERS)), st.booleans())
def test_no_bytes_cause_anything_but_places_or_a_refusal(data: bytes, reader: str, after_a_header: bool) -> None:
    try:
        READERS[reader](b"lon,lat,weight,h3\n" * after_a_header + data)
    except (InvalidAuditError, InvalidTableError) as error:
        assert "\n" not in str(error)


# What the command line answers


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SITE = ("site", "-n", "1", "--cell", "2000", "--district", "320311", "--seconds", "2")


def polygon(west: float, south: float) -> dict[str, object]:
    ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_proposal_names_its_files_and_how_much_of_them_counted(folder: Path) -> None:
    (folder / "halls.csv").write_text("id,lng,latitude\nA,117.18,34.26\nfar,121.5,31.2\n", encoding="utf-8")
    features = [polygon(117.1, 34.24), polygon(121.5, 31.2), polygon(121.6, 31.2)]
    (folder / "lakes.geojson").write_text(json.dumps({"features": features}), encoding="utf-8")
    given = ("--candidates", "halls.csv", "--forbidden", "lakes.geojson")
    result = CliRunner().invoke(command, [*SITE, *given, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["parameters"]
    assert (told["candidates_file"], told["candidates_outside"]) == ("halls.csv", 1)
    assert (told["forbidden_file"], told["forbidden_areas"], told["forbidden_inside"]) == ("lakes.geojson", 3, 1)
    said = CliRunner().invoke(command, [*SITE, *given]).stderr
    assert "禁建区文件：lakes.geojson" in said and "其中伸入研究区的禁建区：1" in said
    (folder / "lakes.geojson").write_text(json.dumps({"features": features[1:]}), encoding="utf-8")
    assert "lakes.geojson: 没有一处伸入研究区" in CliRunner().invoke(command, [*SITE, *given]).stderr
    (folder / "study.toml").write_text(
        'cell_m = 2000\ndistricts = ["320311"]\n[site]\nn = 1\ncandidates = "halls.csv"\nforbidden = "lakes.geojson"\n'
        '[outcomes]\nsite = "site.json"\n',
        encoding="utf-8",
    )
    assert CliRunner().invoke(command, ["audit", "run", "study.toml"]).exit_code == 0
    assert json.loads((folder / "site.json").read_bytes())["parameters"]["forbidden_file"] == "lakes.geojson"


FILES = {
    "empty.geojson": b"",
    "nul.geojson": bytes(100),
    "deep.geojson": b"[" * 100_000,
    "unknown.geojson": b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Polgon","coordinates":[]}}]}',
    "number.geojson": b'{"features":[{"geometry":{"type":"Point","coordinates":[NaN,1]}}]}',
    "empty.csv": b"",
    "nul.csv": bytes(100),
    "open.csv": b'id,lon,lat,weight\nA,"x\nB,117,34,1\n',
    "book.csv": workbook(),
    "text.tif": b"II*\0" + bytes(50),
    "empty.tif": b"",
    "half.toml": b"[outcomes\n",
    "nul.toml": b"\0",
    "deep.toml": b"a = " + b"[" * 100_000,
    "number.toml": b"cell_m = " + b"9" * 5000 + b'\n[outcomes]\ncoverage = "c.csv"\n',
    "nan.toml": b'cell_m = nan\nradius_m = inf\n[outcomes]\ncoverage = "c.csv"\n',
    "huge.toml": b'cell_m = 1e308\nradius_m = -1e308\n[outcomes]\ncoverage = "c.csv"\n',
    "types.toml": b"cell_m = []\nregistry = 3\nsite = 1\nweek = 2026-13-45\noutcomes = 7\n",
    "date.toml": b'at = 0001-01-01T00:00:00\nweek = 9999-12-27\n[outcomes]\ncoverage = "c.csv"\n',
    "gbk.toml": "# 研究\n".encode("gbk"),
    "list.json": b"[[[[]]]]",
    "moves.json": b'[{"move": "a", "lon": 1e308, "lat": true}]',
    "adds.json": b'[{"add": {"type": "Feature"}}]',
    "deep.json": b"[" * 100_000,
}
ASKED = {
    "--demand": (".geojson .csv .tif", "audit", "coverage", "--cell", "2000", "--demand"),
    "--tracks": (".csv", "audit", "coverage", "--cell", "2000", "--tracks", "--demand"),
    "--candidates": (".geojson .csv", *SITE, "--candidates"),
    "--forbidden": (".geojson", *SITE, "--forbidden"),
    "--earlier-demand": (".csv", "audit", "compare", "--cell", "2000", "none.geojson", "--earlier-demand"),
    "compare": (".geojson", "audit", "compare", "--cell", "2000"),
    "whatif": (".json", "audit", "whatif", "--cell", "2000"),
    "run": (".toml", "audit", "run"),
    "--batch": (".csv", "nearest", "--batch"),
    "--registry": (".geojson", "nearest", "117", "34", "--registry"),
    "check": (".geojson", "check"),
    "format": (".geojson", "format"),
}
"""Every way to give a file to a command: endings of the files worth trying, and what is asked."""


@pytest.fixture
def files(folder: Path) -> list[Path]:
    """Files nobody should give, and what is no file."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    return [*sorted(folder.iterdir()), folder / "missing", Path("a\tb")]


@pytest.mark.parametrize("asked", ASKED)
def test_no_file_given_to_a_command_causes_a_traceback(asked: str, files: list[Path]) -> None:
    endings, *command_line = ASKED[asked]
    for path in files:
        if path.suffix in ("", *endings.split()):
            result = CliRunner().invoke(command, [*command_line, str(path)])
            assert isinstance(result.exception, SystemExit), (path.name, result.exception)
            assert result.exit_code in (1, 2) and "Traceback" not in result.output, (path.name, result.output)


@pytest.mark.parametrize("setting", ["STATIONMAP_AUDIT_AREAS", "STATIONMAP_AUDIT_DEMAND", "STATIONMAP_REGISTRY"])
def test_no_file_the_settings_name_causes_a_traceback(
    setting: str, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in files:
        if path.suffix in ("", ".geojson"):
            monkeypatch.setenv(setting, str(path))
            result = CliRunner().invoke(command, ["serve", "--port", "0"])
            assert isinstance(result.exception, SystemExit) and result.exit_code == 1, (path, result.exception)
            assert "Error: " in result.stderr and "Traceback" not in result.output
            assert setting == "STATIONMAP_REGISTRY" or path.name.partition("\t")[0] in result.stderr


def test_a_batch_of_a_table_saved_in_taiwan_is_answered(folder: Path) -> None:
    (folder / "places.csv").write_bytes("編號;經度(E);緯度(N)\n一;117.18;34.26\n".encode("big5"))
    result = CliRunner().invoke(command, ["nearest", "--batch", "places.csv", "--out", "out.csv"])
    assert result.exit_code == 0, result.output
    (row,) = csv.DictReader(io.StringIO((folder / "out.csv").read_text(encoding="utf-8-sig")))
    assert row["編號"] == "一" and float(row["distance_m"]) > 0
    assert not np.isnan(float(row["station_lon"]))
    assert re.fullmatch(r"[0-9a-f]{16} 演示数据", row["registry"])
