"""What could not be merged: both values side by side, until somebody decides which holds; each is decided once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.editing.fields import ABSENT, STATION, field_named, field_values, station_of
from stationmap.editing.headers import value_of, with_value
from stationmap.editing.merge import FieldConflict
from stationmap.errors import StationmapError
from stationmap.registry.model import Station
from stationmap.registry.revision import digest
from stationmap.storage import work_list
from stationmap.storage.work_list import OpenConflict
from stationmap.web.access.guard import current_user, may, may_edit_in
from stationmap.web.staff.review.change_words import ConflictWords, conflict_words
from stationmap.web.staff.review.page_parts import review_page, say
from stationmap.web.staff.review.paging import paging
from stationmap.web.staff.saving import save
from stationmap.web.state import now, state

PER_PAGE = 50


class ShownConflict(NamedTuple):
    """A conflict as the page shows it; `seen` tells the value of now that its reader saw from any later one."""

    conflict: OpenConflict
    name: str
    words: ConflictWords
    seen: str
    may_decide: bool


def conflicts() -> Response:
    """Return what waits for a decision, the earliest first."""
    waiting = _waiting()
    page = paging(len(waiting), PER_PAGE, {})
    shown = [_shown(each) for each in waiting[page.offset : page.offset + PER_PAGE]]
    return review_page("conflicts", shown=shown, paging=page)


def decide(number: int) -> ResponseReturnValue:
    """Let one of the two values hold, once."""
    conflict = next((each for each in _waiting() if each.number == number), None)
    take = request.form.get("take")
    if take not in ("mine", "theirs"):
        abort(HTTPStatus.BAD_REQUEST)
    if conflict is None:
        return _back("review.conflicts.decided_before", "warning")
    if not _may_decide(conflict):
        abort(HTTPStatus.FORBIDDEN)
    if request.form.get("seen") != _seen(conflict):
        return _back("review.conflicts.moved", "warning")
    if take == "mine":
        try:
            _save_mine(conflict)  # first: settled, and not saved when the process ends, it would be lost
        except (ValidationError, EditConflictError, StationmapError):
            return _back("review.conflicts.not_saved", "warning")
    latest = state().journal_head()
    with state().database().writing() as connection:
        if not work_list.settle(connection, latest.registry_id, number, at=now()):
            return _back("review.conflicts.decided_before", "warning")
    return _back("review.conflicts.taken" if take == "mine" else "review.conflicts.kept", "done")


def _waiting() -> list[OpenConflict]:
    latest = state().journal_head()
    with state().database().reading() as connection:
        return work_list.waiting(connection, latest.registry_id)


def _shown(conflict: OpenConflict) -> ShownConflict:
    station = _station(conflict)
    field = field_named(conflict.field)
    found = FieldConflict(field, conflict.base, conflict.mine, _value_now(conflict))
    words = conflict_words(found, station) if conflict.station_id else _header_words(conflict)
    name = station.name if station else conflict.station_id
    return ShownConflict(conflict, name, words, _seen(conflict), may("edit") and _may_decide(conflict))


def _header_words(conflict: OpenConflict) -> ConflictWords:
    values = (conflict.base, conflict.mine, _value_now(conflict))
    words = (None if value is ABSENT else value if isinstance(value, str) else _json(value) for value in values)
    return ConflictWords(conflict.field, conflict.field.partition(".")[2], *words)


def _station(conflict: OpenConflict) -> Station | None:
    """Return the station of a conflict as it is, or else as whoever changed it wanted it."""
    known = state().snapshot.registry.get(conflict.station_id)
    if known is None and conflict.field == "station":
        whole = next((each for each in (conflict.mine, conflict.base) if each is not ABSENT), None)
        return _whole_station(whole) if whole else None
    return known


def _value_now(conflict: OpenConflict) -> Any:
    registry = state().snapshot.registry
    if not conflict.station_id:
        return value_of(registry, conflict.field)
    station, field = registry.get(conflict.station_id), field_named(conflict.field)
    if field == STATION:
        return (
            ABSENT if station is None else _json({".".join(name): each for name, each in field_values(station).items()})
        )
    return ABSENT if station is None else field_values(station).get(field, ABSENT)


def _seen(conflict: OpenConflict) -> str:
    value = _value_now(conflict)
    return digest(b"" if value is ABSENT else _json(value).encode()).hex()


def _may_decide(conflict: OpenConflict) -> bool:
    station = _station(conflict)
    return may_edit_in((station.district,)) if station else may("review")


def _save_mine(conflict: OpenConflict) -> None:
    """Save what was not taken; raises ValidationError where it makes no station any more, and as saving does."""
    reason = say("review.conflicts.reason", number=conflict.number)
    registry = state().snapshot.registry
    if not conflict.station_id:
        header = with_value(registry, conflict.field, conflict.mine)
        state().change((), author=current_user().name, reason=reason, header=header)
        return
    station, field = registry.get(conflict.station_id), field_named(conflict.field)
    if field == STATION:
        mine = None if conflict.mine is ABSENT else _whole_station(conflict.mine)
        save([Edit(conflict.station_id, station, mine)], kind="edit", reason=reason)
        return
    if station is None:
        raise StationmapError("there is no such station any more")
    values = {name: value for name, value in field_values(station).items() if name != field}
    if conflict.mine is not ABSENT:
        values[field] = conflict.mine
    save([Edit(station.id, station, station_of(values))], kind="edit", reason=reason)


def _whole_station(values: Any) -> Station:
    return station_of({field_named(name): value for name, value in values.items()})


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _back(key: str, category: str) -> ResponseReturnValue:
    flash(say(key), category)
    return redirect(url_for("staff.conflicts"), HTTPStatus.SEE_OTHER)
