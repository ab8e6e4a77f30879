"""One study: a registry, the people it is measured against and a question, with every result made once.

The command line, the page, downloads and the report all draw on a study, so that their figures are the same ones and
each names what it rests on (`Study.stated`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.inputs.reach import Reach, straight_reach
from stationmap.audit.inputs.supply import Supply, WeekMasks, shut_on, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, CoverageCounter, WeightedPoints, added, coverage, figures
from stationmap.audit.metrics.hourly_coverage import HourlyCoverage, hourly_coverage
from stationmap.audit.studies.city_territory import city
from stationmap.audit.studies.question import NO_STREETS, USUAL_QUESTION, StudyQuestion
from stationmap.audit.studies.stated import StatedWays, stated_places, stated_registry, stated_ways
from stationmap.defaults import CELL_M
from stationmap.errors import CancelCheck, InvalidAuditError, never_cancelled
from stationmap.i18n import LANGUAGES
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

if TYPE_CHECKING:
    from stationmap.audit.inputs.network_reach import NetworkReach
    from stationmap.audit.metrics.as_found import AsFound
    from stationmap.audit.metrics.equity import Equity
    from stationmap.audit.metrics.floating_catchment import Capacity
    from stationmap.audit.metrics.gaps import Gaps
    from stationmap.audit.studies.landmarks import Landmarks
    from stationmap.places.places import Places
    from stationmap.streets.network import Network

CoverageFunction = Callable[[Territory, Demand, Supply, Reach], Coverage]
"""Counts coverage, here or elsewhere; the figures are the same."""


@dataclass(frozen=True, eq=False)
class Study:
    """A question put to a registry over a territory and its people. Results are worked out on first use."""

    registry: Registry
    territory: Territory
    demand: Demand
    question: StudyQuestion = USUAL_QUESTION
    made_on: date | None = None
    count_coverage: CoverageFunction = coverage
    check: CancelCheck = never_cancelled
    """Called while outcomes are worked out; it raises to end that."""
    locked_doors: LockedDoors | None = None
    """What riders found locked; None where nobody knows of reports."""
    streets: Network | None = None
    """The streets for questions along streets; None where there are none."""
    places: Places | None = None
    """Named places of the city, by which gaps and sites are spoken of; None where there are none."""
    beside: Reach | None = None
    """What straight figures stand beside: how far people are is then that of those whose way by it is known."""

    @classmethod
    def of_city(
        cls,
        registry: Registry,
        question: StudyQuestion = USUAL_QUESTION,
        *,
        cell_m: float = CELL_M,
        districts: Collection[str] = (),
        made_on: date | None = None,
        count_coverage: CoverageFunction = coverage,
    ) -> Study:
        """Study the residents of the city's districts, all of them or those of the codes given."""
        from stationmap.audit.demand.census import residents

        territory = city(cell_m, frozenset(districts))
        return cls(registry, territory, residents(territory), question, made_on, count_coverage)

    def with_question(self, question: StudyQuestion) -> Study:
        """Return the same study with another question."""
        return replace(self, question=question)

    def with_registry(self, registry: Registry) -> Study:
        """Return the same study of another registry."""
        return replace(self, registry=registry)

    def with_demand(self, demand: Demand) -> Study:
        """Return the same study of other people in the same territory."""
        return replace(self, demand=demand)

    def with_streets(self, streets: Network | None) -> Study:
        """Return the same study with the streets of an extract."""
        return replace(self, streets=streets)

    def with_places(self, places: Places | None) -> Study:
        """Return the same study with the named places of the city."""
        return replace(self, places=places)

    def with_locked_doors(self, doors: LockedDoors | None) -> Study:
        """Return the same study with what riders found locked."""
        return replace(self, locked_doors=doors)

    @cached_property
    def reach(self) -> Reach:
        """How far stations serve, by which every figure is measured.

        Raises InvalidAuditError for a question along streets where none are known.
        """
        is_straight = self.question.by == "straight"
        return straight_reach(self.question.radius_m, self.beside) if is_straight else self.street_reach

    @cached_property
    def street_reach(self) -> NetworkReach:
        """How far stations serve along streets; raises InvalidAuditError where none are known."""
        from stationmap.audit.inputs.network_reach import NetworkReach

        question, rim = self.question, self.territory.grid.cell_m
        if self.streets is None:
            raise InvalidAuditError(NO_STREETS)
        if question.minutes is not None:
            return NetworkReach.by_minutes(self.streets, question.travel, question.minutes, rim_m=rim, check=self.check)
        return NetworkReach(self.streets, question.travel, question.radius_m, "length", rim, self.check)

    @cached_property
    def straight(self) -> Study:
        """The same study by as many metres straight: no share along streets is above those, no way below."""
        return replace(self, question=self.question.straight(self.reach.limit_m), beside=self.reach)

    @cached_property
    def ways(self) -> StatedWays | None:
        """Of which streets figures are, and whose ways are unknown; None where they are straight."""
        return None if self.question.by == "straight" else stated_ways(self.street_reach, self.demand, self.question)

    @property
    def stations(self) -> Sequence[Station]:
        return self.registry.stations

    @cached_property
    def supply(self) -> Supply:
        """The stations as the question judges them, at its moment if it has one."""
        question = self.question
        return Supply.of(self.stations, question.requirements, question.at, question.day)

    @cached_property
    def supply_any_time(self) -> Supply:
        """The stations as the question judges them, were they open at every hour."""
        question = self.question
        return self.supply if question.at is None else Supply.of(self.stations, question.requirements, day=question.day)

    @cached_property
    def shut(self) -> tuple[Station, ...]:
        """The stations that would count, were they not shut by a temporary closure on the day studied."""
        if self.question.day is None:
            return ()
        wanted = Supply.of(self.stations, self.question.requirements).possible & shut_on(
            self.stations, self.question.day
        )
        return tuple(station for station, is_shut in zip(self.stations, wanted.tolist(), strict=True) if is_shut)

    @cached_property
    def coverage(self) -> Coverage:
        """Who is served, in all and by district."""
        return self.count_coverage(self.territory, self.demand, self.supply, self.reach)

    @cached_property
    def hours(self) -> tuple[WeekMasks, WeekMasks]:
        """At which hours of the week each station is confirmed, and possibly, open: bit masks (stations, 3)."""
        # Hours hold closures themselves; what is shut on the day studied may be open on others of its week.
        anybody = Supply.of(self.stations, self.question.requirements)
        return week_of(self.stations, anybody, self.question.monday)

    @cached_property
    def week(self) -> HourlyCoverage:
        """How many people are served at each hour of the week, by district."""
        anybody = Supply.of(self.stations, self.question.requirements)
        return hourly_coverage(self.territory, self.demand, anybody, self.hours, self.reach, check=self.check)

    @cached_property
    def as_found(self) -> AsFound | None:
        """Coverage by hour as posted and as found; None where no door is known to have been locked in posted hours."""
        from stationmap.audit.metrics.as_found import as_found

        if self.locked_doors is None:
            return None
        anybody = Supply.of(self.stations, self.question.requirements)
        return as_found(
            self.territory,
            self.demand,
            anybody,
            self.hours[0],
            self.locked_doors,
            self.reach,
            check=self.check,
        )

    @cached_property
    def gaps(self) -> Gaps:
        """Where people have no confirmed station within reach, joined to gaps one could act on, most people first."""
        from stationmap.audit.metrics.gaps import gaps

        question = self.question
        return gaps(
            self.territory,
            self.demand,
            self.supply,
            self.reach,
            week=self.hours,
            possible=question.possible,
            check=self.check,
        )

    @cached_property
    def landmarks(self) -> Landmarks:
        """The places and stations by which points without a name are spoken of."""
        from stationmap.audit.studies.landmarks import Landmarks

        return Landmarks.of(self.stations, self.places)

    @cached_property
    def equity(self) -> Equity:
        """How unequal the ways to the nearest station are."""
        from stationmap.audit.metrics.equity import equity

        return equity(self.coverage)

    @cached_property
    def capacity(self) -> Capacity:
        """How many places in stations of known capacity there are for each person in reach."""
        from stationmap.audit.metrics.floating_catchment import capacities_of, floating_catchment

        held = capacities_of(self.stations)
        return floating_catchment(self.territory, self.demand, self.supply, held, self.reach, check=self.check)

    def stated(self) -> dict[str, Any]:
        """Return what every figure of this study rests on, as JSON values: registry, people, parameters, date."""
        source = self.demand.source
        stated: dict[str, Any] = {
            **stated_registry(self.registry),
            "demand": {
                "kind": source.kind,
                "name": source.name,
                "notes": {
                    language: [
                        *source.in_words(language),
                        *(note.in_words(language) for note in _overlaps(self.territory)),
                    ]
                    for language in LANGUAGES
                },
                "people": self.demand.total,
            },
            "parameters": {
                **self.question.stated(),
                "cell_m": self.territory.grid.cell_m,
                "districts": list(self.territory.codes),
            },
            "shut": [station.name for station in self.shut],
            "made_on": self.made_on and self.made_on.isoformat(),
        }
        if self.ways is not None:
            stated["ways"] = self.ways
        if self.places is not None:
            stated["places"] = stated_places(self.places)
        if self.locked_doors is not None:
            stations, since, devices = self.locked_doors
            stated["locked_doors"] = {"since": since.isoformat(), "devices": devices, "stations": len(stations)}
        return stated


def _overlaps(territory: Territory) -> Iterator[Note]:
    """Yield what must be known of areas that overlap: whose the people in both are."""
    for code, earlier, share in territory.overlaps:
        yield Note("areas_overlap", {"area": (code,), "earlier": (earlier,), "share": f"{share:.0%}"})


def coverage_with(
    executor: str, scheduler: str | None = None, *, progress: Callable[[int], None] | None = None
) -> CoverageFunction:
    """Return what counts coverage by an executor (`executors.run`); `progress` gets the number of parts done."""
    if executor == "serial":
        return coverage

    def count_coverage(territory: Territory, demand: Demand, supply: Supply, reach: Reach) -> Coverage:
        from stationmap.audit.metrics.executors import run

        work = CoverageCounter(supply, len(territory.codes), reach)
        parts = WeightedPoints.of(territory, demand).batches()
        counted = run(work, parts, executor=executor, scheduler=scheduler, progress=progress)
        return figures(added(counted, len(territory.codes)), territory.codes, territory.grid.cell_km2)

    return count_coverage
