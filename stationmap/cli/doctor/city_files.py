"""Whether the files made of an extract of OpenStreetMap are whole, and how old what they say is."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from stationmap import city_files
from stationmap.cli.doctor.symptoms import Symptom
from stationmap.cli.terminal import plain
from stationmap.errors import FileError

FRESH = timedelta(days=180)
RENEW = "下载新的提取文件，再运行 download a new extract, then run: stationmap city build EXTRACT.osm.pbf"


def city_files_symptom(folder: Path, today: date) -> Symptom | None:
    """Examine the folder of a city; None where it holds no such file."""
    what = f"城市文件 city files {folder}"
    try:
        if not city_files.sizes(folder):
            return None
        findings = city_files.examine(folder)
        come_from = city_files.read(folder).provenance if not findings else None
    except (FileError, OSError) as error:
        return Symptom(what, "error", str(error), plain(f"stationmap city check {folder}"))
    if come_from is None:
        codes = ", ".join(sorted({each.code for each in findings}))
        return Symptom(what, "error", codes, plain(f"运行 run: stationmap city check {folder}"))
    served = ", ".join(city_files.sizes(folder))
    if come_from.date is None:
        return Symptom(what, "ok", f"{served}; 日期不明 of an unknown day")
    facts = f"{served}; {come_from.date} ({(today - come_from.date).days} 天前 days ago)"
    if today - come_from.date > FRESH:
        return Symptom(what, "warning", f"{facts}; 超过半年 more than half a year old", RENEW)
    return Symptom(what, "ok", facts)
