"""Where a pasted link or typed numbers lead, before they are saved; and the way to a place from an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request

from stationmap.datum import Datum
from stationmap.editing.pasted_place import PastedPlace, pasted_place
from stationmap.editing.station_form import form_values
from stationmap.editing.station_form.place import read_place as place_of
from stationmap.editing.station_form.submission import Submission
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.search.query import Query
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import current_snapshot, now

MAX_FOUND = 5
MAX_ADDRESS = 100
_BEFORE_STREET = re.compile(r"^(?:[^市区县]{1,10}[市区县])+")
_FROM_NUMBER = re.compile(r"\d.*$", re.DOTALL)
LOOK_UP = {
    "amap": "https://uri.amap.com/search?keyword={text}&src=stationmap",
    "baidu": "https://map.baidu.com/search/{text}",
    "tencent": "https://apis.map.qq.com/uri/v1/search?keyword={text}&referer=stationmap",
}
"""Where people look an address up themselves, in a map of theirs: nothing is asked of it from here."""


def read_place() -> Response:
    """Return as JSON the WGS-84 point of the fields of a form about a place, or, `by` address, what fits that."""
    language = requested_language()
    if request.form.get("by") == "address":
        return jsonify(_by_address(request.form.get("address", "").strip()[:MAX_ADDRESS], language))
    sent = Submission(None, {**form_values(None), **request.form.to_dict(flat=False)}, now().date())
    values, faults = place_of(sent)
    answer: dict[str, Any] = {"told": [*_told(sent, values, language)], "found": [], "links": []}
    answer["faults"] = [translate(language, f"form.fault.{fault.code}") for fault in faults]
    if values:
        answer["lon"], answer["lat"] = values["geometry"]["coordinates"]
    return jsonify(answer)


def _told(sent: Submission, values: dict[str, Any], language: str) -> Iterator[str]:
    if not values:
        return
    found = pasted_place(sent.text("place")) if sent.text("place") else None
    datum = translate(language, f"datum.{Datum(values['position']['datum'])}")
    if not isinstance(found, PastedPlace):
        lon, lat, source = sent.text("lon"), sent.text("lat"), "numbers"
    else:
        lon, lat, source = f"{found.lon:.6f}", f"{found.lat:.6f}", found.source
    words = {"lon": lon, "lat": lat, "datum": datum, "source": translate(language, f"form.place_source.{source}")}
    yield translate(language, "form.place_told.read", **words)
    if isinstance(found, PastedPlace) and found.is_swapped:
        yield translate(language, "form.place_told.swapped")
    if isinstance(found, PastedPlace) and found.is_view:
        yield translate(language, "form.place_told.view")


def _by_address(address: str, language: str) -> dict[str, Any]:
    """Return stations whose texts hold the words of an address, and ways to look it up elsewhere."""
    if not address:
        return {"told": [], "faults": [translate(language, "form.place_told.no_address")], "found": [], "links": []}
    found = [
        {"name": each.name, "lon": each.geometry.coordinates[0], "lat": each.geometry.coordinates[1]}
        for each in _fitting(address)
    ]
    links = [
        {"label": translate(language, f"form.look_up.{code}"), "url": url.format(text=quote(address, safe=""))}
        for code, url in LOOK_UP.items()
    ]
    told = [translate(language, "form.place_told.look_up")]
    told.append(translate(language, f"form.place_told.{'found' if found else 'not_found'}"))
    return {"told": told, "faults": [], "found": found, "links": links}


def _fitting(address: str) -> list[Station]:
    """Return the first stations that fit an address, or else its street, or else what comes before its number."""
    street = _BEFORE_STREET.sub("", address)
    for text in dict.fromkeys((address, street, _FROM_NUMBER.sub("", street))):
        found = current_snapshot().index.select(Query(text=text)) if text else []
        if found:
            return found[:MAX_FOUND]
    return []
