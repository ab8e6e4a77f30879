"""A question put to the registry of a whole country: its figures, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from stationmap import files
from stationmap.audit.demand.areas import read_areas
from stationmap.audit.demand.census import NAME, PROXY, read_census
from stationmap.audit.demand.weights import Source
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.stations_inside import count_inside, notes_of, require_inside
from stationmap.audit.inputs.supply import Supply, WeekMasks, shut_on, week_of
from stationmap.audit.metrics.coverage import Coverage
from stationmap.audit.metrics.gaps import Gaps
from stationmap.audit.metrics.hourly_coverage import HourlyCoverage
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nation_coverage, spread_evenly
from stationmap.audit.nation.gaps import nation_gaps
from stationmap.audit.nation.hours import nation_hours
from stationmap.audit.nation.people import NationPeople
from stationmap.audit.nation.people_files import RasterPeople, people_of_file
from stationmap.audit.nation.sites import nation_sites
from stationmap.audit.nation.workers import HERE, Workers
from stationmap.audit.siting.proposal import Proposal
from stationmap.audit.studies.city_territory import city_areas
from stationmap.audit.studies.question import USUAL_QUESTION, StudyQuestion
from stationmap.audit.studies.stated import stated_registry
from stationmap.city import RESIDENTS, here
from stationmap.i18n import LANGUAGES
from stationmap.registry.registry import Registry

NAMED = 30  # areas that are named with the figures


@dataclass(frozen=True, eq=False)
class NationStudy:
    """Stations, areas and people of a country; `residents` are those of areas by code, where `people` is None."""

    registry: Registry
    country: Country
    source: Source
    """Where people come from."""
    people: NationPeople | None = None
    residents: Mapping[str, int] | None = None
    question: StudyQuestion = USUAL_QUESTION
    made_on: date | None = None
    by: Workers = HERE

    @cached_property
    def on_cells(self) -> NationPeople:
        """Who lives where."""
        return self.people or spread_evenly(self.country, self.residents or {}, self.by)

    @cached_property
    def supply(self) -> Supply:
        """The stations as the question judges them, at its moment if it has one."""
        question = self.question
        return Supply.of(self.registry.stations, question.requirements, question.at, question.day)

    @property
    def shut(self) -> Iterator[str]:
        """Names of the stations that would count, were they not shut by a temporary closure on the day studied."""
        stations, question = self.registry.stations, self.question
        if question.day is not None:
            wanted = Supply.of(stations, question.requirements).possible & shut_on(stations, question.day)
            yield from (stations[row].name for row in wanted.nonzero()[0].tolist())

    @cached_property
    def _week(self) -> tuple[Supply, tuple[WeekMasks, WeekMasks]]:
        anybody = Supply.of(self.registry.stations, self.question.requirements)
        return anybody, week_of(self.registry.stations, anybody, self.question.monday)

    @cached_property
    def coverage(self) -> Coverage:
        """Who is served, in all and by area."""
        return nation_coverage(self.country, self.on_cells, self.supply, self.question.radius_m, by=self.by)

    @cached_property
    def hours(self) -> HourlyCoverage:
        """How many people are served at each hour of the week, by area."""
        return nation_hours(self.country, self.on_cells, *self._week, self.question.radius_m, by=self.by)

    def gaps(self, listed: int) -> Gaps:
        """Where nobody is served: so many of the gaps of most people."""
        question = self.question
        return nation_gaps(
            self.country, self.on_cells, self.supply, question.radius_m,
            week=self._week[1], possible=question.possible, listed=listed, by=self.by,
        )  # fmt: skip

    def sites(self, n: int, spacing_m: float) -> Proposal:
        """Where at most `n` new stations bring most people within reach, `spacing_m` metres apart."""
        question = self.question
        return nation_sites(
            self.country, self.on_cells, self.supply, n, question.radius_m,
            spacing_m=spacing_m, possible=question.possible, by=self.by,
        )  # fmt: skip

    def stated(self) -> dict[str, Any]:
        """Return what every figure rests on, as JSON values: registry, people, parameters, date."""
        return {
            **stated_registry(self.registry),
            "demand": {
                "kind": self.source.kind,
                "name": self.source.name,
                "notes": {language: list(self.source.in_words(language)) for language in LANGUAGES},
                "people": self.coverage.total.people,
            },
            "parameters": {
                **self.question.stated(),
                "cell_m": self.country.grid.cell_m,
                **({"districts": list(self.country.codes)} if len(self.country.codes) <= NAMED else {}),
            },
            "shut": list(self.shut),
            "made_on": self.made_on and self.made_on.isoformat(),
        }


def read_nation(
    registry: Registry,
    question: StudyQuestion,
    *,
    areas: Path | None,
    residents: Path | None,
    people: Path | None,
    cell_m: float,
    made_on: date | None = None,
    by: Workers = HERE,
) -> NationStudy:
    """Make a study of the areas of a file, or of the city's, and of their residents or of the people of a file.

    Residents are those of a table such as data/areas/residents.csv, of the city where none is given. Raises
    InvalidAuditError where no station lies inside, or for what cannot be read.
    """
    polygons = read_areas(files.read(areas), areas.name).polygons if areas else city_areas()
    found = require_inside(count_inside(polygons.values(), registry), polygons)
    notes = *found.notes, *notes_of(Supply.of(registry.stations, question.requirements, day=question.day))
    country = Country.of(polygons, cell_m)
    if people is not None:
        read = people_of_file(people, country.grid)
        source = Source("raster" if isinstance(read, RasterPeople) else "points", people.name, (AT_PLACE, *notes))
        return NationStudy(registry, country, source, read, None, question, made_on, by)
    table = read_census(files.read(residents) if residents else here().read(RESIDENTS)).residents
    source = Source("residents", residents.name if residents else NAME, (PROXY, *notes))
    return NationStudy(registry, country, source, None, table, question, made_on, by)


AT_PLACE = Note("at_place")
