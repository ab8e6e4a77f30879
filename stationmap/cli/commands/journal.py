"""`stationmap history` and `restore`: who changed what, and earlier revisions had again."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.audit_tables import MIN_WIDTH
from stationmap.cli.commands.backups import put_back
from stationmap.cli.options import json_option, open_editable, registry_option
from stationmap.cli.targets import command
from stationmap.cli.terminal import console, plain, print_demo_label, print_json

if TYPE_CHECKING:
    from stationmap.editing.fields import Field, FieldChange
    from stationmap.registry.model import Station
    from stationmap.storage import Change
    from stationmap.storage.journal import Entry, StationVersion
    from stationmap.storage.work_list import OpenConflict

SHOWN = 20
MAX_VALUE_LENGTH = 60
_NOT_SHOWN = "有变化，内容不显示 changed, not shown"
_KINDS = {
    "begin": "开始 begin",
    "edit": "编辑 edit",
    "bulk": "批量 bulk",
    "import": "导入 import",
    "file": "手改文件 file",
    "restore": "恢复 restore",
    "undo": "撤销 undo",
}
by_option = click.option("--by", "author", help="谁改的 Who changes it [default: the user of this machine].")
reason_option = click.option("--reason", default="", help="为什么 Why.")


@command("history")
@click.argument("station_id", metavar="[ID]", required=False)
@registry_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=SHOWN, show_default=True, help="最多几条 How many.")
@click.option("--conflicts", "only_conflicts", is_flag=True, help="待决的冲突 What could not be merged and waits.")
@json_option
def history_command(
    station_id: str | None, registry: Path | None, limit: int, only_conflicts: bool, as_json: bool
) -> None:
    """修改历史 Show who changed what, when and why: of the registry, or of one station field by field."""
    import orjson

    from stationmap.storage import journal, work_list

    with closing(open_editable(registry)) as editable, editable.database.reading() as connection:
        latest = journal.head(connection, editable.key)
        if latest is None:
            click.echo(f"{plain(str(editable.path))}: 还没有修改记录 nothing has been changed yet", err=True)
        if only_conflicts:
            waiting = work_list.waiting(connection, latest.registry_id) if latest else []
            of_station = [each for each in waiting if station_id in (None, each.station_id)]
            _print_conflicts(of_station[:limit], as_json=as_json)
        elif station_id is None:
            found = journal.entries(connection, latest, limit=limit) if latest else []
            _print_entries(found, as_json=as_json)
        else:
            versions = journal.history_of(connection, latest, station_id)[:limit] if latest else []
            _print_versions(station_id, versions, as_json=as_json)
    if latest is not None:
        print_demo_label(demo=orjson.loads(latest.header)["stationmap"].get("demo", False))


@command("restore")
@click.argument("what", metavar="REVISION|BACKUP.zip")
@registry_option
@click.option("--station", "ids", multiple=True, metavar="ID", help="只恢复这个站点 Only this station; repeatable.")
@click.option("--undo", "is_undo", is_flag=True, help="只撤销这一次 Take back only what this revision changed.")
@by_option
@reason_option
def restore_command(
    what: str, registry: Path | None, ids: tuple[str, ...], is_undo: bool, author: str | None, reason: str
) -> None:
    """恢复 Let the registry be what it was at a revision that `history` lists, or put everything back from a backup.

    It is a new change: the revision from before can be restored as well.
    """
    if ids and is_undo:
        raise click.UsageError("--station 与 --undo 不能同时用 are not for the same time")
    if not what.isalnum() and Path(what).is_file():  # a file named 3 is no revision 3
        if ids or is_undo or reason:
            raise click.UsageError("备份整个恢复 a backup is put back as a whole: without --station, --undo, --reason")
        put_back(Path(what), registry)
        return
    from stationmap.storage import restoring

    with closing(open_editable(registry)) as editable:
        who = author or user()
        if is_undo:
            done = restoring.undo(editable, what, author=who, reason=reason)
        else:
            done = restoring.restore(editable, what, author=who, ids=ids, reason=reason)
        print_change(editable.path, done)


def print_change(path: Path, done: Change) -> None:
    """Print what a change came to."""
    if not done.changed:
        click.echo(f"{plain(str(path))}: 没有变化 nothing to change, {done.registry.revision}")
    else:
        count = f"{len(done.changed):,} 个站点有变化 stations changed"
        click.echo(f"{plain(str(path))}: {count}; 版本 revision {done.seq} {done.registry.revision}")
    if done.unpublished:
        click.secho(
            f"已记录，但文件未更新 saved, but the file is not: {plain(done.unpublished)}", fg="yellow", err=True
        )
    print_demo_label(demo=done.registry.demo)


def user() -> str:
    """Return who works at this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name
        return ""


def _print_entries(entries: list[Entry], *, as_json: bool) -> None:
    if as_json:
        print_json([entry._asdict() for entry in entries])
        return
    from rich.table import Table

    table = Table(box=None)
    for heading in ("编号 No.", "时间 when", "方式 how", "站点 stations", "版本 revision"):
        table.add_column(heading, no_wrap=True)
    for heading in ("谁 by", "理由 reason"):
        table.add_column(heading, overflow="fold", min_width=8)
    for entry in entries:
        changed = f"{entry.changed:,}" if entry.kind != "begin" else f"= {entry.stations:,}"
        together = f" ×{entry.merged}" if entry.merged > 1 else ""
        known = (str(entry.seq), _when(entry.at), _KINDS[entry.kind] + together, changed, entry.revision)
        table.add_row(*known, plain(entry.author), plain(entry.reason))
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    screen.print(table)


def _print_versions(station_id: str, versions: list[StationVersion], *, as_json: bool) -> None:
    from stationmap.editing.fields import changed_fields

    if as_json:
        print_json([_version(version) for version in versions])
        return
    for entry, before, after in versions:
        head = f"{entry.seq}  {_when(entry.at)}  {entry.author}  {_KINDS[entry.kind]}  {entry.reason}".rstrip()
        click.echo(plain(head))
        if before is None or after is None:
            click.echo(f"    {'新增 added' if before is None else '移除 removed'}")
            continue
        for change in changed_fields(before, after):
            click.echo(plain(f"    {_line(change, before, after)}"))
    if not versions:
        click.echo(f"{plain(station_id)}: 没有修改记录 nothing has been changed", err=True)


def _print_conflicts(waiting: list[OpenConflict], *, as_json: bool) -> None:
    from stationmap.editing.fields import ABSENT

    if as_json:
        print_json([{name: value for name, value in _open(each).items() if value is not ABSENT} for each in waiting])
        return
    for each in waiting:
        click.echo(plain(f"{each.number}  {_when(each.at)}  {each.author}  {each.station_id or '登记册 registry'}"))
        known = _open(each)
        if not _tells(known, "base", "theirs", "mine"):
            click.echo(plain(f"    {each.field}: {_NOT_SHOWN}"))
            continue
        for what, version in (("原来 before", "base"), ("现在 now", "theirs"), ("未采用 not taken", "mine")):
            click.echo(plain(f"    {each.field} {what}: {_shown(known[version])}"))
    if not waiting:
        click.echo("没有待决的冲突 nothing waits to be decided", err=True)


def _open(conflict: OpenConflict) -> dict[str, Any]:
    """Return a conflict by members, its versions with what the format knows of them."""
    from stationmap.editing.fields import field_named

    versions = {"base": conflict.base, "mine": conflict.mine, "theirs": conflict.theirs}
    known = {name: value for name, value in conflict._asdict().items() if name not in versions}
    return known | _published(field_named(conflict.field), versions)


def _version(version: StationVersion) -> dict[str, Any]:
    from stationmap.editing.fields import changed_fields

    entry, before, after = version
    return {**entry._asdict(), "fields": [_field(change) for change in changed_fields(before, after)]}


def _field(change: FieldChange) -> dict[str, Any]:
    """Return a change as JSON; of what the format does not know only the name."""
    from stationmap.editing.fields import ABSENT

    known = _published(change.field, {"before": change.before, "after": change.after})
    return {"field": change.name} | {name: value for name, value in known.items() if value is not ABSENT}


def _line(change: FieldChange, before: Station, after: Station) -> str:
    """Return a change as people read it; of what only the file keeps, that it changed."""
    from stationmap.editing.field_words import change_in_words

    words = change_in_words(change.field, before, after)
    if words is None or words.before == words.after:
        return f"{change.name}: {_NOT_SHOWN}"
    old, new = ("无 none" if value is None else _shown(value) for value in (words.before, words.after))
    return f"{words.heading} {change.name}: {old} → {new}"


def _tells(known: dict[str, Any], first: str, *others: str) -> bool:
    """Tell whether versions differ in what is shown of them."""
    return first in known and any(known[each] != known[first] for each in others)


def _published(field: Field, versions: dict[str, Any]) -> dict[str, Any]:
    """Return versions of a field as far as the format knows it; the rest may be somebody's telephone number."""
    from stationmap.editing.fields import ABSENT
    from stationmap.editing.published import is_published, published_value

    if not is_published(field):
        return {}
    return {name: value if value is ABSENT else published_value(field, value) for name, value in versions.items()}


def _shown(value: Any) -> str:
    import json

    from stationmap.editing.fields import ABSENT

    text = "无 none" if value is ABSENT else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE_LENGTH else text[:MAX_VALUE_LENGTH] + "…"


def _when(at: datetime) -> str:
    from stationmap.hours.opening_hours import ZONE

    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
