"""An examination as JSON for programs: the members stand in docs/cli.md and stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stationmap.deep_checks.examination import Examination, KindOfIssue, by_kind
from stationmap.deep_checks.issue import SEVERITIES, Issue
from stationmap.deep_checks.sheets import listed
from stationmap.deep_checks.trend import TrendPoint
from stationmap.i18n import LANGUAGES


def document(examined: Examination, basis: Mapping[str, Any], trend: Sequence[TrendPoint] = ()) -> dict[str, Any]:
    """Return what was found and what it rests on as JSON values; `basis` is that of `sheets.stated`."""
    return {
        **basis,
        **{f"{severity}s": examined.count(severity) for severity in SEVERITIES},
        "kinds": [kind_document(kind) for kind in examined.kinds()],
        "issues": [issue_document(issue) for issue in listed(examined)],
        "trend": [
            {
                "at": point.at.isoformat(),
                "revision": point.revision,
                "stations": point.stations,
                "counts": dict(sorted(point.counts.items())),
            }
            for point in trend
        ],
    }


def kind_document(kind: KindOfIssue) -> dict[str, Any]:
    """Return a kind of issue as JSON values."""
    worst = kind.issues[0]
    return {
        "code": kind.code,
        "severity": kind.severity,
        "issues": len(kind.issues),
        "stations": kind.stations,
        "people": kind.people,
        "what": {language: worst.what(language) for language in LANGUAGES},
        "mend": {language: worst.how_to_mend(language) for language in LANGUAGES},
    }


def issue_document(issue: Issue) -> dict[str, Any]:
    """Return an issue as JSON values."""
    return {
        "code": issue.code,
        "severity": issue.severity,
        "confidence": issue.confidence,
        "ids": list(issue.ids),
        "fields": list(issue.fields),
        "where": issue.where,
        "detail": {language: issue.explained(language) for language in LANGUAGES},
        "people": issue.people,
        "basis": issue.basis,
    }


def unreadable_document(issues: Sequence[Issue]) -> dict[str, Any]:
    """Return what keeps a file from being a registry, in the same members."""
    return {
        "registry": None,
        "demand": None,
        **{f"{severity}s": sum(issue.severity == severity for issue in issues) for severity in SEVERITIES},
        "kinds": [kind_document(kind) for kind in by_kind(issues)],
        "issues": [issue_document(issue) for issue in issues],
        "trend": [],
    }
