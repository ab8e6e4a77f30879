"""What the pages of reports share: words for ages, moments and kinds, and where they lead."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response, url_for

from stationmap.editing.station_form.reported import CHANGES_OF, FIELD_OF, ReportedChange
from stationmap.reports.model import Kind
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.review.page_parts import age, districts_named, form_url, in_words, isolated, local, say

__all__ = ["Change", "change_url", "changes_of", "reports_page", "say"]


class Change(NamedTuple):
    """A change of the station that reports may lead to: its code, and the form with it."""

    code: ReportedChange
    url: str


def reports_page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page of `staff/reports/`."""
    parts = {"local": local, "age": age, "form_url": form_url, "isolated": isolated, "change_url": change_url}
    lists = {"districts_named": districts_named, "in_words": in_words}
    return page(f"reports/{template}", status, **parts, **lists, **context)


def changes_of(station_id: str, kind: Kind) -> list[Change]:
    """Return the changes that reports of a kind may lead to."""
    return [Change(change, change_url(station_id, kind, change)) for change in CHANGES_OF[kind]]


def change_url(station_id: str, kind: Kind, change: ReportedChange, report_id: str = "") -> str:
    """Return the form of a station with the change that reports propose, by the point of one where it is named."""
    field = FIELD_OF[change]
    return url_for(
        "staff.station",
        station_id=station_id,
        reported=kind,
        propose=change,
        report=report_id or None,
        mend=field or None,
        _anchor=f"field-{field}" if field else "reported",
    )
