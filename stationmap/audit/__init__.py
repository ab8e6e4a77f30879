"""The coverage audit: where people are served by stations, where and when they are not, and what to build next.

What a person needs who builds on it can be imported from here; docs/audit.md shows each name at work.

- `Study` puts a `StudyQuestion` to a registry and works out every result on first use.
- `Territory`, `Demand` (`residents`, `read_demand`, `read_areas`) and `Supply` (`Requirements`) are what is measured.
- `coverage`, `hourly_coverage`, `gaps`, `equity`, `floating_catchment` and `nationwide` (`Country`) measure it.
- `propose` answers a `SitingRequest` about a study; `max_coverage`, `set_cover`, `p_median` and `longer_hours` are the
  four models it chooses from, `Candidates` the places they choose among, a `Proposal` of `Site`s the answer.
- A study with `LockedDoors` tells coverage as riders found it beside coverage as posted.
- `whatif` (`Add`, `Move`, `Close`, `Lengthen`), `compare` and `suspects` hold two studies against each other.
- `sheets_of`, `file_of`, `report_html` and `report_pdf` write down what came of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationmap.audit.demand.areas import read_areas
    from stationmap.audit.demand.census import residents
    from stationmap.audit.demand.readers import read_demand
    from stationmap.audit.demand.weights import Demand, Source
    from stationmap.audit.inputs.locked_doors import LockedDoors
    from stationmap.audit.inputs.supply import Requirements, Supply
    from stationmap.audit.inputs.territory import Territory
    from stationmap.audit.metrics.coverage import Coverage, coverage
    from stationmap.audit.metrics.equity import equity
    from stationmap.audit.metrics.floating_catchment import floating_catchment
    from stationmap.audit.metrics.gaps import Gap, Gaps, gaps
    from stationmap.audit.metrics.hourly_coverage import hourly_coverage
    from stationmap.audit.nation.country import Country
    from stationmap.audit.nation.coverage import nationwide
    from stationmap.audit.output.export import file_of
    from stationmap.audit.output.pdf import report_pdf
    from stationmap.audit.output.report import report_html
    from stationmap.audit.output.result_tables import sheets_of
    from stationmap.audit.siting.candidates import Candidates
    from stationmap.audit.siting.covering import max_coverage, set_cover
    from stationmap.audit.siting.longer_hours import longer_hours
    from stationmap.audit.siting.p_median import p_median
    from stationmap.audit.siting.proposal import Proposal, Site
    from stationmap.audit.studies.changes import Add, Close, Lengthen, Move
    from stationmap.audit.studies.compare import compare
    from stationmap.audit.studies.propose import SitingRequest, propose
    from stationmap.audit.studies.question import StudyQuestion
    from stationmap.audit.studies.sensitivity import suspects
    from stationmap.audit.studies.study import Study
    from stationmap.audit.studies.whatif import whatif

_HOME = {
    "Add": "studies.changes",
    "Candidates": "siting.candidates",
    "Close": "studies.changes",
    "Country": "nation.country",
    "Coverage": "metrics.coverage",
    "Demand": "demand.weights",
    "Gap": "metrics.gaps",
    "Gaps": "metrics.gaps",
    "Lengthen": "studies.changes",
    "LockedDoors": "inputs.locked_doors",
    "Move": "studies.changes",
    "Proposal": "siting.proposal",
    "Requirements": "inputs.supply",
    "Site": "siting.proposal",
    "SitingRequest": "studies.propose",
    "Source": "demand.weights",
    "Study": "studies.study",
    "StudyQuestion": "studies.question",
    "Supply": "inputs.supply",
    "Territory": "inputs.territory",
    "compare": "studies.compare",
    "coverage": "metrics.coverage",
    "equity": "metrics.equity",
    "file_of": "output.export",
    "floating_catchment": "metrics.floating_catchment",
    "gaps": "metrics.gaps",
    "hourly_coverage": "metrics.hourly_coverage",
    "longer_hours": "siting.longer_hours",
    "max_coverage": "siting.covering",
    "nationwide": "nation.coverage",
    "p_median": "siting.p_median",
    "propose": "studies.propose",
    "read_areas": "demand.areas",
    "read_demand": "demand.readers",
    "report_html": "output.report",
    "report_pdf": "output.pdf",
    "residents": "demand.census",
    "set_cover": "siting.covering",
    "sheets_of": "output.result_tables",
    "suspects": "studies.sensitivity",
    "whatif": "studies.whatif",
}

__all__ = [
    "Add",
    "Candidates",
    "Close",
    "Country",
    "Coverage",
    "Demand",
    "Gap",
    "Gaps",
    "Lengthen",
    "LockedDoors",
    "Move",
    "Proposal",
    "Requirements",
    "Site",
    "SitingRequest",
    "Source",
    "Study",
    "StudyQuestion",
    "Supply",
    "Territory",
    "compare",
    "coverage",
    "equity",
    "file_of",
    "floating_catchment",
    "gaps",
    "hourly_coverage",
    "longer_hours",
    "max_coverage",
    "nationwide",
    "p_median",
    "propose",
    "read_areas",
    "read_demand",
    "report_html",
    "report_pdf",
    "residents",
    "set_cover",
    "sheets_of",
    "suspects",
    "whatif",
]


def __getattr__(name: str) -> Any:
    # Imported when first used: a program that needs one result does not wait for geopandas, HiGHS and xlsxwriter.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    # What completion in a notebook and help() show: also what has not been imported yet.
    return sorted({*globals(), *__all__})
