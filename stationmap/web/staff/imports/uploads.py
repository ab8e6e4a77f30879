"""Taking in lists: by a form, or, where they are large, part by part by the page's script, and then by the form.

No limit of the server is raised for anybody: each part is a request like all others, of somebody who is signed in.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from secrets import token_urlsafe

from flask import Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.datum import Datum
from stationmap.registry.model import CATEGORIES
from stationmap.storage import previews, uploads
from stationmap.storage.uploads import MAX_FILES, UploadedFile, UploadError
from stationmap.web.access.guard import current_user, may
from stationmap.web.staff.imports.kept_import import About, Decisions, packed
from stationmap.web.staff.review.page_parts import in_words, review_page, say
from stationmap.web.state import now, state

MAX_PART_BYTES = 512 * 1024
MAX_IMPORTS = 10
"""That one person may have waiting."""
MAX_NAME_LENGTH = 100
MEDIA_TYPE = "application/octet-stream"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
DATUMS: tuple[str, ...] = tuple(each.value for each in Datum)


def import_lists() -> ResponseReturnValue:
    """Return the page that takes lists, or take some."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        files = _files()
        errors = _errors(files)
        if not errors:
            token = _keep(files)
            return redirect(url_for("staff.import_preview", token=token), HTTPStatus.SEE_OTHER)
    return _page(errors)


def import_part() -> ResponseReturnValue:
    """Take a part of a file; answers in JSON, for the script of the page."""
    token, name = request.args.get("upload", ""), _file_name(request.args.get("name", ""))
    place = request.args.get("file", type=int), request.args.get("part", type=int)
    if request.mimetype != MEDIA_TYPE:
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if not _TOKEN.fullmatch(token) or place[0] is None or place[1] is None:
        abort(HTTPStatus.BAD_REQUEST)
    if (request.content_length or 0) > MAX_PART_BYTES:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    data = request.get_data(cache=False)
    if len(data) > MAX_PART_BYTES:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        with state().database().writing() as connection:
            where = (place[0], place[1])
            uploads.add_part(connection, token, where, data, name=name, login=current_user().login, at=now())
    except UploadError:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return jsonify({"taken": len(data)})


def _files() -> list[UploadedFile]:
    """Return the files of a form: those in it, or those that came before it, part by part."""
    token, login = request.form.get("upload", ""), current_user().login
    if _TOKEN.fullmatch(token) and request.form.get("in_parts"):
        with state().database().writing() as connection:
            return uploads.take_files(connection, token, login=login)
    given = request.files.getlist("lists")[:MAX_FILES]
    return [UploadedFile(_file_name(each.filename or ""), each.read()) for each in given if each.filename]


def _errors(files: list[UploadedFile]) -> dict[str, str]:
    if not files:
        return {"lists": say("review.import.no_file")}
    empty = [each.name for each in files if not each.data]
    if empty:
        return {"lists": say("review.import.empty", names=", ".join(empty))}
    names = [each.name for each in files]
    if len(set(names)) < len(names):
        return {"lists": say("review.import.same_names")}
    return {}


def _keep(files: list[UploadedFile]) -> str:
    datum, category = request.form.get("datum", ""), request.form.get("category", "")
    chosen = Decisions(datum if datum in DATUMS else "", category if category in CATEGORIES else "")
    user, latest = current_user(), state().journal_head()
    title = ", ".join(each.name for each in files)[:1_000]
    document = packed(files, About(decisions=chosen))
    with state().database().writing() as connection:
        for old in previews.listed(connection, latest.registry_id, author=user.login)[MAX_IMPORTS - 1 :]:
            previews.drop(connection, old.token)
        uploads.drop_files(connection, user.login)
        who = user.login
        return previews.keep(connection, latest.registry_id, document, revision="", author=who, at=now(), title=title)


def _page(errors: dict[str, str]) -> Response:
    latest, user = state().journal_head(), current_user()
    with state().database().reading() as connection:
        waiting = previews.listed(connection, latest.registry_id, author=None if may("review") else user.login)
    return review_page(
        "import",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        errors=errors,
        upload=token_urlsafe(32),
        waiting=waiting,
        datums=in_words("review.datum", DATUMS),
        categories=in_words("category", CATEGORIES),
        max_bytes=uploads.MAX_BYTES,
        part_bytes=MAX_PART_BYTES,
        datum=request.form.get("datum", ""),
        category=request.form.get("category", ""),
    )


def _file_name(text: str) -> str:
    """Return what a file is called, without any folder; hostile characters stay, as text."""
    name = re.split(r"[/\\]", text)[-1].strip()
    printable = "".join(char if char.isprintable() else "�" for char in name)
    return printable[-MAX_NAME_LENGTH:] or "list"
