"""`stationmap check`, `format`, `import` and `schema`: registry files examined, rewritten, made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from stationmap.cli.parameters import DATUM, FILE, json_option, now
from stationmap.cli.targets import Output, Target, command
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    from stationmap.errors import Finding
    from stationmap.model import Category

Findings = tuple["Finding", ...]
# As stationmap.model has them, which takes too long to load for showing help.
CATEGORIES = ("outdoor_worker", "carnation", "service_centre", "culture")


@command("check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@json_option
def check_command(files: tuple[Path, ...], as_json: bool) -> None:
    """检查登记册 Report every error and warning in registry files; exit code 1 when there is an error."""
    found = []
    for path in files:
        with console(stderr=True).status(f"检查 checking {plain(str(path))}"):
            found.append((path, _findings(path)))
        if not as_json:
            _print(*found[-1])
    if as_json:
        print_json([_document(path, findings) for path, findings in found])
    if any(_count(findings, "error") for _, findings in found):
        raise click.exceptions.Exit(1)


@command("format")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="只检查,不改写 Change nothing; exit code 1 if it would.")
def format_command(file: Path, only_check: bool) -> None:
    """规范格式 Rewrite a registry file canonically: a station a line, sorted by id; nothing is dropped."""
    from stationmap import registry, store

    data = store.read(file)
    loaded = registry.parse(data)
    if registry.dumps(loaded) == data:
        click.echo(f"{plain(str(file))}: 已是规范格式 is canonical", err=True)
        return
    if only_check:
        click.echo(f"{plain(str(file))}: 不是规范格式 is not canonical", err=True)
        raise click.exceptions.Exit(1)
    store.write(file, loaded, expected_revision=loaded.revision, keep=True)
    click.echo(f"{plain(str(file))}: 已改写 rewritten", err=True)


@command("import")
@click.argument("table", type=FILE, metavar="IN.csv")
@click.argument("out", type=Output(registry=True), metavar="OUT.geojson")
@click.option("--datum", type=DATUM, required=True, help="表中坐标系 Datum of the table.")
@click.option(
    "--category", type=click.Choice(CATEGORIES), help="全表类别 Category of every row [default: by its name]."
)
@click.option("--replace", is_flag=True, help="覆盖已有文件 Take the place of a registry that is there already.")
@click.option("--skip-bad", is_flag=True, help="略去有误的行 Write the others where rows cannot be stations.")
def import_command(table: Path, out: Target, datum: str, category: str | None, skip_bad: bool) -> None:
    """导入表格 Turn a CSV table into a registry; rows that cannot be stations are listed and make the exit code 1."""
    from stationmap import packaged, store
    from stationmap.datum import Datum
    from stationmap.districts import read_districts
    from stationmap.errors import StationmapError
    from stationmap.model import Header
    from stationmap.register_rows import Reading
    from stationmap.tables import import_csv

    districts = read_districts((packaged.data_folder() / "areas" / "adcodes.csv").read_bytes())
    reading = Reading(datum=Datum(datum), districts=districts, category=cast("Category | None", category))
    header = Header(format=1, title=table.stem, source=table.name)
    data = store.read(table)
    try:
        made = import_csv(data, reading, header=header)
    except StationmapError as error:
        raise StationmapError(f"{table}: {error}") from error
    _print(table, made.findings)
    click.echo(
        f"{made.rows:,} 行 rows, {len(made.registry):,} 个站点 stations, {len(made.rejected):,} 行未导入 left out"
    )
    click.echo(f"营业时间 hours: {made.hours_understood:,}/{made.hours_stated:,} 读懂 understood")
    if not made.registry.stations:
        raise StationmapError(f"{out.path}: is not written, for no row became a station 未写入")
    if made.rejected and not skip_bad and out.path.exists():
        raise StationmapError(
            f"{out.path}: is not replaced, for rows would be left out; mend them, or pass --skip-bad 未替换"
        )
    store.write(out.path, made.registry, keep=out.replace)
    if made.rejected and not skip_bad:
        raise click.exceptions.Exit(1)


@command("schema")
def schema_command() -> None:
    """数据格式 Print the JSON Schema of a registry file."""
    from stationmap.registry import json_schema

    print_json(json_schema())


def _findings(path: Path) -> Findings:
    from stationmap import packaged, quality, registry, store
    from stationmap.errors import Finding, RegistryFileError

    try:
        data = store.read(path)
    except RegistryFileError as error:
        return (Finding("file", "unreadable", str(error)),)
    loaded, findings = registry.check(data)
    if loaded is None:
        return findings
    counties = quality.read_counties((packaged.data_folder() / "areas" / "counties.geojson").read_bytes())
    return (*findings, *quality.warnings(loaded, counties, today=now().date()))


def _print(path: Path, findings: Findings) -> None:
    for finding in findings:
        click.echo(plain(f"{path}: {finding}"))
    errors, warnings = _count(findings, "error"), _count(findings, "warning")
    click.echo(plain(f"{path}: {errors:,} 处错误 errors, {warnings:,} 处警告 warnings"))


def _document(path: Path, findings: Findings) -> dict[str, Any]:
    return {
        "file": str(path),
        "errors": _count(findings, "error"),
        "warnings": _count(findings, "warning"),
        "findings": [finding._asdict() for finding in findings],
    }


def _count(findings: Findings, severity: str) -> int:
    return sum(finding.severity == severity for finding in findings)
