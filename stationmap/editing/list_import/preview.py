"""Lists against a registry: each row is read, matched by its id, merged with what others did since, and grouped.

    listed = [ListToImport.of(read_list(data, name), options, counties)]
    preview = preview_import(listed, registry, counties=counties)

A row is validated before it is compared, so that no bad row hides among unchanged ones. A station that the lists do not
name is `missing` and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from stationmap.editing.list_import.gathered_rows import GatheredRows
from stationmap.editing.list_import.groups import GROUPS, Group, ImportPreview, Likely, PreviewRow
from stationmap.editing.list_import.likeness import KnownStations, Likeness, distances_m
from stationmap.editing.list_import.listed_rows import Identities, ListToImport, readings
from stationmap.errors import Finding, InvalidTableError, ProgressCallback, bounded, no_progress
from stationmap.finding_codes import FindingCode
from stationmap.registry.checks import datum_shift, personal, positions
from stationmap.registry.checks.positions import Counties, StationArrays
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest_of

PROGRESS_ROWS = 500

Rows = dict[Group, list[PreviewRow]]


def preview_import(
    lists: Sequence[ListToImport],
    registry: Registry,
    *,
    counties: Counties | None = None,
    identities: Identities | None = None,
    progress: ProgressCallback = no_progress,
) -> ImportPreview:
    """Return what lists would change in a registry.

    `counties` are the polygons of the city's districts; `identities` are decisions about ids that resemble others: the
    station that is meant, or the id itself where it is a new one. Raises InvalidTableError for invented stations that
    would get into a real registry.
    """
    _refuse_demo(lists, registry)
    decided = identities or {}
    gathered = GatheredRows(registry)
    total, done = max(1, sum(map(len, lists))), 0
    for listed in lists:
        gathered.begin_list(listed)
        for reading in readings(listed, registry, decided):
            gathered.add(reading)
            done += 1
            if done % PROGRESS_ROWS == 0:
                progress(0.9 * done / total, "rows")
    progress(0.9, "likeness")
    rows = _rows(gathered, decided)
    named = {row.station_id for group in GROUPS if group != "missing" for row in rows[group]}
    return ImportPreview(
        revision=registry.revision,
        demo=registry.demo,
        lists=tuple(lists),
        groups={group: tuple(rows[group]) for group in GROUPS},
        unchanged=len(gathered.where.keys() - named),
        datum_findings=tuple(_datum_findings(gathered, counties)),
        findings=tuple(bounded((*gathered.findings, *_kept_columns(rows), *_outside(_placed_rows(rows), counties)))),
    )


def _refuse_demo(lists: Sequence[ListToImport], registry: Registry) -> None:
    invented = [listed.list.name for listed in lists if listed.list.demo]
    if invented and not registry.demo:
        raise InvalidTableError(
            f"{', '.join(invented)}: 是演示数据，不能并入真实的登记册 holds invented stations, the registry real ones"
        )


def _rows(gathered: GatheredRows, identities: Identities) -> Rows:
    """Return every group, each in the order in which the lists, or the registry, name its stations."""
    rows: Rows = {group: [] for group in GROUPS}
    for row in _changed_rows(gathered):
        rows["moved" if row.is_moved else "changed"].append(row)
    for row in _new_rows(gathered, identities):
        rows["duplicate" if row.likely else "added"].append(row)
    for station_id, conflicts in gathered.conflicts.items():
        before, after = gathered.registry.get(station_id), gathered.after.get(station_id)
        name = before.name if before else after.name if after else ""
        where = gathered.where[station_id]
        rows["conflict"].append(PreviewRow(station_id, name, where, before, after, conflicts=tuple(conflicts)))
    rows["rejected"] = gathered.rejected_in_order()
    # A station that a row perhaps means is not known to be missing.
    named = {each.station_id for row in rows["duplicate"] for each in row.likely} | gathered.where.keys()
    missing = (station for station in gathered.registry.stations if station.id not in named)
    rows["missing"] = [PreviewRow(station.id, station.name, before=station, after=station) for station in missing]
    return rows


def _changed_rows(gathered: GatheredRows) -> Iterator[PreviewRow]:
    registry = gathered.registry
    changed = [(registry[each.id], each) for each in gathered.after.values() if each.id in registry]
    metres = distances_m([before for before, _ in changed], [after for _, after in changed])
    for (before, after), distance_m in zip(changed, metres.tolist(), strict=True):
        if digest_of(before) != digest_of(after):
            where = gathered.where[after.id]
            yield PreviewRow(after.id, after.name, where, before, after, distance_m=distance_m)


def _new_rows(gathered: GatheredRows, identities: Identities) -> Iterator[PreviewRow]:
    """Yield the rows of stations that are not there, each with those that it may be."""
    registry = gathered.registry
    new = [
        PreviewRow(each.id, each.name, gathered.where[each.id], None, each, gathered.notes.get(each.id, ()))
        for each in gathered.after.values()
        if each.id not in registry
    ]
    new += [
        PreviewRow(each.station_id, each.name, (each.where,), None, each.mine, each.faults)
        for each in gathered.clashing
    ]
    if not new:
        return
    stations = [row.after for row in new if row.after]
    known = KnownStations.of([*registry.stations, *stations])
    ours = [_own_list(gathered, row) for row in new]

    def excluded(at: int, other: int) -> bool:
        earlier = other - len(registry)
        # Of two rows the later one is in question; stations of one registry are known to be two.
        return earlier >= at or (earlier >= 0 and ours[at] is not None and ours[at] == ours[earlier])

    for row, likely in zip(new, known.likely(stations, excluded=excluded), strict=True):
        is_decided = identities.get(row.station_id) == row.station_id and row.station_id not in registry
        found = () if is_decided else tuple(_likely(each, registry, new) for each in likely)
        yield replace(row, likely=found)


def _own_list(gathered: GatheredRows, row: PreviewRow) -> int | None:
    """Return the place of the list that a new station comes from, if this program exported it."""
    at = gathered.list_of.get(row.station_id)
    return at if at is not None and gathered.read[at][0].is_ours else None


def _likely(found: Likeness, registry: Registry, new: Sequence[PreviewRow]) -> Likely:
    at, reasons, sure, distance_m = found
    if at < len(registry):
        station = registry.stations[at]
        return Likely(station.id, station.name, None, reasons, sure, distance_m)
    row = new[at - len(registry)]
    return Likely(row.station_id, row.name, row.where[0], reasons, sure, distance_m)


def _datum_findings(gathered: GatheredRows, counties: Counties | None) -> Iterator[Finding]:
    """Find lists whose coordinates another datum explains better than the one that was declared."""
    for listed, stations in gathered.read:
        arrays, earlier = StationArrays.of(stations), StationArrays.of(gathered.registry.stations)
        # Into a list of ours, too, people copy coordinates from a map.
        found = [*datum_shift.against_earlier(arrays, earlier)] if stations else []
        if counties and stations and listed.table and not listed.is_ours and not listed.table.sheet.lacking:
            found += datum_shift.against_borders(arrays, counties, read_as=listed.table.options.datum)
        for finding in found:
            batch = "" if finding.where == "registry" else f" {finding.where}"
            yield finding._replace(where=f"{listed.list.name}{batch}")


def _kept_columns(rows: Rows) -> Iterator[Finding]:
    """Name the columns that are only kept in the file, with the new stations of their rows, and which look personal."""
    columns: dict[str, list[str]] = {}
    for row in rows["added"]:
        kept = (row.after.properties.model_extra or {}).get("source_columns") if row.after else None
        for header, value in kept.items() if isinstance(kept, dict) else ():
            columns.setdefault(header, []).append(str(value))
    for header, values in columns.items():
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in personal.personal_data(header, values).items())
        code: FindingCode = "personal_data" if kinds else "column_kept"
        detail = f"{len(values):,} cells of new stations are kept in source_columns" + (f": {kinds}" if kinds else "")
        yield Finding(f"column {header[:40]}", code, detail, "warning")


def _placed_rows(rows: Rows) -> Iterator[PreviewRow]:
    return chain(rows["added"], rows["changed"], rows["moved"])


def _outside(rows: Iterable[PreviewRow], counties: Counties | None) -> Iterator[Finding]:
    """Find stations that the lists put outside the district that they state."""
    placed = [
        row.after for row in rows if row.after and (row.before is None or _place(row.before) != _place(row.after))
    ]
    return positions.outside_district(StationArrays.of(placed), counties) if counties and placed else iter(())


def _place(station: Station) -> tuple[object, ...]:
    return station.district, station.geometry.coordinates
