"""How the number of issues of each kind went from revision to revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from stationmap.deep_checks.examination import examine
from stationmap.deep_checks.upkeep_rules import Kit
from stationmap.finding_codes import FindingCode
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.checks.positions import Counties
from stationmap.registry.registry import Registry


class TrendPoint(NamedTuple):
    """How many issues of each kind a revision had on the day it was published."""

    at: datetime
    revision: str
    stations: int
    counts: Mapping[FindingCode, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def trend(
    revisions: Iterable[tuple[datetime, Registry]], *, counties: Counties | None = None, kit: Kit | None = None
) -> Iterator[TrendPoint]:
    """Yield a point for each revision, published at an aware moment, in the order given.

    Each is examined as of its own day, so that knowledge that aged without a change of the registry shows, too.
    """
    for at, registry in revisions:
        examined = examine(registry, today=at.astimezone(ZONE).date(), counties=counties, kit=kit)
        counts = Counter(issue.code for issue in examined.issues)
        yield TrendPoint(at, registry.revision, len(registry), counts)
