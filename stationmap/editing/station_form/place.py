"""Where a form says that a station is: a link that was pasted, or numbers that were typed, in their datum."""

from __future__ import annotations

from typing import Any

from stationmap.csv_reader import csv_cells
from stationmap.datum import Datum, to_wgs84
from stationmap.editing.pasted_place import PastedPlace, pasted_place
from stationmap.editing.station_form.form_values import KEEP
from stationmap.editing.station_form.submission import NOTHING, FieldFault, Submission, Update
from stationmap.registry.model import DECIMALS

OBTAINED = ("survey", "map_pick", "geocoded")
NOT_KNOWN = "unknown"


def read_place(sent: Submission) -> Update:
    """Return the point on WGS-84, how it was obtained and the datum of its source.

    What was known of how the old point was obtained is not known of a new one, unless the form says so.
    """
    how = sent.text("position_how")
    if how not in (KEEP, NOT_KNOWN, "", *OBTAINED, "demo"):
        return {}, (FieldFault("position_how", "not_offered"),)
    pasted = sent.text("place")
    if pasted:
        return _pasted(sent, pasted, how)
    if sent.touches("lon", "lat", "datum"):
        return _typed(sent, how)
    return NOTHING if how in (KEEP, "") else _how_alone(sent, how)


def _pasted(sent: Submission, text: str, how: str) -> Update:
    found = pasted_place(text)
    if not isinstance(found, PastedPlace):
        return {}, (FieldFault("place", found),)
    datum = found.datum or _datum(sent.text("place_datum"))
    if datum is None:
        return {}, (FieldFault("place_datum", "datum_not_known"),)
    return _moved(found.lon, found.lat, datum, "map_pick" if how in (KEEP, "") and found.is_from_map else how), ()


def _typed(sent: Submission, how: str) -> Update:
    texts = {name: sent.text(name) for name in ("lon", "lat")}
    datum = _datum(sent.text("datum"))
    faults = [FieldFault(name, "blank") for name, text in texts.items() if not text]
    faults += [] if datum else [FieldFault("datum", "datum_not_known")]
    angles = {name: csv_cells.angle(text) for name, text in texts.items() if text}
    faults += [
        FieldFault(name, "no_degrees") for name, each in angles.items() if each is None or each.axis not in ("", name)
    ]
    if faults or datum is None:
        return {}, tuple(faults)
    lon, lat = (each.degrees for each in (angles["lon"], angles["lat"]) if each)
    if abs(lon) <= 90 < abs(lat) <= 180:
        return {}, (FieldFault("lat", "swapped"),)
    if abs(lon) > 180 or abs(lat) > 90:
        return {}, (FieldFault("lon" if abs(lon) > 180 else "lat", "out_of_range"),)
    return _moved(lon, lat, datum, how), ()


def _moved(lon: float, lat: float, datum: Datum, how: str) -> dict[str, Any]:
    true_lon, true_lat = to_wgs84(lon, lat, datum)
    located = {"how": how if how in OBTAINED else None, "datum": datum.value}
    geometry = {"type": "Point", "coordinates": [round(true_lon, DECIMALS), round(true_lat, DECIMALS)]}
    return {"geometry": geometry, "position": {name: value for name, value in located.items() if value}}


def _how_alone(sent: Submission, how: str) -> Update:
    """Return what is said of how the point was obtained, which stays where it is."""
    if sent.base is None:
        return NOTHING
    located = dict(sent.known.get("position") or {})
    located.pop("how", None)
    return {"position": located | ({} if how == NOT_KNOWN else {"how": how}) or None}, ()


def _datum(code: str) -> Datum | None:
    return Datum(code) if code in [each.value for each in Datum] else None
