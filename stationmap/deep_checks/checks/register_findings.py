"""What `stationmap check` finds, and what waits for next year's holidays, as issues like all others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from stationmap.audit.studies.sensitivity import stations_of
from stationmap.deep_checks.issue import Issue
from stationmap.deep_checks.kinds import CONFIDENCE, FIELDS, issue
from stationmap.editing.fields import field_of_member
from stationmap.errors import Finding
from stationmap.registry.checks.awaiting import waiting_stations
from stationmap.registry.checks.personal import mobile_in
from stationmap.registry.checks.positions import StationArrays, stacks
from stationmap.registry.registry import Registry

_MEMBER = re.compile(r"\.properties\.(\w+)|\.(geometry|id)\b")


def of_findings(registry: Registry, findings: Iterable[Finding]) -> Iterator[Issue]:
    """Yield the findings of `check` about a registry that can be read, each with all its stations."""
    found = tuple(findings)
    companions = _Companions.of(registry, {finding.code for finding in found})
    yield from (_issue(finding, companions.stations(registry, finding)) for finding in found)


def of_unreadable(findings: Iterable[Finding]) -> Iterator[Issue]:
    """Yield the findings about a file that is no registry: places in the file, for there are no stations."""
    for finding in findings:
        member = _MEMBER.search(finding.where)
        fields = (field_of_member(member[1] or member[2]),) if member else ()
        confidence = CONFIDENCE.get(finding.code, "certain")
        yield Issue(finding.code, finding.severity, confidence, (), fields, where=finding.where, detail=finding.detail)


def holidays_missing(registry: Registry, today: date) -> Iterator[Issue]:
    """Yield each year whose notice of holidays should be there, with the stations in use that wait for it."""
    for year, waiting in waiting_stations(registry.stations, today).items():
        ids = tuple(sorted(station.id for station in waiting))
        yield issue("holidays_missing", ids, {"year": f"{year}", "count": f"{len(ids):,}"})


def _issue(finding: Finding, ids: tuple[str, ...]) -> Issue:
    first, _, member = finding.where.partition(" ")
    is_of_member = first in ids and member.isidentifier()
    fields = (field_of_member(member),) if is_of_member else FIELDS.get(finding.code, ())
    where = "" if first in ids else finding.where
    confidence = CONFIDENCE.get(finding.code, "certain")
    return Issue(finding.code, finding.severity, confidence, ids, fields, where=where, detail=finding.detail)


class _Companions(NamedTuple):
    """Who else findings concern that name one station: by id, those at one point, and the first of the same name."""

    stacked: Mapping[str, tuple[str, ...]]
    twins: Mapping[tuple[str, str | None], str]

    @classmethod
    def of(cls, registry: Registry, codes: Collection[str]) -> _Companions:
        """Find them for the codes there are."""
        stacked = stacks(StationArrays.of(registry.stations)) if "stacked" in codes else ()
        twins = reversed(registry.stations) if "same_name_and_address" in codes else ()
        return cls({ids[0]: ids for ids in stacked}, {(each.name, each.properties.address): each.id for each in twins})

    def stations(self, registry: Registry, finding: Finding) -> tuple[str, ...]:
        """Return the ids of all stations a finding concerns."""
        match finding.code:
            case "stacked":
                return self.stacked[finding.where]
            case "same_name_and_address":
                later = registry[finding.where]
                return self.twins[later.name, later.properties.address], later.id
            case "personal_phone":
                return tuple(each.id for each in registry.stations if mobile_in(each.properties.phone or ""))
        return tuple(sorted(stations_of(registry, finding)))
