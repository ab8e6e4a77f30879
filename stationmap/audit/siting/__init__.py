"""Where the next stations should go, how few are enough, and which should open longer."""

from stationmap.audit.siting.candidate_files import forbidden_areas
from stationmap.audit.siting.candidates import Candidates
from stationmap.audit.siting.covering import max_coverage, set_cover
from stationmap.audit.siting.longer_hours import longer_hours
from stationmap.audit.siting.p_median import p_median
from stationmap.audit.siting.proposal import Proposal, Site

__all__ = [
    "Candidates",
    "Proposal",
    "Site",
    "forbidden_areas",
    "longer_hours",
    "max_coverage",
    "p_median",
    "set_cover",
]
