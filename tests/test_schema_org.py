"""Stations as search engines read them: of one shape, silent where nothing is known, harmless whatever they hold."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from stationmap.formats.schema_org import Published, block, station_document
from stationmap.i18n import translate
from stationmap.registry.model import CATEGORIES, STATUSES, WHO, Station
from tests.apps import app_over, registry_of
from tests.staff import staff_app
from tests.strategies import station

TODAY = date(2026, 11, 23)
PUBLISHED = Published("zh", "https://s.example.org/s/a", "https://s.example.org/s/a", "https://s.example.org/")

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_DAY: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_CLOCK: dict[str, Any] = {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$"}


def _object(kind: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {"@type": {"const": kind}, **required, **(optional or {})}
    needed = ["@type", *required]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": 1}


_VALID = {"opens": _CLOCK, "closes": _CLOCK, "validFrom": _DAY, "validThrough": _DAY}
_PLACE = _object(
    "CivicStructure",
    {
        "@id": _TEXT,
        "url": _TEXT,
        "identifier": _TEXT,
        "name": _TEXT,
        "description": _TEXT,
        "address": _object(
            "PostalAddress", {"addressCountry": {"const": "CN"}, "addressLocality": _TEXT}, {"streetAddress": _TEXT}
        ),
        "geo": _object(
            "GeoCoordinates",
            {
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                "description": {"const": "WGS 84 (EPSG:4326)"},
            },
        ),
        "additionalProperty": _list(
            _object("PropertyValue", {"propertyID": _TEXT, "value": _TEXT, "description": _TEXT})
        ),
    },
    {
        "alternateName": _list(_TEXT),
        "disambiguatingDescription": _TEXT,
        "telephone": {"anyOf": [_TEXT, _list(_TEXT)]},
        "publicAccess": {"type": "boolean"},
        "maximumAttendeeCapacity": {"type": "integer", "minimum": 1},
        "photo": _object("ImageObject", {"contentUrl": _TEXT}),
        "openingHoursSpecification": _list(
            _object("OpeningHoursSpecification", {"dayOfWeek": _list({"pattern": "day$"}), **_VALID})
        ),
        "specialOpeningHoursSpecification": _list(_object("OpeningHoursSpecification", _VALID)),
        "amenityFeature": _list(
            _object("LocationFeatureSpecification", {"propertyID": _TEXT, "name": _TEXT, "value": {"type": "boolean"}})
        ),
    },
)
_PAGE = _object(
    "WebPage",
    {
        "@id": _TEXT,
        "url": _TEXT,
        "name": _TEXT,
        "inLanguage": {"enum": ["zh-CN", "en"]},
        "isPartOf": _object("WebSite", {"@id": _TEXT, "url": _TEXT, "name": _TEXT}),
        "mainEntity": {"type": "object", "required": ["@id"]},
    },
    {"lastReviewed": _DAY},
)
SHAPE = jsonschema_rs.validator_for(
    {
        "type": "object",
        "properties": {
            "@context": {"const": "https://schema.org"},
            "@graph": {"type": "array", "prefixItems": [_PAGE, _PLACE], "items": False, "minItems": 2},
        },
        "required": ["@context", "@graph"],
        "additionalProperties": False,
    }
)

FULL: dict[str, Any] = {
    "name": "云龙湖驿站",
    "name_en": "Yunlong Lake station",
    "aliases": ["湖边驿站"],
    "address": "湖北路1号",
    "hours": "Mo-Fr 09:00-17:00; PH off",
    "closures": [{"from": "2026-11-25", "to": "2026-11-26", "reason": "维修"}],
    "facilities": {"toilet": True, "wifi": False},
    "phone": "0516-12345678",
    "capacity": 12,
    "photo": "https://s.example.org/a.jpg",
    "verified": {"on": "2026-11-01", "by": "staff"},
}
HOSTILE = "</script><script>alert(1)</script>{{7*7}}<!--\u2028&\"'\\\x00"


def place_of(found: Station, published: Published = PUBLISHED) -> dict[str, Any]:
    document = station_document(found, published, TODAY)
    SHAPE.validate(document)
    place: dict[str, Any] = document["@graph"][1]
    return place


class _Scripts(HTMLParser):
    """The script elements of a page: attributes and content."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self._is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self._is_inside = True
            self.found.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            attributes, content = self.found[-1]
            self.found[-1] = attributes, content + data


def linked_data(page: str) -> dict[str, Any]:
    (content,) = (
        content for attributes, content in _Scripts(page).found if attributes.get("type") == "application/ld+json"
    )
    document: dict[str, Any] = json.loads(content)
    SHAPE.validate(document)
    return document


def client_over(folder: Path, *stations: Station, demo: bool = False, **settings: Any) -> FlaskClient:
    registry = registry_of(stations, demo=demo)
    return app_over(folder, registry, public_url="https://s.example.org", **settings).test_client()


def test_all_that_is_known_of_a_station_is_said() -> None:
    place = place_of(station("a", 117.2, 34.25, **FULL), PUBLISHED._replace(photo="https://s.example.org/a.jpg"))
    assert place["name"] == "云龙湖驿站" and place["alternateName"] == ["Yunlong Lake station", "湖边驿站"]
    assert (place["geo"]["longitude"], place["geo"]["latitude"]) == (117.2, 34.25)
    assert place["address"] == {
        "@type": "PostalAddress", "addressCountry": "CN", "addressLocality": "云龙区", "streetAddress": "湖北路1号",
    }  # fmt: skip
    assert place["telephone"] == "051612345678"
    assert place["photo"]["contentUrl"] == "https://s.example.org/a.jpg"
    assert place["maximumAttendeeCapacity"] == 12
    assert {one["propertyID"]: one["value"] for one in place["amenityFeature"]} == {"toilet": True, "wifi": False}
    assert place["openingHoursSpecification"][0]["opens"] == "09:00"
    assert place["specialOpeningHoursSpecification"][0]["validFrom"] == "2026-11-25"


def test_what_is_unknown_is_absent() -> None:
    known = {"access": {"who": "unknown"}}
    document = station_document(station("a", 117.2, 34.25, **known), PUBLISHED, TODAY)
    SHAPE.validate(document)
    page, place = document["@graph"]
    unknown = (
        "alternateName", "disambiguatingDescription", "telephone", "publicAccess", "maximumAttendeeCapacity", "photo",
        "openingHoursSpecification", "specialOpeningHoursSpecification", "amenityFeature",
    )  # fmt: skip
    assert [member for member in unknown if member in place] == []
    assert "lastReviewed" not in page
    assert "isAccessibleForFree" not in place
    assert [one["propertyID"] for one in place["additionalProperty"]] == ["category"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("category", CATEGORIES)
def test_public_access_follows_who_may_enter(category: str, who: str) -> None:
    place = place_of(station("a", 117.2, 34.25, category=category, access={"who": who}))
    if who == "unknown":
        expected = False if category == "carnation" else None  # which is women's own
    else:
        expected = who == "public" or (who == "registration" and category != "carnation")
    assert place.get("publicAccess") == expected


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "open"])
def test_a_station_out_of_use_says_so_and_has_no_hours(status: str) -> None:
    place = place_of(station("a", 117.2, 34.25, **FULL, status=status))
    assert translate("zh", f"station.warning.{status}") in place["description"]
    assert status in [one["value"] for one in place["additionalProperty"]]
    assert "openingHoursSpecification" not in place and "specialOpeningHoursSpecification" not in place
    assert "publicAccess" not in place


def test_demonstration_data_are_called_that() -> None:
    place = place_of(station("a", 117.2, 34.25), PUBLISHED._replace(is_demo=True))
    assert "演示数据" in place["description"] and "演示数据" in place["disambiguatingDescription"]


def test_the_page_of_each_language_speaks_of_the_same_place(tmp_path: Path) -> None:
    client = client_over(tmp_path, station("a", 117.2, 34.25, **FULL))
    chinese, english = (linked_data(client.get(f"/s/a{query}").text) for query in ("", "?lang=en"))
    assert chinese["@graph"][1]["@id"] == english["@graph"][1]["@id"] == "https://s.example.org/s/a#station"
    assert english["@graph"][1]["name"] == "Yunlong Lake station"
    assert english["@graph"][0]["url"] == "https://s.example.org/s/a?lang=en"
    assert chinese["@graph"][0]["lastReviewed"] == "2026-11-01"


def test_a_photo_is_named_where_the_page_shows_it(tmp_path: Path) -> None:
    known = FULL | {"photo": "https://photos.example.net/a.jpg"}
    for hosts, is_shown in (((), False), (("photos.example.net",), True)):
        page = client_over(tmp_path, station("a", 117.2, 34.25, **known), photo_hosts=hosts).get("/s/a").text
        assert ("photo" in linked_data(page)["@graph"][1]) is is_shown
        assert ('og:image" content="https://photos.example.net/a.jpg' in page) is is_shown


texts = st.text(min_size=1, max_size=30).filter(str.strip) | st.just(HOSTILE)


@given(texts, texts, texts)
def test_no_text_ends_its_block_and_each_is_read_back_as_it_was(name: str, address: str, alias: str) -> None:
    found = station("a", 117.2, 34.25, name=name, name_en=alias, address=address)
    document = station_document(found, PUBLISHED, TODAY)
    written = block(document)
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written) == document
    assert document["@graph"][1]["address"]["streetAddress"] == address


def test_hostile_text_stays_text_on_the_page(tmp_path: Path) -> None:
    text = HOSTILE.replace("\x00", "")
    page = client_over(tmp_path, station("a", 117.2, 34.25, **FULL | {"name": text, "address": text})).get("/s/a").text
    assert linked_data(page)["@graph"][1]["name"] == text
    assert [content for attributes, content in _Scripts(page).found if "alert" in content and not attributes] == []


def test_the_registry_as_a_whole_is_a_dataset_whose_downloads_are_there(tmp_path: Path) -> None:
    registry = registry_of([station("a", 117.2, 34.25, **FULL)], licence="CC BY 4.0", updated="2026-11-20")
    client = staff_app(tmp_path, registry, public_url="https://s.example.org").test_client()
    page = client.get("/api/?lang=en", headers={"Host": "evil.example"}).text
    (content,) = (text for attributes, text in _Scripts(page).found if attributes.get("type") == "application/ld+json")
    site, dataset = json.loads(content)["@graph"]
    assert site["url"] == "https://s.example.org/" and dataset["url"] == "https://s.example.org/api/?lang=en"
    assert (dataset["license"], dataset["dateModified"]) == ("CC BY 4.0", "2026-11-20")
    assert dataset["version"] == registry.revision and "creditText" not in dataset
    assert 50 <= len(dataset["description"]) <= 5_000  # what Google's search for data sets takes
    assert len(dataset["distribution"]) == 6 and "evil" not in content
    for each in dataset["distribution"]:
        answer = client.get(each["contentUrl"].removeprefix("https://s.example.org"))
        assert (answer.status_code, answer.mimetype) == (200, each["encodingFormat"]), each


def test_a_dataset_of_demonstration_data_says_so(tmp_path: Path) -> None:
    page = client_over(tmp_path, station("a", 117.2, 34.25), demo=True).get("/api/").text
    dataset = json.loads(page.partition('ld+json">')[2].partition("</script>")[0])["@graph"][1]
    assert "演示数据" in dataset["description"] and "演示数据" in dataset["disambiguatingDescription"]
