"""`stationmap check`, `format` and `schema`: registry files examined and rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.findings import count, print_findings
from stationmap.cli.options import FILE, json_option, now
from stationmap.cli.targets import command
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    from stationmap.errors import Finding

Findings = tuple["Finding", ...]


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
