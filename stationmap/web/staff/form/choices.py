"""What the form offers to choose from, as pairs of a code and its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stationmap.city import here
from stationmap.editing.station_form.place import NOT_KNOWN, OBTAINED
from stationmap.editing.station_form.presets import CLOSURE_REASONS
from stationmap.i18n import translate
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import CATEGORIES, HOW, SERVICES, STATUSES, WHO

Pairs = Sequence[tuple[str, str]]

FACILITY_GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("rest", ("seating", "air_conditioning", "heating", "drinking_water", "hot_water", "microwave", "fridge", "meals")),
    ("bike", ("phone_charging", "ebike_parking", "ebike_charging", "battery_swap", "tyre_pump", "repair_tools")),
    ("care", ("toilet", "accessible_toilet", "step_free", "shower", "first_aid", "aed", "rain_gear", "lockers")),
    ("more", ("wifi", "reading", "nursing_room", "sanitary_products", "women_area")),
)
"""The facilities as somebody who stands in a station looks for them."""


def choices(there: Iterable[str], language: str) -> dict[str, Any]:
    """Return every list of choices of the form, by name; `there` are the districts that stations lie in."""

    def labelled(prefix: str, codes: Iterable[str]) -> Pairs:
        return [(code, translate(language, f"{prefix}.{code}")) for code in codes]

    return {
        "categories": labelled("category", CATEGORIES),
        "districts": districts(there, language),
        "who": labelled("who", WHO),
        "how": labelled("how", HOW),
        "services": labelled("service", SERVICES),
        "statuses": labelled("register_status", STATUSES),
        "presences": labelled("form.presence", ("yes", "no", "unknown")),
        "facility_groups": [(group, labelled("facility", codes)) for group, codes in FACILITY_GROUPS],
        "verifiers": labelled("verified.by", ("staff", "operator", "rider")),
        "datums": labelled("form.datum", ("wgs84", "gcj02", "bd09")),
        "origins": labelled("form.origin", ("keep", *OBTAINED, NOT_KNOWN)),
        "closure_reasons": labelled("form.closure_reason", CLOSURE_REASONS),
    }


def districts(there: Iterable[str], language: str) -> Pairs:
    """Return the districts of the city that is served, and any other that a station lies in."""
    ours = {each.adcode for each in known_districts().all if each.city == here().names[0] and not each.is_zone}
    codes = sorted(ours.union(there))
    return [(code, _district(code, language)) for code in codes]


def _district(code: str, language: str) -> str:
    words = translate(language, f"district.{code}")
    return words if words != code else known_districts().name_of(code)
