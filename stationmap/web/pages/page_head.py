"""What the head of a page says to other sites' machines: its one address, that of each language, its picture.

A page without it is not for search engines, and says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request

from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, locale_of, tag_of
from stationmap.web.absolute_links import absolute_url_for, root
from stationmap.web.state import state

ICON = "icons/app-512.png"
DEFAULT_TAG = "x-default"


class PageHead(NamedTuple):
    """The addresses of a page, all whole; none holds what a visitor looks for or where they are."""

    canonical: str
    alternates: tuple[tuple[str, str], ...]
    """Tag of each language, and `x-default`, with the address of the page for those who read it."""
    image: str
    locale: str
    other_locales: tuple[str, ...]


def page_address(endpoint: str, language: str, **values: Any) -> str:
    """Return the whole address of a page in a language: the one that leads has no parameter."""
    return absolute_url_for(endpoint, **values, lang=None if language == DEFAULT_LANGUAGE else language)


def page_head(endpoint: str, language: str, *, image: str = "", **values: Any) -> PageHead:
    """Return the head of a page that is for everybody; `image` is the whole address of a picture of its own."""
    addresses = {each: page_address(endpoint, each, **values) for each in LANGUAGES}
    alternates = *((tag_of(each), addresses[each]) for each in LANGUAGES), (DEFAULT_TAG, addresses[DEFAULT_LANGUAGE])
    others = tuple(locale_of(each) for each in LANGUAGES if each != language)
    return PageHead(addresses[language], alternates, image or icon_address(), locale_of(language), others)


def icon_address() -> str:
    """Return the whole address of the picture that stands for this site."""
    return root() + request.script_root + state().assets.url(ICON)
