"""Tracks of riders, made into counts as they are read: how many different riders were in each cell.

Neither ids nor positions leave this module, not even in an error; a cell with few riders, which could point at one of
them, is dropped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.csv_columns import Columns
from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Source, check
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.datum import Datum, to_wgs84
from stationmap.errors import InvalidAuditError

MIN_RIDERS = 5
Codes = NDArray[np.int64]


def riders(columns: Columns, territory: Territory, datum: Datum) -> Demand:
    """Count the different riders in each cell; a rider counts once in every cell they were seen in.

    Raises InvalidAuditError for bad rows, all named, and when no cell has MIN_RIDERS.
    """
    rider = "rider" if "rider" in columns else "id"
    columns.require(rider, "lon", "lat")
    codes = _codes(columns, rider)
    lons, lats = to_wgs84(columns.numbers("lon"), columns.numbers("lat"), datum)
    check(lons, lats, np.ones(len(lons)), columns.name, columns.rows)
    rows = territory.rows_at(lons, lats, territory.districts_of(lons, lats))
    counted = _distinct(codes[rows >= 0], rows[rows >= 0], len(territory))
    few = (counted > 0) & (counted < MIN_RIDERS)
    kept = np.where(few, 0, counted)
    if not kept.any():
        raise InvalidAuditError(
            f"{columns.name}: no cell of the studied area has {MIN_RIDERS} riders; take larger cells"
        )
    notes = _notes(int(few.sum()), int((rows < 0).sum()), len(rows))
    return Demand.on_cells(territory, kept * THOUSANDTHS, Source("tracks", columns.name, notes))


def _codes(columns: Columns, rider: str) -> Codes:
    """Return a number for each row's rider; ids are forgotten."""
    known: dict[str, int] = {}
    ids = [text.strip() for text in columns.texts[rider]]
    nameless = np.array([not each for each in ids], dtype=bool)
    if nameless.any():
        raise InvalidAuditError(
            f"{columns.name}: {int(nameless.sum()):,} positions without a rider's id ({columns.rows.named(nameless)})"
        )
    return np.fromiter((known.setdefault(each, len(known)) for each in ids), dtype=np.int64, count=len(ids))


def _distinct(codes: Codes, rows: Codes, cells: int) -> Codes:
    """Return the number of different codes in each cell, shape (cells,)."""
    visits = np.unique(codes * cells + rows)
    return np.bincount(visits % cells, minlength=cells).astype(np.int64)


def _notes(few: int, outside: int, positions: int) -> tuple[Note, ...]:
    notes = [Note("riders")]
    if few:
        notes.append(Note("few_riders", {"cells": f"{few:,}", "fewest": str(MIN_RIDERS)}))
    if outside:
        notes.append(Note("positions_outside", {"share": f"{outside / positions:.1%}"}))
    return tuple(notes)
