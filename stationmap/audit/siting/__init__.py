"""Where the next stations should go, how few are enough, and which should open longer.

`covering`, `p_median` and `longer_hours` state the four models. They choose among `candidates` (of files:
`candidate_files`) or `every_cell`; `solvers` solves them with a proved bound. The answer is a `proposal` of sites,
beside which `shut_stations` names stations that would do if they opened.
"""

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
