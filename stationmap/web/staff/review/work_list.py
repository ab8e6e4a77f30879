"""The first page of staff: what needs care first, what waits for a decision, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from flask import Response, current_app, jsonify, request

from stationmap.accounts.users import User
from stationmap.deep_checks.care_pages import CareFilter, CarePages
from stationmap.deep_checks.issue import SEVERITIES, Severity
from stationmap.deep_checks.kept_trend import Week, lacking, monday_of, weeks_before
from stationmap.deep_checks.upkeep_rules import upkeep_rules
from stationmap.errors import FileError
from stationmap.hours.opening_hours import ZONE
from stationmap.storage import proposals, work_list
from stationmap.storage.history.done_work import DoneWork, Verified, done_work
from stationmap.web.access.guard import current_user
from stationmap.web.staff.review.examinations import Shown, examinations
from stationmap.web.staff.review.page_parts import review_page
from stationmap.web.staff.review.paging import Paging, paging
from stationmap.web.staff.review.trend_table import trend_table
from stationmap.web.staff.waiting_reports import WaitingReports, chosen_groups, waiting_reports
from stationmap.web.state import now, state

PER_PAGE = 50
VIEWS = ("stations", "kinds")
MINE, ALL = "mine", "all"

VERIFIED = "stationmap.verified"
"""The extension of an application that keeps what is known of its revisions, which never change."""


class Choice(NamedTuple):
    """What of the list somebody wants to see, as the address says it."""

    view: str
    district: str
    severity: Severity | None
    kind: str

    def care(self, user: User) -> CareFilter:
        """Return which stations that means."""
        codes = user.districts if self.district == MINE else () if self.district == ALL else (self.district,)
        return CareFilter(codes, self.severity, self.kind)

    @property
    def query(self) -> Mapping[str, str]:
        """The address that says it."""
        said = {"view": self.view, "district": self.district, "severity": self.severity or "", "kind": self.kind}
        return {name: value for name, value in said.items() if value}

    def other(self, **changed: str) -> Mapping[str, str]:
        """Return the address of another choice."""
        return {name: value for name, value in {**self.query, **changed}.items() if value}


class Waiting(NamedTuple):
    """What was done this week, the weeks before, and how much waits for a decision."""

    done: tuple[DoneWork, ...]
    weeks: list[Week]
    conflicts: int
    proposals: int


def home() -> Response:
    """Return what there is to do."""
    user, choice = current_user(), _choice(current_user())
    waiting = _waiting(user)
    shown = _shown(waiting.weeks)
    opened = _opened(shown)
    if opened is None:
        riders = _reports(user, None)
        return review_page("work_list", job=shown.job, about=None, choice=choice, waiting=waiting, riders=riders)
    try:
        return review_page(
            "work_list",
            job=shown.job,
            about=opened.about,
            is_current=shown.is_current and opened.about.revision == state().snapshot.registry.revision,
            choice=choice,
            waiting=waiting,
            riders=_reports(user, opened),
            severities=SEVERITIES,
            stale_codes=[each.code for each in upkeep_rules().staleness],
            trend=trend_table(waiting.weeks, opened.about),
            **_listed(opened, choice, user),
        )
    finally:
        opened.close()


def progress() -> Response:
    """Return how far the list that is being made is, for the script of the page."""
    latest = state().journal_head()
    with state().database().reading() as connection:
        shown = _shown(weeks_before(connection, latest, now()))
    job = shown.job
    document = {"ready": shown.is_current, "busy": job is not None and not job.is_over}
    return jsonify({**document, "progress": job.progress if job else 1.0, "phase": job.phase if job else ""})


def _choice(user: User) -> Choice:
    args = request.args
    view, severity, district = args.get("view", ""), args.get("severity", ""), args.get("district", "")
    has_own = bool(user.districts) and user.role == "editor"
    known = district == ALL or (district == MINE and has_own) or (district.isascii() and district.isdecimal())
    return Choice(
        view if view in VIEWS else VIEWS[0],
        district if known else MINE if has_own else ALL,
        severity if severity in SEVERITIES else None,
        args.get("kind", "")[:40],
    )


def _listed(pages: CarePages, choice: Choice, user: User) -> dict[str, Any]:
    chosen = choice.care(user)
    sunday = monday_of(now()) + timedelta(days=6)
    kinds = pages.kinds(chosen)
    found: dict[str, Any] = {
        "kinds": kinds,
        "closures": pages.closures(chosen.districts, sunday),
        "all_kinds": [each.code for each in pages.kinds(CareFilter())],
    }
    if choice.view == "kinds":
        return found
    paged: Paging = paging(pages.count(chosen), PER_PAGE, choice.query)
    return {**found, "paging": paged, "stations": pages.stations(chosen, limit=PER_PAGE, offset=paged.offset)}


def _waiting(user: User) -> Waiting:
    latest, monday = state().journal_head(), datetime.combine(monday_of(now()), time.min, ZONE)
    with state().database().reading() as connection:
        verified: Verified = current_app.extensions.setdefault(VERIFIED, {})
        done = done_work(connection, latest, monday, verified)
        return Waiting(
            tuple(sorted(done, key=lambda each: each.author != user.name)),
            weeks_before(connection, latest, now()),
            len(work_list.waiting(connection, latest.registry_id)),
            proposals.waiting(connection, latest.registry_id),
        )


def _reports(user: User, opened: CarePages | None) -> WaitingReports:
    """Return what riders reported and nobody has settled."""
    groups = chosen_groups()
    people = opened.people({group.station_id for group in groups}) if opened else {}
    return waiting_reports(user, people, groups)


def _shown(weeks: list[Week]) -> Shown:
    revision = state().snapshot.registry.revision
    return examinations(state().settings).shown(revision, now(), lacks_weeks=bool(lacking(weeks)))


def _opened(shown: Shown) -> CarePages | None:
    """Open the file that is shown; None where there is none, or another process has just removed it."""
    if shown.path is None:
        return None
    with suppress(FileError):
        return CarePages(shown.path)
    return None
