"""What the page of a station consists of, in order: read by the server's template and sent to the phone's scripts.

The server renders `templates/station.html` from it. The page on which a phone shows a kept station carries it as JSON
(`layout_document`), and `static/js/station/sheet.js` fills that page from the feed. So a section, a line or a fact is
added here once, and the test that compares both pages fails until each of them can fill it.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

SECTIONS = ("place", "hours", "facilities", "services", "verified")
"""The sections below the head: each has a template in `templates/station/` and a function in `station/sheet.js`."""

FactForm = Literal["text", "square_metres", "list", "coordinates"]


class Line(NamedTuple):
    """A line of the section that leads to the door, left out if its field is empty."""

    field: str
    css_class: str
    label: str = ""
    """The key of the message before the text, if any."""


class Fact(NamedTuple):
    """A row of the table of facts, left out if its field is empty; `label` is the key of a message."""

    field: str
    label: str
    form: FactForm = "text"
    is_in_feed: bool = True
    """Whether a phone knows it without the server; the feed must stay below 60 kB for a thousand stations."""


LINES = (
    Line("directions", "directions"),
    Line("address", "address"),
    Line("host", "quiet", "station.host"),
)
FACTS = (
    Fact("managed_by", "station.managed_by"),
    Fact("level", "station.level"),
    Fact("capacity", "station.capacity"),
    Fact("area_m2", "station.area", "square_metres", is_in_feed=False),
    Fact("opened", "station.opened", is_in_feed=False),
    Fact("aliases", "station.aliases", "list"),
    Fact("position", "station.coordinates", "coordinates"),
    Fact("id", "station.id"),
)


def layout_document() -> dict[str, Any]:
    """Return the layout as JSON for scripts: what a phone can fill from the feed."""
    return {
        "sections": SECTIONS,
        "lines": [line._asdict() for line in LINES],
        "facts": [fact._asdict() for fact in FACTS if fact.is_in_feed],
    }
