"""What the pages of reports share: words for ages, moments and kinds, and where they lead."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import PurePath
from typing import Any, NamedTuple

from flask import Response, abort, url_for

from stationmap.audit.output.export import FORMS, file_of
from stationmap.audit.output.tables import Sheet
from stationmap.editing.station_form.reported import CHANGES_OF, FIELD_OF, ReportedChange
from stationmap.reports.model import Kind
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.review.page_parts import age, districts_named, form_url, in_words, isolated, local, say
from stationmap.web.state import current_snapshot, now

__all__ = ["ENDINGS", "Change", "change_url", "changes_of", "check_ending", "reports_page", "say", "sheets_file"]

ENDINGS = ("xlsx", "csv")
"""Of the files that people take along from here."""


class Change(NamedTuple):
    """A change of the station that reports may lead to: its code, and the form with it."""

    code: ReportedChange
    url: str


def reports_page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page of `staff/reports/`."""
    parts = {"local": local, "age": age, "form_url": form_url, "isolated": isolated, "change_url": change_url}
    lists = {"districts_named": districts_named, "in_words": in_words}
    return page(f"reports/{template}", status, **parts, **lists, **context)


def check_ending(ending: str) -> None:
    """Answer 404 to an address that ends as no file of ours does."""
    if ending not in ENDINGS:
        abort(HTTPStatus.NOT_FOUND)


def sheets_file(name: str, sheets: Sequence[Sheet], basis: dict[str, Any]) -> Response:
    """Return sheets as a file whose name says the day, too, and where the stations are fictitious that."""
    ending = PurePath(name).suffix
    content = file_of(ending, sheets, basis, requested_language())
    response = Response(content, content_type=FORMS[ending].media_type)
    dated = f"{PurePath(name).stem}-{now():%Y%m%d}{'-demo' if current_snapshot().registry.demo else ''}{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{dated}"'
    return response


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
