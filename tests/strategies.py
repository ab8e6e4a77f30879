"""Stations and positions for tests: made by hand or drawn by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, STATUSES, WHO, Position, Station


def station(station_id: str, lon: float, lat: float, **properties: Any) -> Station:
    """Make a valid station; any property may be given."""
    known = {
        "name": f"站 {station_id}",
        "category": "outdoor_worker",
        "district": "320303",
        "access": {"who": "public"},
        **properties,
    }
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return Station.model_validate({"type": "Feature", "id": station_id, "geometry": geometry, "properties": known})


lons = st.floats(-180, 180)
lats = st.floats(-90, 90)
positions = st.builds(Position, lons, lats)


_CATEGORY = st.sampled_from(CATEGORIES)
_WHO = st.sampled_from(WHO)
_STATUS = st.sampled_from(["open", *STATUSES])
_FACILITIES = st.dictionaries(st.sampled_from(FACILITIES[:4]), st.booleans(), max_size=3)
_SERVICES = st.lists(st.sampled_from(SERVICES[:3]), max_size=2)
_HOURS = st.sampled_from([None, "24/7", "Mo-Fr 09:00-12:00,13:30-17:30", "22:00-02:00", "off"])


@st.composite
def stations(
    draw: st.DrawFn, *, lon: st.SearchStrategy[float] = lons, lat: st.SearchStrategy[float] = lats
) -> list[Station]:
    """Draw up to forty stations, some at the same place."""
    places = draw(st.lists(st.tuples(lon, lat), max_size=20))
    places += draw(st.lists(st.sampled_from(places), max_size=20)) if places else []
    return [
        station(
            f"s{row:02}",
            *place,
            category=draw(_CATEGORY),
            access={"who": draw(_WHO)},
            status=draw(_STATUS),
            facilities=draw(_FACILITIES),
            services=draw(_SERVICES),
            hours=draw(_HOURS),
        )
        for row, place in enumerate(places)
    ]
