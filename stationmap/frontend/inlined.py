"""Scripts and style sheets of static/ as text that may stand inside a page: what a file opened from disk needs."""

from __future__ import annotations

import base64
import re
from functools import cache

from stationmap.frontend.bundler import bundle
from stationmap.resources import static_folder

_OWN = "js/"
_IMAGE = re.compile(r"url\(([\w./-]+\.(png|svg))\)")
_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


@cache
def script_text(path: str) -> str:
    """Return a script of static/, by its path there; a module of ours comes with all it imports.

    Raises ValueError for a script that would end the element it stands in.
    """
    if path.startswith(_OWN):
        return bundle(static_folder() / "js", path.removeprefix(_OWN).removesuffix(".js"))
    text = (static_folder() / path).read_text(encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{path} cannot stand inside a page")
    return text


@cache
def style_text(path: str) -> str:
    """Return a style sheet of static/, by its path there, with its images inside."""
    file = static_folder() / path

    def embedded(found: re.Match[str]) -> str:
        image = base64.b64encode((file.parent / found[1]).read_bytes()).decode()
        return f"url(data:{_MEDIA_TYPES[found[2]]};base64,{image})"

    return _IMAGE.sub(embedded, file.read_text(encoding="utf-8"))
