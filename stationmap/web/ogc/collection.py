"""What a collection gives: its extent, and a page of its features as JSON text."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from stationmap.search.query import Bounds
from stationmap.web.ogc.parameters import ItemsQuery


class Extent(NamedTuple):
    """Where the features of a collection are, and the days of the first and the last of them; None where unknown."""

    bounds: Bounds | None
    days: tuple[date, date] | None = None


class ItemsPage(NamedTuple):
    """Features of a collection, with commas between them, and how many there are of all that match."""

    matched: int
    returned: int
    features: bytes
    version: str
    """Another one whenever anything but the time of the answer is."""


class OneFeature(NamedTuple):
    """A feature as JSON text, and what changes with it as with a page."""

    text: bytes
    version: str


class Collection(Protocol):
    """A collection as one request sees it."""

    about: dict[str, Any]
    """Members that every answer carries: what it was made of."""

    def extent(self) -> Extent:
        """Return where the features are."""

    def page(self, asked: ItemsQuery) -> ItemsPage:
        """Return the features that match, as many as are asked for."""

    def feature(self, feature_id: str) -> OneFeature | None:
        """Return a feature; None where there is none of that id."""


def digest(*parts: bytes | str) -> str:
    """Return a short digest of what an answer is made of."""
    made = blake2b(digest_size=12)
    for part in parts:
        made.update(part.encode() if isinstance(part, str) else part)
        made.update(b"\0")
    return made.hexdigest()
