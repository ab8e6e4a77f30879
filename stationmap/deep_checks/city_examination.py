"""A registry examined with all that the city knows: its districts, and its people, whom what is found affects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from stationmap.audit.studies.city_territory import city_areas
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.audit.studies.study_config import PeopleConfig, build_study
from stationmap.deep_checks.examination import Examination, examine
from stationmap.deep_checks.upkeep_rules import Kit
from stationmap.defaults import CELL_M
from stationmap.errors import Finding, InvalidAuditError, ProgressCallback, no_progress
from stationmap.registry.registry import Registry


class CityExamination(NamedTuple):
    """An examination, and the study whose people it counts; None where none of the stations lies in the city."""

    examined: Examination
    study: Study | None


def examine_in_city(
    registry: Registry,
    *,
    today: date,
    earlier: Registry | None = None,
    kit: Kit | None = None,
    findings: Iterable[Finding] = (),
    progress: ProgressCallback = no_progress,
) -> CityExamination:
    """Examine a registry as of a day, by the districts and the people of the city that is served; raises FileError.

    `earlier` and `findings` are those of `examine`.
    """
    progress(0.1, "people")
    study = _study(registry, today)
    progress(0.2, "checks")
    examined = examine(
        registry,
        today=today,
        demand=study.demand if study else None,
        counties=city_areas(),
        earlier=earlier,
        kit=kit,
        findings=findings,
        progress=progress,
    )
    return CityExamination(examined, study)


def _study(registry: Registry, today: date) -> Study | None:
    question = StudyQuestion.of_day(today)
    try:
        made = build_study(registry, question, PeopleConfig(), areas=None, cell_m=CELL_M, districts=(), made_on=today)
    except InvalidAuditError:
        return None
    return made
