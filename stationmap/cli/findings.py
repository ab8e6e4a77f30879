"""Print the findings of checks, one a line: Chinese first, then the code and the details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stationmap import i18n
from stationmap.cli.terminal import plain

if TYPE_CHECKING:
    from stationmap.errors import Finding

_SEVERITIES = {"error": "错误 error", "warning": "警告 warning"}
_ROW = re.compile(r"^row (\d+)")
_COLUMN = re.compile(r"^column (?=.)")


def print_findings(path: Path, findings: Iterable[Finding], row_of: Mapping[str, int] | None = None) -> None:
    """Print a line for each finding, then the number of errors and warnings; `row_of` maps station ids to table rows.

    The same finding in several rows of a table is printed once.
    """
    listed = tuple(findings)
    alike: dict[tuple[str, ...], list[Finding]] = {}
    for finding in listed:
        row = (row_of or {}).get(finding.where.partition(" ")[0])
        placed = finding if row is None else finding._replace(where=f"row {row} {finding.where}")
        alike.setdefault((_ROW.sub("row", placed.where, count=1), *placed[1:]), []).append(placed)
    for same in alike.values():
        click.echo(plain(f"{path}: {line(same[0], [int(number) for each in same for number in _rows(each)])}"))
    errors, warnings = count(listed, "error"), count(listed, "warning")
    click.echo(plain(f"{path}: {errors:,} 处错误 errors, {warnings:,} 处警告 warnings"))


def line(finding: Finding, rows: Sequence[int] = ()) -> str:
    """Return a finding in one line: 错误 error: 第 3 行 row 3 经度: bad_coordinates 坐标无法识别: 'x' is no number.

    `rows` are those of a table in which it stands, where there are several.
    """
    from stationmap.registry.csv_import.columns import spans

    every = spans(rows, max_parts=len(rows))
    numbered = f"第 {every} 行 rows {every}" if len(rows) > 1 else r"第 \1 行 row \1"
    where = _COLUMN.sub("列 column ", _ROW.sub(numbered, finding.where, count=1))
    key = f"finding.{finding.code}"
    meant = f" {i18n.translate('zh', key)}" if key in i18n.catalogue("zh") else ""
    return f"{_SEVERITIES[finding.severity]}: {where}: {finding.code}{meant}: {finding.detail}"


def _rows(finding: Finding) -> list[str]:
    return _ROW.findall(finding.where)[:1]


def count(findings: Iterable[Finding], severity: str) -> int:
    return sum(finding.severity == severity for finding in findings)
