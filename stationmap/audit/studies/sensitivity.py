"""What bad records may be worth: the audit with them and without them, for each kind of finding about the registry.

A suspect record may be right or wrong, so the truth lies between the audit that trusts it and the one that leaves it
out. Only findings that bear on coverage count: whether a station is where it says, is there only once, and is open
when it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from stationmap.audit.studies.study import Study
from stationmap.audit.studies.whatif import Difference, balances, difference
from stationmap.errors import Finding
from stationmap.registry.checks.positions import StationArrays, stacks
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

BEARING = frozenset(
    "outside_city swapped outside_district unknown_district amid_strangers stacked shifted_batch "
    "same_name_and_address bad_hours closure_reversed".split()
)
"""Codes of findings (`stationmap.registry.checks.quality`) that bear on coverage."""


@dataclass(frozen=True)
class Suspicion:
    """A kind of finding: whom it concerns, and how many people would lose their last station without those."""

    code: str
    ids: tuple[str, ...]
    confirmed_people: float
    possible_people: float


@dataclass(frozen=True, eq=False)
class Suspects:
    """The audit with all records (`difference.before`) and without the suspect ones (`difference.after`)."""

    difference: Difference
    ids: tuple[str, ...]
    by_code: tuple[Suspicion, ...]
    """By code; a station may stand under several, so their people do not sum to those of all suspects."""
    unplaced: tuple[Finding, ...]
    """Findings that bear on coverage but name no station of the registry."""


def suspects(study: Study, findings: Iterable[Finding]) -> Suspects:
    """Audit with and without the stations that findings (`registry.checks.quality`) call suspect."""
    by_code, unplaced = concerned(study.registry, findings)
    supply = study.supply
    kinds = []
    for code, ids in sorted(by_code.items()):
        others = supply.chosen(np.array([each not in ids for each in supply.ids], dtype=bool))
        confirmed, possible = balances(study, others)
        kinds.append(Suspicion(code, tuple(sorted(ids)), confirmed.lost.people, possible.lost.people))
    every = frozenset[str]().union(*by_code.values())
    without = difference(study, _without(study.registry, every))
    return Suspects(without, tuple(sorted(every)), tuple(kinds), unplaced)


def concerned(
    registry: Registry, findings: Iterable[Finding]
) -> tuple[Mapping[str, frozenset[str]], tuple[Finding, ...]]:
    """Return the stations each kind of finding that bears on coverage is about, and the findings that name none."""
    by_code: dict[str, frozenset[str]] = {}
    unplaced = []
    beside = _stacks(registry)
    for finding in findings:
        if finding.code not in BEARING:
            continue
        ids = stations_of(registry, finding)
        if finding.code == "stacked":
            ids = ids.union(*(beside[each] for each in ids))
        if not ids:
            unplaced.append(finding)
        else:
            by_code[finding.code] = by_code.get(finding.code, frozenset()) | ids
    return by_code, tuple(unplaced)


def stations_of(registry: Registry, finding: Finding) -> frozenset[str]:
    """Return the ids of the stations a finding names: the one it begins with, or those of a batch."""
    first = finding.where.split(" ")[0]
    if first in registry:
        return frozenset([first])
    return frozenset(station.id for station in registry.stations if _is_of(station, finding.where))


def _is_of(station: Station, batch: str) -> bool:
    """Tell whether a station belongs to a batch as `stationmap.registry.checks.datum_shift` names them."""
    known = station.properties
    located = known.located
    return batch in (
        "registry",
        f"district {known.district}",
        f"managed_by {known.managed_by}",
        f"position {located.how} {located.datum or ''}".rstrip() if located else None,
    )


def _stacks(registry: Registry) -> dict[str, frozenset[str]]:
    """Return for each stacked station those it is stacked with, itself among them."""
    groups = [frozenset(ids) for ids in stacks(StationArrays.of(registry.stations))]
    return {each: ids for ids in groups for each in ids}


def _without(registry: Registry, ids: frozenset[str]) -> Registry:
    kept = tuple(station for station in registry.stations if station.id not in ids)
    return Registry(kept, registry.meta, registry.members)
