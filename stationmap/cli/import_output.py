"""Print what lists would change: how they were read, a table a group, and what somebody has to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.audit_tables import MIN_WIDTH
from stationmap.cli.bilingual import both
from stationmap.cli.terminal import console, plain

if TYPE_CHECKING:
    from stationmap.editing.list_import import ImportPreview

SHOWN = 20  # rows of a group; --json lists all
MAX_TEXT = 120  # characters of a cell

Row = Mapping[str, Any]
Lines = Iterable[tuple[str, ...]]


class GroupTable(NamedTuple):
    """How a group is shown: its columns, and the lines of a row."""

    columns: tuple[str, ...]
    lines: Callable[[Row], Lines]


def print_preview(preview: ImportPreview) -> None:
    """Print a preview for people."""
    from stationmap.editing.list_import import preview_document

    document = preview_document(preview)
    for listed in document["files"]:
        _print_list(listed)
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    for group, table in TABLES.items():
        if document[group]:
            screen.print(_table(group, table, document[group]))
    for finding in (*document["datum_findings"], *document["findings"][:SHOWN]):
        click.echo(plain(f"警告 warning: {finding['where']}: {finding['code']} {finding['why']}"))
    if document["missing"]:
        click.echo(
            "清单里没有的站点仍保留；--apply missing 才改为已撤销 "
            "stations that are not in the lists stay; only --apply missing makes them closed"
        )
    click.echo(summary(document))


def summary(document: Row) -> str:
    """Return in a line how many rows each group has."""
    groups = (f"{both(f'import.{group}')} {len(document[group]):,}" for group in TABLES if document[group])
    return ", ".join((*groups, f"{both('import.unchanged')} {document['unchanged']:,}"))


def _print_list(listed: Row) -> None:
    name = listed["file"] + (f" [{listed['sheet']}]" if listed["sheet"] else "")
    origin = "本程序导出 exported by this program" if listed["exported"] else "外来清单 somebody's list"
    rows = f"{listed['rows']:,} 行 rows"
    click.echo(plain(f"{name}: {origin}, {rows}, 坐标系 datum {listed['datum'].upper()}"))
    columns = listed.get("columns", ())
    if columns and not listed["exported"]:
        read = ", ".join(f"{each['heading']} → {each['member']}" for each in columns if each["member"])
        click.echo(plain(f"{name}: 读取的列 columns read: {read}"))
    for each in columns:
        if not each["member"]:
            resembles = f"，像 resembles {each['resembles']}" if each["resembles"] else ""
            click.echo(plain(f"{name}: 没有读的列 column not read: {each['heading']}{resembles} (--map 列名=member)"))
    for finding in listed["findings"]:
        click.echo(plain(f"{name}: {finding['where']}: {finding['code']} {finding['why']}"))


def _table(group: str, shown: GroupTable, rows: Sequence[Row]) -> Any:
    from rich.table import Table

    table = Table(title=f"{both(f'import.{group}')}: {len(rows):,}", title_justify="left")
    for column in shown.columns:
        table.add_column(column, overflow="fold")
    for row in rows[:SHOWN]:
        for line in shown.lines(row):
            table.add_row(*(_text(cell) for cell in line))
    if len(rows) > SHOWN:
        districts = f"; {districts_of(rows)}" if group == "missing" else ""
        table.caption = plain(f"另有 {len(rows) - SHOWN:,} 行 more rows: --json{districts}")
    return table


def _text(value: str) -> str:
    return plain(value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}…")


def _where(row: Row) -> str:
    places = [row, *row.get("also", ())]
    return "; ".join(" ".join(filter(None, (each["file"], each["sheet"], f"{each['row']}"))) for each in places)


def _added(row: Row) -> Lines:
    notes = "; ".join(f"{each['column'] or ''} {each['why']}".strip() for each in row["notes"])
    yield row["id"], row["name"], f"{row['district']} {row['category']}", notes, _where(row)


def _changed(row: Row) -> Lines:
    for each in row["fields"]:
        read_as = each.get("opening_hours")
        after = each["after"] or "（清空 cleared）"
        after += f" = {read_as}" if read_as and read_as != after else ""
        yield row["id"], row["name"], each["heading"], each["before"] or "（空 empty）", after, _where(row)


def _moved(row: Row) -> Lines:
    for each in _changed(row):
        yield *each[:2], f"{row['distance_m']:,.0f} m", *each[2:]


def _duplicate(row: Row) -> Lines:
    for each in row["likely"]:
        there = f"{each['id']} {each['name']}" + (f" ({_where(each)})" if each["file"] else "")
        why = f"{each['why']}, {each['distance_m']:,.0f} m"
        yield row["id"], row["name"], there, why, f"{each['sure']:.0%}", _where(row)


def _conflict(row: Row) -> Lines:
    for each in row["fields"]:
        theirs = each["theirs"] or "（空 empty）"
        theirs += f" ({_where(each['theirs_from'])})" if each["theirs_from"] else ""
        versions = (each["base"] or "（空 empty）", each["mine"] or "（清空 cleared）", theirs)
        yield row["id"], row["name"], each["heading"], *versions, _where(row)


def _missing(row: Row) -> Lines:
    status = both(f"register_status.{row['status']}")
    yield row["id"], row["name"], f"{row['district']} {row['category']}", status


def _rejected(row: Row) -> Lines:
    for each in row["cells"]:
        yield row["id"], row["name"], each["column"] or "", each["why"], each["mend"], _where(row)


_ID, _NAME, _FIELD, _WHERE = "编号 id", "名称 name", "项目 field", "行 row"
TABLES: Mapping[str, GroupTable] = {
    "added": GroupTable((_ID, _NAME, "区县 district", "说明 notes", _WHERE), _added),
    "changed": GroupTable((_ID, _NAME, _FIELD, "原来 before", "改为 after", _WHERE), _changed),
    "moved": GroupTable((_ID, _NAME, "移动 moved", _FIELD, "原来 before", "改为 after", _WHERE), _moved),
    "duplicate": GroupTable((_ID, _NAME, "可能是 perhaps", "理由 why", "把握 sure", _WHERE), _duplicate),
    "conflict": GroupTable((_ID, _NAME, _FIELD, "导出时 base", "清单 list", "现在 now", _WHERE), _conflict),
    "missing": GroupTable((_ID, _NAME, "区县 district", "状态 status"), _missing),
    "rejected": GroupTable((_ID, _NAME, "列 column", "原因 why", "怎么改 mend", _WHERE), _rejected),
}


def districts_of(rows: Iterable[Row]) -> str:
    """Return how many rows there are of each district, most first."""
    return ", ".join(f"{name} {count:,}" for name, count in Counter(row["district"] for row in rows).most_common())
