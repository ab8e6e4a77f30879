"""A file that changed to something that cannot be served, while what it held before goes on being served."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from stationmap.errors import Finding

MAX_LISTED, MAX_FINDING_CHARS = 50, 500  # findings a log names, and characters of each


class Stale(NamedTuple):
    """Since when a file cannot be served, and what is wrong with it."""

    since: datetime
    findings: tuple[Finding, ...]


def listed(findings: tuple[Finding, ...]) -> str:
    """Return findings one a line, errors first; text of a file is hostile and must not forge lines."""
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    lines = [_visible(str(finding)[:MAX_FINDING_CHARS]) for finding in ordered[:MAX_LISTED]]
    if len(findings) > MAX_LISTED:
        lines.append(f"and {len(findings) - MAX_LISTED:,} more of {len(findings):,} findings")
    return "\n".join(lines)


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
