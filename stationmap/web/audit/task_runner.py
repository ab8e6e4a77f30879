"""How each task of the audit is answered, in the process that computes: bytes to be sent come out."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
import shapely
from pydantic import TypeAdapter

from stationmap import city, city_files
from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.inputs.stations_inside import count_inside
from stationmap.audit.metrics.gaps import Gaps
from stationmap.audit.output.export import FORMS, file_of
from stationmap.audit.output.report import report_html
from stationmap.audit.output.result_tables import proposal_sheets, sheets_of
from stationmap.audit.siting import Proposal
from stationmap.audit.siting.proposal import Landmark
from stationmap.audit.studies.landmarks import Landmarks
from stationmap.audit.studies.propose import SitingRequest, propose
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.city import PLACES, STREETS
from stationmap.defaults import MAP_ENDINGS, PAGE_SITING_S
from stationmap.errors import EnoughError, ProgressCallback
from stationmap.hours.calendar import adopt
from stationmap.registry.registry import parse
from stationmap.web.audit import cells as audit_cells
from stationmap.web.audit import ways as audit_ways
from stationmap.web.audit.area_files import city_study_area, with_notes
from stationmap.web.audit.computations import Answer
from stationmap.web.audit.tasks import Context, Task

if TYPE_CHECKING:
    from stationmap.places.places import Places
    from stationmap.streets.network import Network

COLUMNS, JSON, HTML = "application/octet-stream", "application/json", "text/html; charset=utf-8"
_LEVEL = 5
_DIGITS = 6  # of a degree: a decimetre


class TaskRunner:
    """A context laid out to work at; one task at a time."""

    def __init__(self, context: Context) -> None:
        """Lay it out, and let the process go by its calendar."""
        adopt(context.calendar)
        city.adopt(city.load(context.city))
        self.key, self._made_on, self._extract = context.key, context.made_on, context.extract
        self._registry = parse(context.registry)
        self._area = context.area or city_study_area()
        self._placed = count_inside(self._area.territory.polygons, self._registry)
        self._demand = with_notes(self._area.demand, *self._placed.notes)
        self._study: Study | None = None
        self._with_doors: Study | None = None
        self._on_progress: ProgressCallback = lambda _progress, _phase: None

    def answer(self, task: Task, on_progress: ProgressCallback) -> Answer:
        """Do a task; `on_progress` hears of it, and cancels it by raising.

        EnoughError ends a search for sites with the best so far, and leaves all else to be done.
        """
        self._on_progress = _until_done(on_progress)
        options = dict(task.options)
        study = self._asking(task.question, options.pop("doors", None))
        data, media_type, proposal = _MAKERS[task.kind](self, study, options, on_progress)
        self._on_progress(1.0, "")
        return Answer(gzip.compress(data, _LEVEL, mtime=0), media_type, proposal)

    def _asking(self, question: StudyQuestion, doors: LockedDoors | None) -> Study:
        """Return the study of a question; that of the last one, with what it has found out, where it is the same."""
        if self._study is None or self._study.question != question:
            territory, made_on = self._area.territory, self._made_on
            streets = self._streets if question.by == "network" else None
            self._study = Study(
                self._registry, territory, self._demand, question, made_on, check=self._check, streets=streets
            )
            self._study = self._study.with_places(self._places)
            self._with_doors = None
        if doors is None:
            return self._study
        if self._with_doors is None or self._with_doors.locked_doors != doors:
            self._with_doors = self._study.with_locked_doors(doors)
        return self._with_doors

    @cached_property
    def _streets(self) -> Network | None:
        """The streets of the folder; read with the first question along streets."""
        return city_files.read(self._extract, (STREETS,)).streets if self._extract else None

    @cached_property
    def _places(self) -> Places | None:
        """The places by which gaps and sites are named."""
        return city_files.read(self._extract, (PLACES,)).places if self._extract else None

    def _check(self) -> None:
        self._on_progress(0.0, "")

    def basis(self, study: Study, _options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
        """Make what the page shows at first: what its figures are based on, and how the stations lie."""
        area, found = self._area, self._placed
        document = {
            "stated": study.stated(),
            "placed": {name: getattr(found, name) for name in ("inside", "outside", "stations")},
            "codes": area.territory.codes,
            "names": dict(area.names),
        }
        return orjson.dumps(document), JSON, b""

    def cells(self, study: Study, _options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
        """Make the document of cells."""
        return audit_cells.document(study, self._area.names), COLUMNS, b""

    def ways(self, study: Study, _options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
        """Make the document of how far every cell is from stations along streets."""
        return audit_ways.document(study), COLUMNS, b""

    def week(self, study: Study, _options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
        """Make the document of a week."""
        return audit_cells.week_document(self._registry, study.question.monday), COLUMNS, b""


Made = tuple[bytes, str, bytes]


def _until_done(on_progress: ProgressCallback) -> ProgressCallback:
    """Return the callback of work of which nothing is left unless it is done: nothing less is enough."""

    def tell(done: float, phase: str) -> None:
        with suppress(EnoughError):
            on_progress(done, phase)

    return tell


def _hours(_runner: TaskRunner, study: Study, _options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
    found = study.week
    sides = {"sure": found.confirmed.tolist(), "possible": found.possible.tolist(), "people": found.people.tolist()}
    document = {"stated": study.stated(), "districts": list(study.territory.codes), **sides, "found": _found(study)}
    return orjson.dumps(document), JSON, b""


def _found(study: Study) -> dict[str, Any] | None:
    """Return coverage as riders found it; None where no door is known to have been locked."""
    found = study.as_found
    if found is None:
        return None
    return {"sure": found.found.tolist(), "stations": [each._asdict() for each in found.stations]}


def _file(_runner: TaskRunner, study: Study, options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
    ending, name, language = options["ending"], options["outcome"], options["language"]
    if name == "sites":
        sheets = proposal_sheets(proposal_of(options["proposal"]), language)
    else:
        sheets = sheets_of(study, name, language, mapped=ending in MAP_ENDINGS)
    return file_of(ending, sheets, study.stated(), language), FORMS[ending].media_type, b""


def _report(_runner: TaskRunner, study: Study, options: dict[str, Any], _on_progress: ProgressCallback) -> Made:
    proposal = proposal_of(options["proposal"]) if options["proposal"] else None
    return report_html(study, proposal, language=options["language"]).encode(), HTML, b""


def _gaps(_runner: TaskRunner, study: Study, _options: dict[str, Any], on_progress: ProgressCallback) -> Made:
    _until_done(on_progress)(0.1, "gaps")
    return orjson.dumps({"stated": study.stated(), "gaps": gaps_of(study.gaps, study.landmarks)}), JSON, b""


def _sites(_runner: TaskRunner, study: Study, options: dict[str, Any], on_progress: ProgressCallback) -> Made:
    wish = SitingRequest(**options, possible=study.question.possible, seconds=PAGE_SITING_S)
    found: Proposal = propose(study, wish, progress=on_progress)
    document = {"stated": study.stated(), "proposal": dataclasses.asdict(found)}
    return orjson.dumps(document), JSON, proposal_json(found)


_MAKERS: dict[str, Callable[[TaskRunner, Study, dict[str, Any], ProgressCallback], Made]] = {
    "basis": TaskRunner.basis,
    "cells": TaskRunner.cells,
    "week": TaskRunner.week,
    "ways": TaskRunner.ways,
    "hours": _hours,
    "file": _file,
    "report": _report,
    "gaps": _gaps,
    "sites": _sites,
}


def proposal_json(proposal: Proposal) -> bytes:
    """Return a proposal as JSON from which `proposal_of` makes the same one."""
    return json.dumps(dataclasses.asdict(proposal)).encode()


def proposal_of(text: bytes) -> Proposal:
    """Return the proposal of `proposal_json`; raises pydantic's ValidationError for what is none."""
    return _PROPOSAL.validate_python(json.loads(text))


_PROPOSAL = TypeAdapter(Proposal)


def gaps_of(found: Gaps, landmarks: Landmarks) -> dict[str, Any]:
    """Return gaps as a FeatureCollection with the facts a reader clicks for."""
    features = [
        {
            "type": "Feature",
            "geometry": orjson.loads(shapely.to_geojson(shapely.transform(gap.polygon, lambda at: at.round(_DIGITS)))),
            "properties": {
                "rank": gap.rank,
                "people": gap.people,
                "area_km2": gap.area_km2,
                "districts": gap.districts,
                "nearest_id": gap.nearest_id,
                "nearest_m": gap.nearest_m,
                "hours": gap.hours,
                "site": [gap.site.lon, gap.site.lat],
                "landmark": _landmark(landmarks.beside(gap.site.lon, gap.site.lat)),
                "site_people": gap.site_people,
                "site_nearest_id": gap.site_nearest_id,
                "site_nearest_m": gap.site_nearest_m,
            },
        }
        for gap in found.gaps
    ]
    return {"type": "FeatureCollection", "people": found.people, "area_km2": found.area_km2, "features": features}


def _landmark(found: Landmark | None) -> dict[str, Any] | None:
    return dataclasses.asdict(found) if found else None
