"""`stationmap check`, `format` and `schema`: registry files examined and rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.findings import count, print_findings
from stationmap.cli.options import FILE, json_option, language_option, now
from stationmap.cli.targets import Output, Target, command
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    from stationmap.errors import Finding

Findings = tuple["Finding", ...]


@command("check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--deep", is_flag=True, help="深入检查 Also what is stale, unknown, doubled .., and whom it affects.")
@click.option("--district", "districts", multiple=True, metavar="ADCODE", help="只列这些区县 Only these districts.")
@click.option("--kit", metavar="CODE", help="按哪种配置 The kit stations should have [default: seven_ones].")
@click.option("--earlier", multiple=True, type=FILE, help="较早的登记册,看趋势 Earlier registries, for the trend.")
@click.option("--trend", "weeks", type=click.IntRange(0, 500), help="趋势几周 Weeks of the trend [default: 8].")
@json_option
@language_option
@click.option("--out", type=Output(), help="写入文件 Write a workbook .xlsx, or .csv.")
def check_command(
    files: tuple[Path, ...], deep: bool, as_json: bool, out: Target | None, language: str, **options: Any
) -> None:
    """检查登记册 Report every error and warning in registry files; exit code 1 when there is an error."""
    if deep:
        from stationmap.cli.deep_check import DeepOptions, deep_check

        if deep_check(files, DeepOptions(**options), as_json=as_json, out=out, language=language):
            raise click.exceptions.Exit(1)
        return
    if out is not None or any(options.values()):
        raise click.UsageError("须与 --deep 同用 --out, --district, --kit, --earlier and --trend need --deep")
    found = []
    for path in files:
        with console(stderr=True).status(f"检查 checking {plain(str(path))}"):
            found.append((path, _findings(path)))
        if not as_json:
            print_findings(*found[-1])
    if as_json:
        print_json([_document(path, findings) for path, findings in found])
    if any(count(findings, "error") for _, findings in found):
        raise click.exceptions.Exit(1)


@command("format")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="只检查,不改写 Change nothing; exit code 1 if it would.")
def format_command(file: Path, only_check: bool) -> None:
    """规范格式 Rewrite a registry file canonically: a station a line, sorted by id; nothing is dropped."""
    from stationmap.registry import registry, store

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


@command("schema")
def schema_command() -> None:
    """数据格式 Print the JSON Schema of a registry file."""
    from stationmap.registry.registry import json_schema

    print_json(json_schema())


def _findings(path: Path) -> Findings:
    from stationmap.errors import Finding, RegistryFileError
    from stationmap.registry import registry, store
    from stationmap.registry.checks import quality

    try:
        data = store.read(path)
    except RegistryFileError as error:
        return (Finding("file", "unreadable", str(error)),)
    loaded, findings = registry.check(data)
    if loaded is None:
        return findings
    from stationmap.city import AREAS, here

    counties = quality.read_counties(here().read(AREAS))
    return (*findings, *quality.warnings(loaded, counties, today=now().date()))


def _document(path: Path, findings: Findings) -> dict[str, Any]:
    return {
        "file": str(path),
        "errors": count(findings, "error"),
        "warnings": count(findings, "warning"),
        "findings": [finding._asdict() for finding in findings],
    }
