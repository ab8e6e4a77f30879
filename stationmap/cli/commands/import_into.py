"""`stationmap import FILE.. --into REGISTRY`: what lists would change, and, of that, what somebody chooses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stationmap.cli.audit_output import fraction_bar
from stationmap.cli.commands.journal import print_change
from stationmap.cli.import_output import print_preview
from stationmap.cli.list_sources import known_mappings, remember
from stationmap.cli.options import now, settings
from stationmap.cli.terminal import plain, print_demo_label, print_json

if TYPE_CHECKING:
    from stationmap.editing.edits import Edit
    from stationmap.editing.list_import import ColumnMapping, Group, ImportPreview, ListToImport
    from stationmap.editing.list_import.prepared_lists import ListReading, Mappings
    from stationmap.registry.checks.positions import Counties
    from stationmap.registry.csv_import.rows import ImportOptions
    from stationmap.registry.registry import Registry
    from stationmap.storage import Change


class Choice(NamedTuple):
    """What of a preview somebody wants: groups, None where nobody has chosen yet; ids; who, and why.

    `trusts_datum` tells that the datum was checked although the places speak for another.
    """

    groups: tuple[Group, ...] | None
    only: tuple[str, ...]
    without: tuple[str, ...]
    identities: dict[str, str]
    new: tuple[str, ...]
    trusts_datum: bool
    author: str
    reason: str


def groups_of(text: str | None) -> tuple[Group, ...] | None:
    """Return the groups that `--apply` names: some of them, `all` or `none`; raises click.BadParameter."""
    from stationmap.editing.list_import import SELECTABLE, USUAL

    if text is None:
        return None
    named = [each.strip() for each in text.split(",") if each.strip()]
    known: dict[str, tuple[Group, ...]] = {"all": USUAL, "none": ()}
    known |= {group: (group,) for group in SELECTABLE}
    if unknown := [each for each in named if each not in known]:
        raise click.BadParameter(
            f"{', '.join(unknown)}: 可用 groups are {', '.join(SELECTABLE)}, all (= {', '.join(USUAL)}), none; "
            "重复、冲突、未接受的行要先由人决定 the other groups have to be decided first",
            param_hint="--apply",
        )
    return tuple(dict.fromkeys(group for each in named for group in known[each]))


def identities_of(same: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """Return what `--same ROW=STATION` and `--new ROW` decide; raises click.BadParameter."""
    decided = {each: each for each in new}
    for each in same:
        stated, equals, known = each.partition("=")
        if not (stated and equals and known):
            raise click.BadParameter(f"{each!r} 不是 is not ROW=STATION, such as 7=007", param_hint="--same")
        decided[stated] = known
    return decided


def run(
    tables: Sequence[Path], into: Path, mapping: ColumnMapping, options: ImportOptions, choice: Choice, *, as_json: bool
) -> None:
    """Show what lists would change in a registry, apply what was chosen; end with 1 where a row needs a decision."""
    from stationmap.editing.list_import import edits_of, preview_document
    from stationmap.errors import StationmapError
    from stationmap.registry import store

    if not into.exists():
        raise StationmapError(
            f"{into}: 没有这个登记册 there is no such registry; 新建 a new one: import IN.csv OUT.geojson"
        )
    registry = store.load(into)
    _expect_new(choice.new, registry)
    preview, read_as = _preview(tables, into, registry, mapping, options, choice)
    as_before = [given.name for given, read_by in read_as if read_by != mapping]
    if not as_json:
        for name in as_before:
            click.echo(plain(f"{name}: 列和坐标系按上次的说法 columns and datum as they were stated the last time"))
        print_preview(preview)
    is_stopped = bool(preview.datum_findings) and not choice.trusts_datum
    edits: tuple[Edit, ...] = ()
    if choice.groups and not is_stopped:
        edits = edits_of(preview, choice.groups, only=choice.only, without=choice.without)
    done = _save(into, registry, edits, choice, read_as) if edits else None
    if as_json:
        applied = {"stations": len(done.changed), "revision": done.registry.revision, "seq": done.seq} if done else None
        print_json({**preview_document(preview), "as_before": as_before, "applied": applied})
    else:
        _print_outcome(into, preview, choice, done, is_stopped=is_stopped)
    if as_json or done is None:
        print_demo_label(demo=registry.demo)
    if is_stopped or preview.needs_decision:
        raise click.exceptions.Exit(1)


def _expect_new(rows: Sequence[str], registry: Registry) -> None:
    """Raise click.BadParameter for rows to be added under the id of a station that is there: they would replace it."""
    if taken := [f"{each} {known.name}" for each in rows if (known := registry.get(each))]:
        raise click.BadParameter(
            f"{plain('；'.join(taken))}: 编号已有站点在用，请在清单里给这一行一个没用过的编号 "
            "the id is that of a station already: give the row another one in the list",
            param_hint="--new",
        )


def _preview(
    tables: Sequence[Path],
    into: Path,
    registry: Registry,
    mapping: ColumnMapping,
    options: ImportOptions,
    choice: Choice,
) -> tuple[ImportPreview, tuple[ListReading, ...]]:
    """Return the preview, and how the columns of each list were read."""
    from stationmap.city import AREAS, here
    from stationmap.editing.list_import import preview_import
    from stationmap.registry.checks import quality

    counties = quality.read_counties(here().read(AREAS))
    known = known_mappings(into)
    with fraction_bar("预览 preview") as progress:
        found = [_listed(path, registry, (mapping, known), options, counties) for path in tables]
        lists = [listed for listed, _ in found]
        preview = preview_import(lists, registry, counties=counties, identities=choice.identities, progress=progress)
    return preview, tuple(reading for _, reading in found)


def _listed(
    path: Path,
    registry: Registry,
    mappings: tuple[ColumnMapping, Mappings],
    options: ImportOptions,
    counties: Counties,
) -> tuple[ListToImport, ListReading]:
    from stationmap import file_limit, files
    from stationmap.editing.list_import.prepared_lists import prepared, read_as_before
    from stationmap.errors import InvalidTableError, StationmapError

    stated, known = mappings
    try:
        reading = read_as_before(
            files.read(path, max_bytes=max(files.MAX_BYTES, file_limit.max_bytes())), path.name, stated, known, registry
        )
        return prepared(reading, options, counties), reading
    except InvalidTableError as error:
        raise StationmapError(f"{path}: {error}") from error


def _save(
    into: Path, registry: Registry, edits: Sequence[Edit], choice: Choice, read_as: Sequence[ListReading]
) -> Change:
    """Save edits as one revision, and how the lists were read for the next ones of their form."""
    from stationmap.storage import open_editable

    with closing(open_editable(settings(registry=into), clock=now, earlier=registry)) as editable:
        done = editable.change(edits, author=choice.author, reason=choice.reason, kind="import")
        remember(editable, read_as)
        return done


def _print_outcome(
    into: Path, preview: ImportPreview, choice: Choice, done: Change | None, *, is_stopped: bool
) -> None:
    from stationmap.editing.list_import import USUAL

    if is_stopped:
        click.secho(
            "坐标系可能选错，没有写入：核对 --datum，确认无误再加 --trust-datum "
            "the datum may be wrong, nothing is written: check --datum, then add --trust-datum if it is right",
            fg="yellow",
            bold=True,
        )
    elif done is not None:
        print_change(into, done)
        click.echo(f"撤销 take it back: stationmap restore {done.seq} --undo --registry {plain(str(into))}")
    elif choice.groups is None and any(preview.groups[group] for group in USUAL):
        click.echo("没有写入；要写入，同一条命令加 nothing is written; to write it, the same command with: --apply all")
    else:
        click.echo(plain(f"{into}: 没有要写的 there is nothing to write"))
    if preview.groups["conflict"]:
        click.echo(
            "冲突的格保持现在的值；要用清单的值，请重新导出，在新清单里改这一格再导入 "
            "cells in conflict stay as they are now: to have the list's value, export anew, change that cell, import it"
        )
    if preview.groups["duplicate"]:
        click.echo("可能重复的行 possible duplicates: --same 行编号=站点编号 ROW=STATION, --new 行编号 ROW")
