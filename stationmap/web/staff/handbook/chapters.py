"""The chapters of the handbook: Markdown that travels with the program, as HTML for a page.

Read once, when somebody first opens the handbook. Nothing in them comes from a user, and they may hold no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stationmap.resources import handbook_folder

CONTENTS = "README"
"""The chapter that lists the others."""
PICTURES = "pictures"
_ENDING = ".md"
_TITLE = re.compile(r"\A# (.+)\n")


class Chapter(NamedTuple):
    """A file of the handbook: its name without the ending, the heading it begins with, and its Markdown."""

    name: str
    title: str
    text: str


@cache
def chapters() -> dict[str, Chapter]:
    """Return the chapters by name, in the order in which they are read; the contents come first."""
    paths = sorted(handbook_folder().glob(f"*{_ENDING}"), key=lambda path: (path.stem != CONTENTS, path.stem))
    return {path.stem: _chapter(path.stem, path.read_text("utf-8")) for path in paths}


def _chapter(name: str, text: str) -> Chapter:
    title = _TITLE.match(text)
    if title is None:
        raise ValueError(f"{name}{_ENDING} does not begin with a heading")
    return Chapter(name, title[1], text)


@cache
def picture_names() -> frozenset[str]:
    """Return the names of the files of pictures."""
    return frozenset(path.name for path in (handbook_folder() / PICTURES).iterdir())


def html_of(text: str, address_of: Callable[[str], str]) -> str:
    """Return Markdown as HTML; `address_of` gives the address on this site of what a relative link leads to."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in (each for block in tokens for each in (block, *(block.children or ()))):
        _lead(token, address_of)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _lead(token: Token, address_of: Callable[[str], str]) -> None:
    for attribute in ("href", "src"):
        target = token.attrGet(attribute)
        if isinstance(target, str) and "://" not in target:
            token.attrSet(attribute, address_of(target))
