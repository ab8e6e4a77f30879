"""The list of reports by station and kind, in order of their effect on riders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Response, request

from stationmap.accounts import roles
from stationmap.accounts.users import User
from stationmap.reports.model import KINDS, STATUSES, UNSETTLED, WANTING, Kind, Status
from stationmap.storage.reports import reading
from stationmap.storage.reports.groups import Chosen
from stationmap.storage.reports.reading import KeptReport
from stationmap.web.access.guard import current_user
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.reports.list_sheets import sheet, stated
from stationmap.web.staff.reports.page_parts import ENDINGS, check_ending, reports_page, sheets_file
from stationmap.web.staff.review.examinations import latest_pages
from stationmap.web.staff.review.paging import paging
from stationmap.web.staff.waiting_reports import RankedGroup, chosen_groups, ranked
from stationmap.web.state import current_snapshot, now, state

PER_PAGE, MAX_EXPORTED = 50, 50_000
MINE, ALL, WAITING = "mine", "all", "waiting"
DAYS = (1, 7, 30, 90)


class View(NamedTuple):
    """What of the list somebody wants to see, as the address says it."""

    status: str
    kind: str
    district: str
    days: int | None

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses that are meant; none means all."""
        return {WAITING: UNSETTLED, ALL: ()}.get(self.status) or tuple(s for s in STATUSES if s == self.status)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are meant; confirmations only where somebody looks for them."""
        return tuple(kind for kind in KINDS if kind == self.kind) or WANTING

    @property
    def query(self) -> Mapping[str, str]:
        """The address that says it."""
        days = "" if self.days is None else str(self.days)
        said = {"status": self.status, "kind": self.kind, "district": self.district, "days": days}
        return {name: value for name, value in said.items() if value}


def reports() -> Response:
    """Return the groups of reports that are looked for, a page of them."""
    user, view = current_user(), _view(current_user())
    since = None if view.days is None else now() - timedelta(days=view.days)
    groups = chosen_groups(Chosen(view.statuses, view.kinds, since))
    with latest_pages() as pages:
        people = pages.people({group.station_id for group in groups}) if pages else {}
    found = [each for each in ranked(groups, user, people) if _is_in(each, view, user)]
    page = paging(len(found), PER_PAGE, view.query)
    return reports_page(
        "list",
        view=view,
        has_own=_has_own(user),
        groups=found[page.offset : page.offset + PER_PAGE],
        total=sum(each.group.reports for each in found),
        paging=page,
        kinds=KINDS,
        statuses=(WAITING, *STATUSES, ALL),
        days=DAYS,
        districts=_districts(),
        endings=ENDINGS,
    )


def reports_file(ending: str) -> Response:
    """Return the same reports one by one as a file, the latest first: texts masked, without contacts."""
    check_ending(ending)
    user, view = current_user(), _view(current_user())
    registry, desk = current_snapshot().registry, state().desk
    since = None if view.days is None else now() - timedelta(days=view.days)
    found: list[KeptReport] = []
    if desk.has_reports:
        wanted: Mapping[str, Any] = {"statuses": view.statuses, "kinds": view.kinds, "since": since}
        with desk.database().reading() as connection:
            found = reading.listed(connection, desk.registry, most=MAX_EXPORTED, **wanted)
    chosen = [each for each in found if _is_there(_district_of(each.report.station_id), view, user)]
    rows = sheet(chosen, registry, requested_language())
    return sheets_file(f"reports.{ending}", [rows], stated(registry, now().date()))


def _district_of(station_id: str) -> str:
    """Return the district of a station; nothing of one that is gone."""
    found = current_snapshot().registry.get(station_id)
    return found.district if found else ""


def _is_in(found: RankedGroup, view: View, user: User) -> bool:
    return _is_there(found.district, view, user)


def _is_there(district: str, view: View, user: User) -> bool:
    if view.district == ALL:
        return True
    return roles.is_in(district, user.districts if view.district == MINE else (view.district,))


def _view(user: User) -> View:
    args = request.args
    status, kind, district, days = (args.get(name, "") for name in ("status", "kind", "district", "days"))
    has_own = _has_own(user)
    known = district == ALL or (district == MINE and has_own) or (district.isascii() and district.isdecimal())
    return View(
        status if status in (*STATUSES, ALL) else WAITING,
        kind if kind in KINDS else "",
        district if known else MINE if has_own else ALL,
        int(days) if days in map(str, DAYS) else None,
    )


def _has_own(user: User) -> bool:
    return user.role == "editor" and bool(user.districts)


def _districts() -> Sequence[str]:
    return current_snapshot().districts
