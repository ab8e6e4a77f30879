"""Stations that somebody chose in the table, kept while they decide what to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import orjson
from flask import abort
from werkzeug.datastructures import MultiDict

from stationmap.errors import StorageError
from stationmap.storage import previews
from stationmap.web.access.guard import current_user
from stationmap.web.staff.table.matching import matching
from stationmap.web.staff.table.tables import circumstances, current_table
from stationmap.web.staff.table.view import view_from
from stationmap.web.state import now, state

MAX_CHOSEN = 2_000
"""Stations of one action: a preview names each of them."""
MAX_ID_LENGTH = 64
_KIND = "chosen"


class TooManyChosenError(Exception):
    """More stations were chosen than one action may change."""


def chosen_in(form: MultiDict[str, str]) -> list[str]:
    """Return the ids that a form of the table chooses: ticked here and on other pages, or all of its view.

    Raises TooManyChosenError.
    """
    if form.get("all"):
        prefix = "view."
        given = {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}
        view, _ = view_from(MultiDict(given))
        table = current_table()
        ids = [table.ids[row] for row in matching(table, view, circumstances())]
    else:
        ids = [*form.getlist("id"), *form.get("others", "").split()]
    ids = list(dict.fromkeys(each for each in ids if _may_be_id(each)))
    if len(ids) > MAX_CHOSEN:
        raise TooManyChosenError
    return ids


def _may_be_id(text: str) -> bool:
    return 0 < len(text) <= MAX_ID_LENGTH and text.isascii() and text.isprintable()


def keep(ids: Sequence[str]) -> str:
    """Keep a choice for a week, and return the token it is had again by."""
    latest = state().journal_head()
    document = orjson.dumps({"kind": _KIND, "ids": ids})
    author = current_user().name
    with state().database().writing() as connection:
        return previews.keep(
            connection, latest.registry_id, document, revision=latest.revision, author=author, at=now()
        )


def kept(token: str) -> list[str]:
    """Return the ids of a choice; ends the request with 404 where there is none of this token any more."""
    latest = state().journal_head()
    try:
        with state().database().reading() as connection:
            _, document = previews.kept(connection, latest.registry_id, token)
        found = orjson.loads(document)
    except (StorageError, ValueError):  # it may be an import
        abort(HTTPStatus.NOT_FOUND)
    if not isinstance(found, dict) or found.get("kind") != _KIND:
        abort(HTTPStatus.NOT_FOUND)
    return [str(each) for each in found["ids"]]
