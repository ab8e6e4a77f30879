"""The figures of a whole country as sheets, the same as those of a city."""

from __future__ import annotations

from dataclasses import replace

from stationmap.audit.nation.nation_study import NationStudy
from stationmap.audit.output.result_tables import gaps_sheet, proposal_sheets
from stationmap.audit.output.tables import Sheet, coverage_sheet, hours_sheet
from stationmap.audit.studies.landmarks import Landmarks
from stationmap.defaults import SPACING_M
from stationmap.i18n import DEFAULT_LANGUAGE


def nation_sheets(
    study: NationStudy,
    language: str = DEFAULT_LANGUAGE,
    *,
    by_hour: bool = False,
    gaps: int = 0,
    sites: int = 0,
    spacing_m: float = SPACING_M,
    mapped: bool = False,
) -> tuple[Sheet, ...]:
    """Return coverage by area; hours, so many gaps and so many sites if asked for.

    Areas are drawn where `mapped`. Sites keep `spacing_m` metres.
    """
    country = study.country
    polygons = dict(zip(country.codes, country.polygons, strict=True)) if mapped else None
    sheets = [coverage_sheet(study.coverage, polygons, language)]
    if by_hour:
        sheets.append(hours_sheet(study.hours, country.codes, language))
    landmarks = Landmarks.of(study.registry.stations) if gaps or sites else None
    if gaps and landmarks:
        sheets.append(gaps_sheet(study.gaps(gaps), landmarks, language))
    if sites and landmarks:
        found = study.sites(sites, spacing_m)
        named = tuple(replace(each, landmark=landmarks.beside(each.lon, each.lat)) for each in found.sites)
        sheets += proposal_sheets(replace(found, sites=named), language)
    return tuple(sheets)
