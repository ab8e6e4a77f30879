"""Pages of the handbook. Everybody may read them, also who cannot sign in yet: they show the demonstration only."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, url_for
from markupsafe import Markup

from stationmap.resources import handbook_folder
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.handbook.chapters import CONTENTS, PICTURES, chapters, html_of, picture_names


def handbook() -> Response:
    """Return the contents of the handbook."""
    return _shown(CONTENTS)


def handbook_chapter(chapter: str) -> Response:
    """Return one chapter, with ways to the one before and the one after."""
    if chapter not in chapters():
        abort(HTTPStatus.NOT_FOUND)
    return _shown(chapter)


def handbook_picture(name: str) -> Response:
    """Return a picture of the handbook."""
    if name not in picture_names():
        abort(HTTPStatus.NOT_FOUND)
    return Response((handbook_folder() / PICTURES / name).read_bytes(), mimetype="image/webp")


def _shown(name: str) -> Response:
    known = chapters()
    names = list(known)
    at = names.index(name)
    previous = known[names[at - 1]] if at else None
    following = known[names[at + 1]] if at + 1 < len(names) else None
    # The chapters are files of the program, and the parser lets no HTML of theirs pass.
    content = Markup(html_of(known[name].text, _address))
    return page("handbook", chapter=known[name], content=content, previous=previous, following=following)


def _address(target: str) -> str:
    """Return the address on this site of a link that is relative to a chapter."""
    folder, _, file = target.rpartition("/")
    if folder == PICTURES:
        return url_for("staff.handbook_picture", name=file)
    name, _, place = file.partition(".md")
    if name == CONTENTS:
        return url_for("staff.handbook")
    return url_for("staff.handbook_chapter", chapter=name) + place
