"""Steps through the pages of the product, as the pictures of the handbook are made by them.

A target is the key of a message (`review.import.look`), whose text stands on the page; a message with places to fill
has their values after a `?` (`staff.bulk.save?count=3`); `css:` begins a selector.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from stationmap.i18n import translate

DESK, PHONE = 900, 390
"""Widths of a window, in pixels of the page."""


class Do(NamedTuple):
    """One thing somebody does: with what, and which text, choice or file."""

    act: Literal["go", "click", "tick", "fill", "choose", "file", "see", "gone"]
    target: str
    value: str = ""


class Shot(NamedTuple):
    """A picture: its name, what is ringed in it, in order, and how far it reaches beyond, in pixels of the page."""

    name: str
    marks: tuple[str, ...] = ()
    above: int = 110
    below: int = 60
    wait_ms: int = 300


class Flow(NamedTuple):
    """A way through the pages of somebody who is signed in, or of nobody."""

    name: str
    path: str
    steps: tuple[Do | Shot, ...]
    login: str = "li"
    width: int = DESK
    site: Literal["staff", "first", "riders"] = "staff"
    is_earlier: bool = False
    has_map: bool = False
    """Whether pictures are of what is in view: a map moves where the window grows to the size of the page."""


def label(target: str) -> str:
    """Return the text of a target as it stands on a page, or its selector."""
    if target.startswith("css:"):
        return target.removeprefix("css:")
    key, _, given = target.partition("?")
    values = dict(each.split("=", 1) for each in given.split("&")) if given else {}
    return translate("zh", key, **values)
