"""How grave each kind of issue is, how sure, and which field of the form mends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stationmap.deep_checks.issue import NOTHING, Confidence, Issue, Severity, Values
from stationmap.finding_codes import DeepCode, FindingCode


class Kind(NamedTuple):
    """What holds for all issues of a kind unless one says otherwise; `fields` are names of `editing.fields`."""

    severity: Severity
    confidence: Confidence
    fields: tuple[str, ...]


KINDS: Mapping[DeepCode, Kind] = {
    "never_verified": Kind("warning", "certain", ("verified",)),
    "hours_unknown": Kind("warning", "certain", ("hours",)),
    "hours_only_worded": Kind("warning", "certain", ("hours",)),
    "hours_contradict_wording": Kind("warning", "likely", ("hours",)),
    "access_unknown": Kind("warning", "certain", ("access",)),
    "position_geocoded": Kind("notice", "possible", ("position",)),
    "duplicate_code": Kind("warning", "possible", ("station",)),
    "duplicate_phone": Kind("warning", "possible", ("station", "phone")),
    "duplicate_nearby": Kind("warning", "possible", ("station",)),
    "kit_incomplete": Kind("notice", "certain", ("facilities",)),
    "kit_unknown": Kind("notice", "certain", ("facilities",)),
    "holidays_missing": Kind("warning", "certain", ()),
    "closure_without_end": Kind("warning", "certain", ("status",)),
    "closure_past": Kind("notice", "certain", ("status",)),
    "closures_overlap": Kind("warning", "possible", ("status",)),
    "closure_contradicts_status": Kind("warning", "likely", ("status",)),
    "suspended_without_reason": Kind("warning", "certain", ("status",)),
    "opened_contradicts_status": Kind("warning", "likely", ("status", "opened")),
    "phone_not_readable": Kind("warning", "likely", ("phone",)),
}
"""Kinds that `data/staleness.json` does not define."""

CONFIDENCE: Mapping[FindingCode, Confidence] = {
    "swapped": "likely",
    "same_name_and_address": "likely",
    "stacked": "likely",
    "outside_city": "likely",
    "outside_district": "likely",
    "amid_strangers": "possible",
    "shifted_batch": "likely",
    "personal_data": "likely",
    "personal_phone": "likely",
    "hours_cancelled": "likely",
    "hours_night_cut": "possible",
    "hours_mistyped": "likely",
}
"""Of warnings of `check` that judge; what the others say is so."""

FIELDS: Mapping[FindingCode, tuple[str, ...]] = {
    "same_name_and_address": ("station",),
    "stacked": ("position",),
    "swapped": ("position",),
    "outside_city": ("position",),
    "outside_district": ("position", "district"),
    "unknown_district": ("district",),
    "amid_strangers": ("position", "district"),
    "shifted_batch": ("position",),
    "personal_phone": ("phone",),
}
"""What mends a warning of `check` that does not name a member."""


def issue(
    code: DeepCode,
    ids: tuple[str, ...],
    values: Values = NOTHING,
    *,
    fields: tuple[str, ...] | None = None,
    confidence: Confidence | None = None,
) -> Issue:
    """Return an issue of a kind of `KINDS`, with what that says unless something else is given."""
    kind = KINDS[code]
    sure = confidence or kind.confidence
    return Issue(code, kind.severity, sure, ids, kind.fields if fields is None else fields, values)
