"""How long the preview of a list takes and what memory, of 10,000 rows and of 220,000, beside reading its rows alone.

    python benchmarks/import_preview.py

The registry is the demonstration stations again and again, moved up to 0.3 degrees, seed 20261123; of 220,000 it has
what a search needs. Four lists are compared with it: `workbook`, an export (XLSX) that comes back after one station in
a hundred got another telephone; `export`, the same columns as CSV, one row in a hundred with another telephone;
`foreign`, ids, names, districts, places in GCJ-02 and words for hours, as another program would have them; `new`, the
same under ids that the registry does not have, each of which may be any station. The peak is that of a process of its
own, above what the loaded registry takes; a workbook is read by a further process.
"""

from __future__ import annotations

import csv
import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
from fixture.copies import copies

from stationmap.city import AREAS, here
from stationmap.datum import Datum, from_wgs84
from stationmap.editing.list_import import ListToImport, preview_import
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.export import export
from stationmap.exchange.lists import read_list
from stationmap.registry.adcodes import known_districts
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.registry.store import load

SIZES = {10_000: None, 220_000: ("name", "category", "district", "access", "hours", "facilities", "services", "status")}
LISTS = {"workbook": "xlsx", "export": "csv", "foreign": "csv", "new": "csv"}
EVERY = 100  # rows, one of which is edited
FOREIGN = ("编号", "名称", "区县", "经度", "纬度", "开放时间")


def main() -> None:
    """Print the table."""
    print(f"{'rows':>9} {'list':8}{'read s':>9}{'preview s':>11}{'in all s':>10}{'rows/s':>10}{'MiB':>7}{'x read':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for size, properties in SIZES.items():
            registry = parse(copies(size, properties=properties))
            path = Path(folder) / "registry.geojson"
            path.write_bytes(dumps(registry))
            for kind, ending in LISTS.items():
                table = Path(folder) / f"{kind}.{ending}"
                table.write_bytes(_workbook(registry) if ending == "xlsx" else _table(registry, kind))
                subprocess.run([sys.executable, __file__, str(path), str(table), kind], check=True)


def _workbook(registry: Registry) -> bytes:
    """Return the export of the registry as it was before some stations changed."""
    file = io.BytesIO()
    phones = {station.id: f"0516-{at:08}" for at, station in enumerate(registry.stations) if at % EVERY == 0}
    document = orjson.loads(dumps(registry))
    for feature in document["features"]:
        feature["properties"] |= {"phone": phones[feature["id"]]} if feature["id"] in phones else {}
    export(parse(orjson.dumps(document)), ".xlsx", file)
    return file.getvalue()


def _table(registry: Registry, kind: str) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([column.heading() for column in COLUMNS] if kind == "export" else FOREIGN)
    phone = next(at for at, column in enumerate(COLUMNS) if column.member == "phone")
    for at, station in enumerate(registry.stations):
        if kind == "export":
            cells = [column.text_of(station) for column in COLUMNS]
            if at % EVERY == 0:
                cells[phone] = f"0516-{at:08}"
        else:
            lon, lat = from_wgs84(*station.geometry.coordinates, Datum.GCJ02)
            station_id = station.id if kind == "foreign" else f"n{at}"
            cells = [station_id, station.name, station.district, f"{lon:.6f}", f"{lat:.6f}", station.hours or ""]
        rows.writerow(cells)
    return text.getvalue().encode()


def measure(path: str, table: str, kind: str) -> None:
    """Print what the preview of one list takes, in this process."""
    registry = load(path)
    counties = read_counties(here().read(AREAS))
    before_mib = _peak_mib()
    began = time.perf_counter()
    given = read_list(Path(table).read_bytes(), table, known=registry)
    read_s = time.perf_counter() - began
    datum = Datum.GCJ02 if kind in ("foreign", "new") else Datum.WGS84
    options = ImportOptions(datum=datum, districts=known_districts())
    preview = preview_import([ListToImport.of(given, options, counties)], registry, counties=counties)
    total_s = time.perf_counter() - began
    counts = {group: len(rows) for group, rows in preview.groups.items() if rows}
    rate, ratio = len(registry) / total_s, (total_s - read_s) / read_s
    figures = (
        f"{read_s:9.2f}{total_s - read_s:11.2f}{total_s:10.2f}{rate:10,.0f}{_peak_mib() - before_mib:7.0f}{ratio:8.1f}"
    )
    print(f"{len(registry):9,} {kind:8}{figures}  {counts}", flush=True)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    measure(*sys.argv[1:]) if len(sys.argv) > 1 else main()
