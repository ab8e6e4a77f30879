"""Sheets as a GeoPackage for geographic information systems: a layer a sheet, each with what its figures rest on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pyogrio

from stationmap import files
from stationmap.audit.output.tables import Sheet, coded
from stationmap.errors import InvalidAuditError
from stationmap.formats.csv_safety import inert

MAX_BYTES = 1 << 30
MOMENT = "1970-01-01T00:00:00.000Z"


def geopackage_of(sheets: Sequence[Sheet], basis: str, language: str) -> bytes:
    """Return the sheets that have places, WGS-84; `basis` is what they rest on. InvalidAuditError where none has."""
    mapped = [sheet for sheet in sheets if sheet.places is not None]
    if not mapped:
        raise InvalidAuditError("this outcome has no places: take .json, .csv or .xlsx")
    # The same sheets are the same bytes: GDAL would write down when it wrote them.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": MOMENT})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.gpkg"
        for sheet in mapped:
            frame = _frame(sheet, basis, language)
            options = {"IDENTIFIER": sheet.name, "DESCRIPTION": inert(basis)}
            pyogrio.write_dataframe(
                frame,
                path,
                driver="GPKG",
                layer=sheet.name,
                layer_options=options,
                encoding="UTF-8",
                append=path.exists(),
            )
        return files.read(path, max_bytes=MAX_BYTES)


def _frame(sheet: Sheet, basis: str, language: str) -> gpd.GeoDataFrame:
    columns = {
        column: [coded(column, row[at], language) for row in sheet.rows] for at, column in enumerate(sheet.columns)
    }
    # In every row: a layer is copied, cut and joined, and what it rests on must stay with it.
    return gpd.GeoDataFrame(
        {**columns, "basis": [inert(basis)] * len(sheet.rows)}, geometry=list(sheet.places or ()), crs=4326
    )
