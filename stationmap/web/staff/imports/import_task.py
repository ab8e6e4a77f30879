"""The comparison of somebody's lists with the registry, done aside; what comes of it goes where the lists are kept."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any, NamedTuple, cast

import orjson

from stationmap import city, file_limit
from stationmap.city import AREAS
from stationmap.datum import Datum
from stationmap.editing.list_import import (
    SELECTABLE,
    ImportPreview,
    ListToImport,
    edits_of,
    preview_document,
    preview_import,
)
from stationmap.editing.list_import.column_mapping import understood
from stationmap.editing.list_import.listed_rows import is_exported
from stationmap.editing.list_import.prepared_lists import ListReading, decided, prepared, read_as_before
from stationmap.errors import InvalidTableError, ProgressCallback, StorageError
from stationmap.exchange.lists import StationList
from stationmap.hours.calendar import Calendar, adopt
from stationmap.i18n import LANGUAGES
from stationmap.registry.adcodes import known_districts
from stationmap.registry.checks import quality
from stationmap.registry.checks.positions import Counties
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Category
from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.storage import journal, list_sources, open_database, previews
from stationmap.storage.kept_text import station_text
from stationmap.web.staff.imports.kept_import import EDITS, READINGS, About, KeptImport, Problem


class AskedImport(NamedTuple):
    """The import of a token, of the registry of the settings."""

    settings: Settings
    calendar: Calendar
    token: str


class _Read(NamedTuple):
    """Files that were read: lists to compare, how they were read, and what keeps the others from it."""

    lists: tuple[ListToImport, ...]
    readings: tuple[ListReading, ...]
    problems: tuple[Problem, ...]


def compare_aside(asked: AskedImport, progress: ProgressCallback) -> None:
    """Compare the lists of an import with the latest revision, and keep what comes of it; raises StorageError."""
    adopt(asked.calendar)
    city.adopt(city.load(asked.settings.city))
    file_limit.adopt(asked.settings.max_registry_mb)
    progress(0.0, "files")
    with closing(open_database(asked.settings)) as database:
        with database.reading() as connection:
            latest = journal.head(connection, asked.settings.registry_key)
            found = latest and previews.found(connection, latest.registry_id, asked.token)
            if latest is None or found is None:
                raise StorageError("没有这个预览 no such preview")
            registry = journal.stored(connection, latest)
            known = list_sources.mappings(connection, latest.registry_id)
        kept = KeptImport(found.document)
        counties = quality.read_counties(city.here().read(AREAS))
        read = _read(kept, registry, known, counties)
        about, parts = _compared(kept.about, read, registry, counties, progress)
        document = kept.renewed(about, parts)
        with database.writing() as connection:
            present = previews.found(connection, latest.registry_id, asked.token)
            # Who decided something else meanwhile has begun another comparison.
            if present and KeptImport(present.document).about.decisions == kept.about.decisions:
                previews.replace(connection, asked.token, document, revision=registry.revision)


def _read(kept: KeptImport, registry: Registry, known: Any, counties: Counties) -> _Read:
    lists, readings, problems = [], [], []
    said = kept.about.decisions
    category = cast("Category | None", said.category or None)
    options = ImportOptions(datum=Datum(said.datum or "wgs84"), districts=known_districts(), category=category)
    for name, data in kept.files:
        try:
            reading = read_as_before(data, name, said.mapping, known, registry)
            readings.append(reading)
            lists.append(prepared(reading, options, counties))
        except InvalidTableError as error:
            problems.append(Problem(name, type(error).__name__, str(error)))
    return _Read(tuple(lists), tuple(readings), tuple(problems))


def _compared(
    before: About, read: _Read, registry: Registry, counties: Counties, progress: ProgressCallback
) -> tuple[About, dict[str, bytes]]:
    """Return the state and the parts of an import whose files were read."""
    about = before._replace(
        columns={given.name: _columns(given) for given, _ in read.readings if not is_exported(given)},
        as_before=tuple(given.name for given, mapping in read.readings if mapping != before.decisions.mapping),
        problems=read.problems,
    )
    if read.problems:
        return about._replace(state="refused"), {}
    try:
        preview = preview_import(
            read.lists,
            registry,
            counties=counties,
            identities=before.decisions.identities,
            progress=lambda done, phase: progress(0.1 + 0.7 * done, phase),
        )
    except InvalidTableError as error:  # invented stations for a real registry
        return about._replace(state="refused", problems=(Problem("", type(error).__name__, str(error)),)), {}
    progress(0.8, "words")
    return about._replace(state="ready"), _parts(preview, read.readings)


def _parts(preview: ImportPreview, readings: Iterable[ListReading]) -> dict[str, bytes]:
    edits = {
        group: [(edit.station_id, station_text(edit.mine)) for edit in edits_of(preview, [group])]
        for group in SELECTABLE
    }
    documents = {f"{language}.json": orjson.dumps(preview_document(preview, language)) for language in LANGUAGES}
    return {**documents, EDITS: orjson.dumps(edits), READINGS: orjson.dumps(decided(readings))}


def _columns(given: StationList) -> list[dict[str, str]]:
    return [each._asdict() for each in understood(given.sheet.columns)] if given.sheet else []
