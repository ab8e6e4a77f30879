"""A registry for geographic information systems: GeoPackage, FlatGeobuf and GeoParquet, from its GeoDataFrame."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from stationmap.errors import FileError, ProgressCallback, StationmapError
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.exported import note
from stationmap.formats.csv_safety import inert
from stationmap.i18n import translate
from stationmap.registry.registry import Registry

if TYPE_CHECKING:
    import geopandas as gpd

LAYER = "stations"
_BLOCK = 1 << 20  # bytes


def write_geopackage(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write a GeoPackage with one layer, `stations`."""
    said = {"IDENTIFIER": _title(registry, language), "DESCRIPTION": note(registry, language)}
    _write(registry, file, language, on_progress, _by_gdal("GPKG", said), ".gpkg")


def write_flatgeobuf(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write a FlatGeobuf."""
    said = {"TITLE": _title(registry, language), "DESCRIPTION": note(registry, language)}
    _write(registry, file, language, on_progress, _by_gdal("FlatGeobuf", said), ".fgb")


def write_geoparquet(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write a GeoParquet; raises StationmapError where pyarrow is not installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise StationmapError(".parquet: 需要安装 needs an extra: pip install 'stationmap[parquet]'") from error
    _write(registry, file, language, on_progress, lambda frame, path: frame.to_parquet(path, index=False), ".parquet")


def frame_of(registry: Registry, language: str) -> gpd.GeoDataFrame:
    """Return a row a station whose values every such program knows: texts, numbers, truth, moments.

    Several codes are divided by semicolons. The first column of invented stations says that they are.
    """
    frame = registry.to_frame().reset_index()
    for column in ("how", "services"):
        frame[column] = frame[column].map(";".join).astype(object)
    closures = next(column for column in COLUMNS if column.member == "closures")
    frame["closures"] = [closures.text_of(station, language) or None for station in registry.stations]
    if registry.demo:
        frame.insert(0, "label", translate(language, "app.demo"))
    return frame


def _title(registry: Registry, language: str) -> str:
    label = translate(language, "app.demo") if registry.demo else ""
    return " ".join(filter(None, (label, inert(registry.meta.title or ""))))


def _by_gdal(driver: str, said: dict[str, str]) -> Callable[[Any, Path], None]:
    def write(frame: Any, path: Path) -> None:
        import pyogrio

        pyogrio.write_dataframe(
            frame, path, driver=driver, layer=LAYER, layer_options=said, geometry_type="Point", encoding="UTF-8"
        )

    return write


def _write(
    registry: Registry,
    file: IO[bytes],
    language: str,
    on_progress: ProgressCallback,
    write: Callable[[Any, Path], None],
    ending: str,
) -> None:
    """Have a frame written to a file of its own, which is then copied: these programs want a path, and seek in it."""
    on_progress(0.0, "")
    frame = frame_of(registry, language)
    on_progress(0.5, "")
    with tempfile.TemporaryDirectory(prefix="stationmap-") as folder:
        path = Path(folder) / f"{LAYER}{ending}"
        try:
            write(frame, path)
        except RuntimeError as error:  # of GDAL, which opens and fills the file by itself
            raise FileError(
                f"{folder}: 写不成，临时文件夹可能已满 cannot be written, perhaps it is full: {error}"
            ) from error
        with path.open("rb") as made:
            while block := made.read(_BLOCK):
                file.write(block)
    on_progress(1.0, "")
