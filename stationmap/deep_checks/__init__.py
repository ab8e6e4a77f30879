"""What needs care in a registry, how to mend it, and what that is worth to riders: `stationmap check --deep`.

examined = examine(registry, today=today, demand=residents(territory), counties=city_areas())
examined.issues      # every issue, most affecting first
examined.kinds()     # the same by kind, with counts
examined.stations()  # the same by station: the work list
"""

from stationmap.deep_checks.examination import Examination, KindOfIssue, StationCare, examine
from stationmap.deep_checks.issue import Issue
from stationmap.deep_checks.trend import TrendPoint, trend

__all__ = ["Examination", "Issue", "KindOfIssue", "StationCare", "TrendPoint", "examine", "trend"]
