"""The table of stations as a page and as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.exchange.export import export
from stationmap.i18n import translate
from stationmap.registry.model import CATEGORIES, FACILITIES, STATUSES, WHO
from stationmap.registry.registry import Registry
from stationmap.web.access.guard import may
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.table.columns import CHANGED, ID
from stationmap.web.staff.table.issues import kinds_found
from stationmap.web.staff.table.matching import matching
from stationmap.web.staff.table.shown import shown
from stationmap.web.staff.table.tables import circumstances, current_table
from stationmap.web.staff.table.view import NEVER, OPENINGS, ROWS, View, view_from
from stationmap.web.state import current_snapshot, now

MONTHS = ("3", "6", "12", "24")
COLUMNS = ("name", "district", "category", "status", "hours", "access", "verified", CHANGED)
MAX_EXPORTED = 10_000
"""Stations in a file that somebody waits for; `stationmap export` writes any number."""
ENDINGS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

Option = tuple[str, str]


class Looser(NamedTuple):
    """A condition that could be left out: what it is called, and how many stations there would be then."""

    name: str
    address: str
    stations: int


def stations() -> Response:
    """Return the page of the table."""
    view, unclear = view_from(request.args)
    table, given, language = current_table(), circumstances(), requested_language()
    rows = matching(table, view, given)
    pages = max(1, -(-len(rows) // ROWS))
    view = replace(view, page=min(view.page, pages))
    choices = options(language)
    on_page = rows[(view.page - 1) * ROWS : view.page * ROWS]
    return page(
        "stations",
        view=view,
        unclear=unclear,
        rows=shown((table.stations[row] for row in on_page), given.at, language),
        found=len(rows),
        total=len(table.stations),
        pages=pages,
        columns=COLUMNS,
        sorts=(*COLUMNS, ID),
        options=choices,
        words={
            name: dict(choices.get(name, ())).get(getattr(view, name), "") or _own_words(view, name)
            for name in view.conditions
        },
        loosen=list(_looser(view)) if not len(rows) else [],
        can_edit=may("edit"),
        max_exported=MAX_EXPORTED,
        form_address=form_address,
    )


def stations_file(ending: str) -> ResponseReturnValue:
    """Return the stations of a view as a file: a workbook that can be edited and given back, or CSV."""
    if ending not in ENDINGS:
        abort(HTTPStatus.NOT_FOUND)
    view, _ = view_from(request.args)
    table, registry = current_table(), current_snapshot().registry
    rows = matching(table, view, circumstances())
    if len(rows) > MAX_EXPORTED:
        flash(translate(requested_language(), "staff.table.too_many_for_file", most=f"{MAX_EXPORTED:,}"), "warning")
        return redirect(url_for("staff.stations", **view.address()), HTTPStatus.SEE_OTHER)
    chosen = Registry(tuple(table.stations[row] for row in rows), registry.meta, registry.members)
    file = io.BytesIO()
    export(chosen, f".{ending}", file, requested_language())
    response = Response(file.getvalue(), content_type=ENDINGS[ending])
    name = f"stations-{now():%Y%m%d}{'-demo' if registry.demo else ''}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def form_address(station_id: str) -> str:
    """Return where a station is mended."""
    return url_for("staff.station", station_id=station_id)


def options(language: str) -> dict[str, list[Option]]:
    """Return what each condition may be, code and words, the first of which is no condition."""

    def of(prefix: str, codes: tuple[str, ...]) -> list[Option]:
        return [("", translate(language, "staff.table.any")), *((code, words(prefix, code)) for code in codes)]

    def words(prefix: str, code: str) -> str:
        return translate(language, f"{prefix}.{code}")

    months = [(each, translate(language, "staff.table.months", months=each)) for each in MONTHS]
    never = (NEVER, words("staff.table.checked", NEVER))
    return {
        "district": of("district", current_table().districts),
        "category": of("category", CATEGORIES),
        "status": of("register_status", STATUSES),
        "opening": of("staff.table.opening", OPENINGS),
        "access": of("who", WHO),
        "lacks": of("facility", FACILITIES),
        "unsaid": of("facility", FACILITIES),
        "issue": of("finding", tuple(kinds_found())),
        "checked": [*of("staff.table.checked", ()), *months, never],
    }


def _own_words(view: View, name: str) -> str:
    """Return what a condition says that no list of choices has: the words of a search, another number of months."""
    return "" if name == "mine" else str(getattr(view, name))


def _looser(view: View) -> Iterator[Looser]:
    """Yield each condition without which there would be stations, those that leave the fewest first."""
    found = []
    for name in view.conditions:
        address = view.address(**{name: None, "page": 1})
        without, _ = view_from(request.args.__class__(address))
        count = len(matching(current_table(), without, circumstances()))
        if count:
            found.append(Looser(name, url_for("staff.stations", **address), count))
    yield from sorted(found, key=lambda each: each.stations)
