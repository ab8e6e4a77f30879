"""One registry examined: every issue with its effect on riders, by kind and by station, what to do first on top."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from stationmap.audit.demand.weights import Demand
from stationmap.deep_checks.checks.closures import closures
from stationmap.deep_checks.checks.duplicates import duplicates
from stationmap.deep_checks.checks.hours_wording import hours_against_wording
from stationmap.deep_checks.checks.kits import kits
from stationmap.deep_checks.checks.register_findings import holidays_missing, of_findings
from stationmap.deep_checks.checks.staleness import stale
from stationmap.deep_checks.checks.unknowns import unknowns
from stationmap.deep_checks.effect import Effects
from stationmap.deep_checks.issue import SEVERITIES, Basis, Issue, Severity
from stationmap.deep_checks.upkeep_rules import Kit, upkeep_rules
from stationmap.errors import Finding, ProgressCallback, no_progress
from stationmap.finding_codes import FindingCode
from stationmap.registry.checks import quality
from stationmap.registry.checks.positions import Counties
from stationmap.registry.registry import Registry


class KindOfIssue(NamedTuple):
    """All issues of one kind, most people first; `people` counts everybody whom any of them affects, once."""

    code: FindingCode
    severity: Severity
    issues: tuple[Issue, ...]
    stations: int
    people: float | None


class StationCare(NamedTuple):
    """All issues of one station, the worst first: what one telephone call or one visit can mend.

    `checked_on` is the day of its last check, None where nobody ever did: of equal effect, the oldest comes first.
    """

    id: str
    severity: Severity
    issues: tuple[Issue, ...]
    people: float | None
    basis: Basis | None
    checked_on: date | None


@dataclass(frozen=True, eq=False)
class Examination:
    """A registry and its issues: errors first, then warnings, then notices; in each those first that most people feel.

    `effects` is None where nobody's way to the stations is known.
    """

    registry: Registry
    today: date
    kit: Kit
    issues: tuple[Issue, ...]
    effects: Effects | None

    def in_districts(self, codes: Collection[str]) -> Examination:
        """Return what concerns the stations of some districts, by adcode, and what concerns no station."""
        inside = {station.id for station in self.registry.stations if station.district in codes}
        kept = tuple(each for each in self.issues if not each.ids or not inside.isdisjoint(each.ids))
        return replace(self, issues=kept)

    def count(self, severity: Severity) -> int:
        """Return how many issues are of a severity."""
        return sum(issue.severity == severity for issue in self.issues)

    def kinds(self) -> tuple[KindOfIssue, ...]:
        """Return the issues by kind, the worst first."""
        return by_kind(self.issues, self.effects)

    def stations(self) -> tuple[StationCare, ...]:
        """Return the stations that have issues, in the order of what to do first."""
        by_id = defaultdict(list)
        for issue in self.issues:
            # What has no field is not mended in a station: the calendar, the file.
            for station_id in issue.ids if issue.fields else ():
                by_id[station_id].append(issue)
        return tuple(sorted((self._care(each, tuple(issues)) for each, issues in by_id.items()), key=_station_order))

    def _care(self, station_id: str, issues: tuple[Issue, ...]) -> StationCare:
        people, basis = self.effects.of_stations((station_id,)) if self.effects else (None, None)
        verified = self.registry[station_id].verified
        return StationCare(station_id, issues[0].severity, issues, people, basis, verified.on if verified else None)


def by_kind(issues: Iterable[Issue], effects: Effects | None = None) -> tuple[KindOfIssue, ...]:
    """Return issues, given in order, by kind: the worst kinds first, then those that most people feel."""
    by_code = defaultdict(list)
    for issue in issues:
        by_code[issue.code].append(issue)
    found = [_kind(code, tuple(each), effects) for code, each in by_code.items()]
    return tuple(sorted(found, key=_kind_order))


def examine(
    registry: Registry,
    *,
    today: date,
    demand: Demand | None = None,
    counties: Counties | None = None,
    earlier: Registry | None = None,
    kit: Kit | None = None,
    findings: Iterable[Finding] = (),
    progress: ProgressCallback = no_progress,
) -> Examination:
    """Examine a registry as of a day: its warnings, what is stale, unknown, contradictory, doubled or incomplete.

    `demand` are the people by which effects are counted; `counties` and `earlier` serve the checks of positions
    (`registry.checks.quality`); `findings` are those that reading the file has made. Raises FileError where the rules
    of the city cannot be read.
    """
    rules = upkeep_rules()
    kit = kit or rules.kits[0]
    stations = registry.stations
    warnings = quality.warnings(registry, counties, today=today, earlier=earlier)
    found = [*of_findings(registry, (*findings, *warnings)), *holidays_missing(registry, today)]
    known = {frozenset(issue.ids) for issue in found if issue.code == "same_name_and_address"}
    checks: tuple[Callable[[], Iterable[Issue]], ...] = (
        lambda: stale(stations, rules.staleness, today),
        lambda: unknowns(stations, today),
        lambda: hours_against_wording(stations, today),
        lambda: closures(stations, today),
        lambda: duplicates(stations, known),
        lambda: kits(stations, kit),
    )
    for done, check in enumerate(checks):
        progress(0.3 + 0.5 * done / len(checks), "checks")
        found += check()
    progress(0.8, "effects")
    effects = Effects.of(registry, demand, today) if demand is not None else None
    issues = _affecting(found, effects) if effects else iter(found)
    return Examination(registry, today, kit, tuple(sorted(issues, key=_order)), effects)


def _kind(code: FindingCode, issues: tuple[Issue, ...], effects: Effects | None) -> KindOfIssue:
    ids = {each for issue in issues for each in issue.ids}
    people = effects.of_stations(ids)[0] if effects and ids else None
    return KindOfIssue(code, issues[0].severity, issues, len(ids), people)


def _affecting(issues: Iterable[Issue], effects: Effects) -> Iterator[Issue]:
    for issue in issues:
        if issue.ids:
            people, basis = effects.of_stations(issue.ids)
            yield issue._replace(people=people, basis=basis)
        else:
            yield issue


def _order(issue: Issue) -> tuple[int, float, str, tuple[str, ...], str]:
    return SEVERITIES.index(issue.severity), -(issue.people or 0), issue.code, issue.ids, issue.where


def _kind_order(kind: KindOfIssue) -> tuple[int, float, int, str]:
    return SEVERITIES.index(kind.severity), -(kind.people or 0), -len(kind.issues), kind.code


def _station_order(care: StationCare) -> tuple[int, float, date, int, str]:
    checked_on = care.checked_on or date.min
    return SEVERITIES.index(care.severity), -(care.people or 0), checked_on, -len(care.issues), care.id
