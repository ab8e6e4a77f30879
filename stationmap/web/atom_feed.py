"""Parts of an Atom feed (RFC 4287): elements, and texts that steer nothing."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

from stationmap.formats.csv_safety import inert
from stationmap.hours.opening_hours import ZONE

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"


def feed(language: str) -> ET.Element:
    """Return a feed with nothing in it."""
    ET.register_namespace("", NAMESPACE)
    return ET.Element(f"{{{NAMESPACE}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})


def child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    """Add an element, and return it; what XML cannot hold is written out."""
    safe = {key: inert(value) for key, value in attributes.items()}
    return ET.SubElement(parent, f"{{{NAMESPACE}}}{name}", safe)


def text(parent: ET.Element, name: str, content: str) -> None:
    """Add text; what XML cannot hold, or what steers a screen, is written out."""
    child(parent, name).text = inert(content, layout=True)


def moment(at: datetime) -> str:
    """Return a moment as feeds have it."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def dumps(made: ET.Element) -> bytes:
    """Return the feed as bytes."""
    body: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return body
