"""Files at the root of a host by which WeChat, WeCom and mini programs see whose it is: of one folder only."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort

from stationmap import files
from stationmap.errors import FileError
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.state import state

blueprint = Blueprint("verify_files", __name__)

MAX_BYTES = 4_096
"""What such a file holds is a line."""
NAME = re.compile(r"(?:(?:MP|WW)_verify_\w{1,64}|[A-Za-z0-9]{16})\.txt", re.ASCII)
"""Of an official account, of WeCom, of a mini program."""


@blueprint.get("/<name>.txt")
def verify_file(name: str) -> Response:
    """Return a file of the folder that the operator named, 404 where it holds none of this name."""
    found = _content(state().settings.verify_dir, f"{name}.txt")
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(found, content_type="text/plain; charset=utf-8")
    response.headers.set(*REVALIDATE)
    return response


def _content(folder: Path | None, name: str) -> bytes | None:
    """Return what a file of the folder holds; None for another name, a link that leads out of it, too much in it."""
    if folder is None or not NAME.fullmatch(name):
        return None
    path = folder / name
    try:
        if path.resolve().parent != folder.resolve():
            return None
        return files.read(path, max_bytes=MAX_BYTES)
    except (FileError, OSError):
        return None
