"""Pages of a long list: which one is asked for, and where the others are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request, url_for

MAX_PAGE = 1_000_000


class Paging(NamedTuple):
    """One page of a list: its number from 1, how many there are, rows a page and in all."""

    number: int
    pages: int
    per_page: int
    total: int
    query: Mapping[str, Any]
    """What the address says besides the page."""

    @property
    def offset(self) -> int:
        """How many rows stand before this page."""
        return (self.number - 1) * self.per_page

    def url(self, number: int) -> str:
        """Return the address of another page of the list."""
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **self.query, "page": number})


def paging(total: int, per_page: int, query: Mapping[str, Any]) -> Paging:
    """Return the page that the request asks for; the last one where it asks for one beyond, the first for nonsense."""
    pages = max(1, -(-total // per_page))
    return Paging(min(whole_number("page", 1), pages), pages, per_page, total, query)


def whole_number(name: str, default: int) -> int:
    """Return a parameter of the address as a number from 1 on."""
    text = request.args.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PAGE))
    return max(1, int(text)) if is_number else default
