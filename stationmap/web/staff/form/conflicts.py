"""Two people changed one field of a station: both versions side by side, and what whoever saves decides of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from flask.typing import ResponseReturnValue

from stationmap.editing import ABSENT, Field, FieldConflict, changed_fields, field_values, merge
from stationmap.editing.edits import Edit, EditConflictError
from stationmap.editing.field_words import heading, value_in_words
from stationmap.editing.fields import STATION, field_name, station_of
from stationmap.editing.merge import merge_values
from stationmap.editing.station_form import digest, edited, form_values
from stationmap.registry.model import Station
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.form.outcome import answer
from stationmap.web.staff.form.reported import answer_reports
from stationmap.web.staff.form.shown import Shown
from stationmap.web.staff.form.station_page import context
from stationmap.web.staff.form.versions import current, newest, version
from stationmap.web.staff.saving import save
from stationmap.web.state import now

Sent = Mapping[str, Sequence[str]]

OWN_FIELDS = frozenset(("csrf_token", "action", "base", "theirs"))
KEEP = "keep."
"""What the names of the choices begin with, before the name of the field."""


class SideBySide(NamedTuple):
    """A field in three versions, in words, None where it says nothing."""

    name: str
    heading: str
    base: str | None
    theirs: str | None
    mine: str | None


def page_of(base: Station | None, mine: Station, theirs: Station | None, sent: Sent) -> ResponseReturnValue:
    """Return the page on which somebody chooses, field by field; everything they typed is in it."""
    language = requested_language()
    found = [_side_by_side(each, mine, language) for each in _conflicts(base, mine, theirs)]
    typed = [(name, text) for name, texts in sent.items() if not _is_own(name) for text in texts]
    versions = {"base": digest(base) if base else "", "theirs": digest(theirs) if theirs else ""}
    shown = {"station": mine, "fields_differing": found, "typed": typed, **versions}
    return page("form/conflict", HTTPStatus.CONFLICT, **shown)


def decided(station_id: str, base: Station | None, sent: Sent) -> ResponseReturnValue:
    """Save what somebody decided, or show the form again with it; what changed since they looked is shown first.

    Without `base`, a version so old that nobody has it any more, every field that differs is to be decided.
    """
    there, looked_at = current(station_id), _first(sent, "theirs")
    seen = base or there
    done = edited(seen, sent, today=now().date())
    if done.station is None:
        shown = Shown(seen, {**form_values(seen), **sent}, done.faults, opened_with=_first(sent, "base"))
        return page("form/station", HTTPStatus.UNPROCESSABLE_ENTITY, **context(shown))
    theirs = version(station_id, looked_at) if looked_at else None
    if "theirs" not in sent or (looked_at and theirs is None):
        return page_of(base, done.station, there, sent)
    resolved = _resolved(base, done.station, theirs, sent)
    if resolved is not None and _first(sent, "action") == "reopen":
        values = {**form_values(resolved), "reason": [_first(sent, "reason")]}
        return page("form/station", **context(Shown(theirs or resolved, values, is_typed=True)))
    try:
        saved = save([Edit(station_id, theirs, resolved)], kind="edit", reason=_first(sent, "reason").strip())
    except EditConflictError:
        return page_of(base, done.station, newest(station_id), sent)
    answer_reports(station_id, saved, sent)
    return answer(station_id, saved)


def _conflicts(base: Station | None, mine: Station, theirs: Station | None) -> Sequence[FieldConflict]:
    if base is None and theirs is not None:
        return [FieldConflict(each.field, ABSENT, each.after, each.before) for each in changed_fields(theirs, mine)]
    return merge(base, mine, theirs).conflicts


def _resolved(base: Station | None, mine: Station, theirs: Station | None, sent: Sent) -> Station | None:
    """Return the merge of both versions; a field that both changed is as it was decided: theirs, or mine."""
    if theirs is None:  # somebody removed the station
        return mine if _first(sent, KEEP + field_name(STATION)) == "mine" else None
    values, own = field_values(theirs), field_values(mine)
    if base is not None:
        values, _ = merge_values(field_values(base), own, values)
    for each in _conflicts(base, mine, theirs):
        if _first(sent, KEEP + field_name(each.field)) == "mine":
            values = _with(values, each.field, own.get(each.field, ABSENT))
    return station_of(values)


def _with(values: dict[Field, object], field: Field, value: object) -> dict[Field, object]:
    if value is ABSENT:
        return {name: each for name, each in values.items() if name != field}
    return {**values, field: value}


def _side_by_side(each: FieldConflict, of: Station, language: str) -> SideBySide:
    said = (value_in_words(each.field, value, of, language) for value in (each.base, each.theirs, each.mine))
    return SideBySide(each.name, heading(each.field, language), *said)


def _is_own(name: str) -> bool:
    return name in OWN_FIELDS or name.startswith(KEEP)


def _first(sent: Sent, name: str) -> str:
    return (sent.get(name) or [""])[0]
