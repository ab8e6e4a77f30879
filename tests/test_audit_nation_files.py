"""People of a country in a file: whoever reads which block of it, every cell has those at its place."""

from __future__ import annotations

from pathlib import Path
from warnings import catch_warnings

import numpy as np
import pytest

from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nation_coverage
from stationmap.audit.nation.people_files import ParquetPeople, people_of_file
from stationmap.audit.nation.workers import Workers
from stationmap.errors import InvalidAuditError
from tests.test_audit_nation import AREAS, supply

CELL_M = 3_000.0


def raster(path: Path, crs: str = "EPSG:4326", step: float = 0.01, count: int = 1) -> Path:
    rasterio = pytest.importorskip("rasterio")
    from rasterio.transform import from_origin

    people = np.random.default_rng(1).gamma(0.3, 9, (130, 220)).astype("float32")
    people[people < 1] = 0
    options = {"width": 220, "height": 130, "count": count, "dtype": "float32", "crs": crs, "nodata": -1}
    with catch_warnings(action="ignore"), rasterio.open(
        path, "w", "GTiff", transform=from_origin(115.9, 35.1, step, step), tiled=True, blockxsize=64, blockysize=64,
        **options,
    ) as file:  # fmt: skip
        for band in range(count):
            file.write(people, band + 1)
    return path


def parquet(path: Path, *, columns: tuple[str, ...] = ("lon", "lat", "people"), rows: int = 3_000) -> Path:
    pyarrow, _ = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rng = np.random.default_rng(2)
    lons = np.sort(rng.uniform(116, 118, rows))
    table = pyarrow.table(dict(zip(columns, (lons, rng.uniform(34, 35, rows), rng.gamma(0.3, 9, rows)), strict=True)))
    pyarrow.parquet.write_table(table, path, row_group_size=500)
    return path


def naive(path: Path, country: Country) -> dict[int, int]:
    """Return people, thousandths, by number of the cell that holds a place or the middle of a pixel."""
    sums: dict[int, float] = {}
    if path.suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        lons, lats, people = (table.column(name).to_numpy() for name in ("lon", "lat", "people"))
        people = np.rint(people * 1000)
    else:
        import rasterio

        with catch_warnings(action="ignore"), rasterio.open(path) as file:
            people, (rows, columns) = file.read(1).astype(float).ravel(), np.indices(file.shape)
            lons, lats = (
                np.array(each) for each in rasterio.transform.xy(file.transform, rows.ravel(), columns.ravel())
            )
        people = people * 1000
    for cell, each in zip(country.grid.cells_of(lons, lats).tolist(), people.tolist(), strict=True):
        sums[cell] = sums.get(cell, 0) + each
    return {cell: round(each) for cell, each in sums.items() if each}


@pytest.mark.parametrize("made", [raster, parquet])
@pytest.mark.parametrize("cells", [500, 1_000_000])
def test_every_cell_of_an_area_has_the_people_at_its_place(made: object, cells: int, tmp_path: Path) -> None:
    path = made(tmp_path / ("people.tif" if made is raster else "people.parquet"))  # type: ignore[operator]
    country = Country.of(AREAS, CELL_M)
    people, known = people_of_file(path, country.grid), naive(path, country)
    for block in country.blocks(cells):
        inside = country.inside(block)
        found = people.on(country, block, inside)
        assert found.tolist() == [known.get(cell, 0) for cell in inside.cells.tolist()]


@pytest.mark.parametrize("executor", ["process"])
def test_workers_read_what_lies_under_their_blocks_and_figures_are_the_same(executor: str, tmp_path: Path) -> None:
    country = Country.of(AREAS, CELL_M)
    for path in (raster(tmp_path / "people.tif"), parquet(tmp_path / "people.parquet")):
        people = people_of_file(path, country.grid)
        one = nation_coverage(country, people, supply(1), 2_000.0)
        by = Workers(executor, workers=2)
        other = nation_coverage(country, people, supply(1), 2_000.0, by=by, block_cells=2_000)
        assert (other.total, other.districts) == (one.total, one.districts)
        assert one.total.people > 0


def test_row_groups_that_lie_elsewhere_are_not_read(tmp_path: Path) -> None:
    people = people_of_file(parquet(tmp_path / "people.parquet"), Country.of(AREAS, CELL_M).grid)
    assert isinstance(people, ParquetPeople)
    west = {"lon": (116.0, 116.1), "lat": (34.0, 35.0)}
    assert [people._may_lie_in(group, west) for group in range(6)] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda folder: raster(folder / "two.tif", count=2), "2 bands"),
        (lambda folder: raster(folder / "coarse.tif", step=0.1), "larger than the cells"),
        (lambda folder: parquet(folder / "named.parquet", columns=("x", "lat", "people")), "no column lon"),
        (lambda folder: folder / "people.csv", r"\.parquet"),
    ],
)
def test_a_file_that_cannot_be_counted_is_refused_before_any_work(made: object, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidAuditError, match=problem):
        people_of_file(made(tmp_path), Country.of(AREAS, CELL_M).grid)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["people.tif", "people.parquet"])
def test_a_file_of_another_form_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"no such form" * 100)
    with pytest.raises(InvalidAuditError, match="is not a"):
        people_of_file(tmp_path / name, Country.of(AREAS, CELL_M).grid)


def test_people_below_zero_are_refused_while_they_are_read(tmp_path: Path) -> None:
    pyarrow, _ = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path, country = tmp_path / "people.parquet", Country.of(AREAS, CELL_M)
    pyarrow.parquet.write_table(pyarrow.table({"lon": [116.5], "lat": [34.2], "people": [-1.0]}), path)
    with pytest.raises(InvalidAuditError, match="negative weights"):
        nation_coverage(country, people_of_file(path, country.grid), supply(1), 2_000.0)
