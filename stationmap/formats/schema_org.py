"""A station in the words of schema.org, for search engines and assistants: what is unknown is absent, never a guess."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from stationmap.formats.opening_specifications import specifications
from stationmap.i18n import LANGUAGES, tag_of, translate
from stationmap.registry.model import Station, is_code
from stationmap.registry.phones import phone
from stationmap.search.usability import ANYONE, groups_needed, is_in_use

WGS84 = "WGS 84 (EPSG:4326)"

Members = dict[str, Any]

# As JSON these signs stand inside strings only; so nothing ends the script element or begins a comment in it.
_ENDS_ELEMENT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class Published(NamedTuple):
    """What a station's page says of itself: its address in the language it is in, and in the one that leads."""

    language: str
    page: str
    main_page: str
    site: str
    """The finder."""
    photo: str = ""
    """The picture the page shows."""
    is_demo: bool = False


def block(document: Members) -> str:
    """Return a document as it may stand in a script element: no text of it ends that, whatever it holds."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ENDS_ELEMENT)


def station_document(station: Station, published: Published, today: date) -> Members:
    """Return a station and its page; hours are those from a day on."""
    place = _place(station, published, today)
    page: Members = {
        "@type": "WebPage",
        "@id": published.page,
        "url": published.page,
        "name": place["name"],
        "inLanguage": tag_of(published.language),
        "isPartOf": {
            "@type": "WebSite",
            "@id": published.site,
            "url": published.site,
            "name": translate(published.language, "app.name"),
        },
        "mainEntity": {"@id": place["@id"]},
    }
    if station.verified:
        page["lastReviewed"] = station.verified.on.isoformat()
    return {"@context": "https://schema.org", "@graph": [page, place]}


def _place(station: Station, published: Published, today: date) -> Members:
    known, language = station.properties, published.language
    names = (station.name, known.name_en) if language == LANGUAGES[0] else (known.name_en, station.name)
    name, *others = dict.fromkeys(filter(None, (*names, *known.aliases)))
    demo = translate(language, "app.demo_long") if published.is_demo else ""
    warning = "" if is_in_use(station) else translate(language, f"station.warning.{station.status}")
    hours = specifications(station.schedule, today)
    numbers = [call.url.removeprefix("tel:") for call in phone(known.phone).calls]
    lon, lat = station.geometry.coordinates
    found: Members = {
        "@type": "CivicStructure",
        "@id": f"{published.main_page}#station",
        "url": published.main_page,
        "identifier": station.id,
        "name": name,
        "alternateName": others,
        "description": " · ".join(filter(None, (demo, warning, translate(language, f"category.{station.category}")))),
        "disambiguatingDescription": demo,
        "address": _address(station, language),
        "geo": {"@type": "GeoCoordinates", "latitude": lat, "longitude": lon, "description": WGS84},
        "telephone": numbers[0] if len(numbers) == 1 else numbers,
        "publicAccess": _public_access(station),
        "maximumAttendeeCapacity": known.capacity or None,
        "photo": published.photo and {"@type": "ImageObject", "contentUrl": published.photo},
        "openingHoursSpecification": hours.regular,
        "specialOpeningHoursSpecification": hours.special,
        "amenityFeature": list(_amenities(station, language)),
        "additionalProperty": list(_more(station, language)),
    }
    return {member: value for member, value in found.items() if value is not None and value not in ("", [], ())}


def _address(station: Station, language: str) -> Members:
    district = translate(language, f"district.{station.district}")
    found: Members = {"@type": "PostalAddress", "addressCountry": "CN", "addressLocality": district}
    return found | ({"streetAddress": station.properties.address} if station.properties.address else {})


def _public_access(station: Station) -> bool | None:
    """Return whether anyone who comes may enter, at most after signing up; None where that is not known."""
    needed = groups_needed(station.category, station.access.who)
    return needed <= ANYONE if needed and is_in_use(station) else None


def _amenities(station: Station, language: str) -> Iterator[Members]:
    for code, is_there in station.facilities.items():
        if is_code(code):  # nobody's name
            name = translate(language, f"facility.{code}")
            yield {"@type": "LocationFeatureSpecification", "propertyID": code, "name": name, "value": is_there}


def _more(station: Station, language: str) -> Iterator[Members]:
    """Yield what schema.org has no member for."""
    yield _value("category", station.category, translate(language, f"category.{station.category}"))
    if station.access.who != "unknown":
        yield _value("who", station.access.who, translate(language, f"who.{station.access.who}"))
    if not is_in_use(station):
        yield _value("status", station.status, translate(language, f"station.warning.{station.status}"))


def _value(member: str, code: str, words: str) -> Members:
    return {"@type": "PropertyValue", "propertyID": member, "value": code, "description": words}
