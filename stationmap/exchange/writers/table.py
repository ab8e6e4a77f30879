"""A registry as CSV: a row a station, under the headings that import understands."""

from __future__ import annotations

import csv
import io
from typing import IO

from stationmap.errors import ProgressCallback
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.exported import NOTE, note
from stationmap.formats.csv_safety import cell
from stationmap.i18n import translate
from stationmap.registry.registry import Registry

EVERY = 1_000  # rows between two reports of progress


def write_csv(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write UTF-8 with a byte order mark, without which spreadsheets take Chinese for another encoding.

    No cell runs as a formula: `formats.csv_safety.typed` takes off again what keeps it from running. The last column
    says in its first row what the list was made from; a registry without stations has that row all the same.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*(column.heading(language) for column in COLUMNS), translate(language, f"column.{NOTE}")])
    said = note(registry, language)
    if not registry:
        writer.writerow([*("" for _ in COLUMNS), cell(said)])
    for at, station in enumerate(registry.stations):
        if not at % EVERY:
            on_progress(at / len(registry), "")
        cells = [column.text_of(station, language) for column in COLUMNS]
        writer.writerow([cell(each, layout=True) for each in (*cells, "" if at else said)])
    text.flush()
    text.detach()
