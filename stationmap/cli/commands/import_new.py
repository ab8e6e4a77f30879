"""A table becomes a registry, after everything that is wrong with it has been reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stationmap.cli.findings import print_findings
from stationmap.cli.options import now
from stationmap.cli.targets import Target
from stationmap.cli.terminal import plain

if TYPE_CHECKING:
    from stationmap.registry.csv_import.importer import Imported
    from stationmap.registry.csv_import.rows import ImportOptions
    from stationmap.registry.model import Station
    from stationmap.registry.registry import Registry

SHOWN = 20  # ids of a list


def make_registry(table: Path, out: Target, options: ImportOptions, *, skip_bad: bool) -> None:
    """Turn a table into a registry, after saying all that is wrong; a row with an error stops it."""
    from stationmap.errors import StationmapError
    from stationmap.registry import store

    earlier = _replaced(out)
    made = _read(table, options, earlier)
    _print_report(table, made)
    if made.rejected and not skip_bad:
        raise StationmapError(
            f"{out.path}: is not written 未写入: {len(made.rejected):,} 行有错 rows have errors; "
            "改好后再导入 mend them, 或用 or --skip-bad 略过 leaves them out"
        )
    if not made.registry.stations:
        raise StationmapError(f"{out.path}: is not written, for no row became a station 未写入")
    registry = _with_those_left_out(made, earlier)
    expected = earlier.revision if earlier else None
    store.write(out.path, registry, expected_revision=expected, replace=out.replace, keep=True)
    click.echo(plain(f"{out.path}: 已写入 written, {len(registry):,} 个站点 stations"))
    if earlier:
        _print_replaced(out.path, registry, earlier)


def _read(table: Path, options: ImportOptions, earlier: Registry | None) -> Imported:
    """Return what comes of a table: CSV, a workbook, or features that are no registry yet."""
    from stationmap import file_limit, files
    from stationmap.city import AREAS, here
    from stationmap.errors import InvalidTableError, StationmapError
    from stationmap.exchange.lists import read_list
    from stationmap.registry.checks import quality
    from stationmap.registry.csv_import.importer import import_sheet
    from stationmap.registry.model import Header

    try:
        given = read_list(files.read(table, max_bytes=max(files.MAX_BYTES, file_limit.max_bytes())), table.name)
        if given.sheet is None:
            raise StationmapError(f"{table}: 已是登记册 is a registry already: import it --into another one")
        # A list of invented stations makes a registry of them.
        label = {"demo": True} if given.demo else {}
        header = Header.model_validate({"format": 1, "title": table.stem, "source": table.name, **label})
        counties = quality.read_counties(here().read(AREAS))
        made = import_sheet(given.sheet, options, header=header, counties=counties, today=now().date(), earlier=earlier)
    except InvalidTableError as error:
        raise StationmapError(f"{table}: {error}") from error
    return made._replace(findings=(*given.findings, *made.findings))


def _replaced(out: Target) -> Registry | None:
    """Return the registry that will be replaced, or None."""
    from stationmap.errors import InvalidRegistryError
    from stationmap.registry import store

    if not out.path.exists():
        return None
    try:
        return store.load(out.path)
    except InvalidRegistryError:
        return None


def _print_report(table: Path, made: Imported) -> None:
    """Print how the table was read, then the findings, errors first, then the result."""
    from stationmap.registry.csv_import.columns import spans

    sheet = made.sheet
    known = [column for column in sheet.columns if column.member]
    read = ", ".join(f"{column.shown} → {column.meaning.yes or column.member}" for column in known)
    click.echo(plain(f"{table}: 表头在第 {sheet.header_row} 行 header in row {sheet.header_row}"))
    click.echo(plain(f"{table}: 读取的列 columns read: {read}"))
    print_findings(table, sorted(made.findings, key=lambda finding: finding.severity != "error"), made.row_of)
    for number, text in sheet.notes:
        click.echo(plain(f"{table}: 第 {number} 行不是站点 row {number} is no station: {text[:60]}"))
    left_out = f" ({spans(made.rejected, max_parts=len(made.rejected))})" if made.rejected else ""
    click.echo(
        f"{made.rows:,} 行 rows, {len(made.registry):,} 个站点 stations, "
        f"{len(made.rejected):,} 行未导入 left out{left_out}"
    )
    click.echo(f"营业时间 hours: {made.hours_understood:,}/{made.hours_stated:,} 读懂 understood")
    if any(finding.code == "shifted_batch" for finding in made.findings):
        message = "坐标系可能选错，请核对 --datum the datum may be wrong: see shifted_batch above"
        click.secho(message, fg="yellow", bold=True)


def _with_those_left_out(made: Imported, earlier: Registry | None) -> Registry:
    """Keep the stations of skipped rows as they are in the registry being replaced."""
    from stationmap.registry.registry import Registry

    kept = _known(made.rejected_ids, earlier, made.registry)
    if not kept:
        return made.registry
    ids = _listed([station.id for station in kept])
    click.echo(plain(f"{len(kept):,} 个未导入的站点保持登记册原样 stations of rows left out stay as they were: {ids}"))
    # A registry that keeps an invented station keeps the label, too.
    label = {"demo": True} if earlier and earlier.demo else {}
    return Registry((*made.registry.stations, *kept), made.registry.meta.model_copy(update=label))


def _known(ids: tuple[str, ...], earlier: Registry | None, made: Registry) -> list[Station]:
    return [earlier[one] for one in dict.fromkeys(ids) if one in earlier and one not in made] if earlier else []


def _print_replaced(out: Path, registry: Registry, earlier: Registry) -> None:
    gone = [station_id for station_id in earlier if station_id not in registry]
    if gone:
        message = f"{len(gone):,} 个站点表中没有，不再保留 stations were not in the table and are gone: {_listed(gone)}"
        click.echo(plain(message))
    click.echo(plain(f"原登记册保存为 what was replaced is kept as {out.name}.before-{earlier.revision}"))


def _listed(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (f" .. ({len(ids):,})" if len(ids) > SHOWN else "")
